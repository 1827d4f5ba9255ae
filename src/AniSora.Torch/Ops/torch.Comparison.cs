namespace AniSora.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>Whether each element equals the other's; bool.</summary>
        /// <param name="target">The other tensor; shapes broadcast.</param>
        public Tensor eq(Tensor target) => Operators.eq.Call(this, target);

        /// <summary>Whether each element equals a number; bool.</summary>
        /// <param name="target">The number.</param>
        public Tensor eq(Scalar target) => Operators.eq_scalar.Call(this, target);

        /// <summary>Whether each element equals the other's; bool. To ask for null, write <c>is null</c>.</summary>
        /// <param name="left">One.</param>
        /// <param name="right">The other.</param>
        public static Tensor operator ==(Tensor left, Tensor right) => left.eq(right);

        /// <summary>Whether each element equals a number; bool.</summary>
        /// <param name="left">The tensor.</param>
        /// <param name="right">The number.</param>
        public static Tensor operator ==(Tensor left, Scalar right) => left.eq(right);

        /// <summary>Whether each element differs from the other's; bool.</summary>
        /// <param name="target">The other tensor; shapes broadcast.</param>
        public Tensor ne(Tensor target) => Operators.ne.Call(this, target);

        /// <summary>Whether each element differs from a number; bool.</summary>
        /// <param name="target">The number.</param>
        public Tensor ne(Scalar target) => Operators.ne_scalar.Call(this, target);

        /// <summary>Whether each element differs from the other's; bool. To ask for null, write <c>is null</c>.</summary>
        /// <param name="left">One.</param>
        /// <param name="right">The other.</param>
        public static Tensor operator !=(Tensor left, Tensor right) => left.ne(right);

        /// <summary>Whether each element differs from a number; bool.</summary>
        /// <param name="left">The tensor.</param>
        /// <param name="right">The number.</param>
        public static Tensor operator !=(Tensor left, Scalar right) => left.ne(right);

        /// <summary>Whether each element is less than the other's; bool.</summary>
        /// <param name="target">The other tensor; shapes broadcast.</param>
        public Tensor lt(Tensor target) => Operators.lt.Call(this, target);

        /// <summary>Whether each element is less than a number; bool.</summary>
        /// <param name="target">The number.</param>
        public Tensor lt(Scalar target) => Operators.lt_scalar.Call(this, target);

        /// <summary>Whether each element is less than the other's; bool.</summary>
        /// <param name="left">One.</param>
        /// <param name="right">The other.</param>
        public static Tensor operator <(Tensor left, Tensor right) => left.lt(right);

        /// <summary>Whether each element is less than a number; bool.</summary>
        /// <param name="left">The tensor.</param>
        /// <param name="right">The number.</param>
        public static Tensor operator <(Tensor left, Scalar right) => left.lt(right);

        /// <summary>Whether each element is at most the other's; bool.</summary>
        /// <param name="target">The other tensor; shapes broadcast.</param>
        public Tensor le(Tensor target) => Operators.le.Call(this, target);

        /// <summary>Whether each element is at most a number; bool.</summary>
        /// <param name="target">The number.</param>
        public Tensor le(Scalar target) => Operators.le_scalar.Call(this, target);

        /// <summary>Whether each element is at most the other's; bool.</summary>
        /// <param name="left">One.</param>
        /// <param name="right">The other.</param>
        public static Tensor operator <=(Tensor left, Tensor right) => left.le(right);

        /// <summary>Whether each element is at most a number; bool.</summary>
        /// <param name="left">The tensor.</param>
        /// <param name="right">The number.</param>
        public static Tensor operator <=(Tensor left, Scalar right) => left.le(right);

        /// <summary>Whether each element is greater than the other's; bool.</summary>
        /// <param name="target">The other tensor; shapes broadcast.</param>
        public Tensor gt(Tensor target) => Operators.gt.Call(this, target);

        /// <summary>Whether each element is greater than a number; bool.</summary>
        /// <param name="target">The number.</param>
        public Tensor gt(Scalar target) => Operators.gt_scalar.Call(this, target);

        /// <summary>Whether each element is greater than the other's; bool.</summary>
        /// <param name="left">One.</param>
        /// <param name="right">The other.</param>
        public static Tensor operator >(Tensor left, Tensor right) => left.gt(right);

        /// <summary>Whether each element is greater than a number; bool.</summary>
        /// <param name="left">The tensor.</param>
        /// <param name="right">The number.</param>
        public static Tensor operator >(Tensor left, Scalar right) => left.gt(right);

        /// <summary>Whether each element is at least the other's; bool.</summary>
        /// <param name="target">The other tensor; shapes broadcast.</param>
        public Tensor ge(Tensor target) => Operators.ge.Call(this, target);

        /// <summary>Whether each element is at least a number; bool.</summary>
        /// <param name="target">The number.</param>
        public Tensor ge(Scalar target) => Operators.ge_scalar.Call(this, target);

        /// <summary>Whether each element is at least the other's; bool.</summary>
        /// <param name="left">One.</param>
        /// <param name="right">The other.</param>
        public static Tensor operator >=(Tensor left, Tensor right) => left.ge(right);

        /// <summary>Whether each element is at least a number; bool.</summary>
        /// <param name="left">The tensor.</param>
        /// <param name="right">The number.</param>
        public static Tensor operator >=(Tensor left, Scalar right) => left.ge(right);

        /// <summary>Whether both elements are not zero; bool.</summary>
        /// <param name="other">The other tensor; shapes broadcast.</param>
        public Tensor logical_and(Tensor other) => Operators.logical_and.Call(this, other);

        /// <summary>Whether one or both elements are not zero; bool.</summary>
        /// <param name="other">The other tensor; shapes broadcast.</param>
        public Tensor logical_or(Tensor other) => Operators.logical_or.Call(this, other);

        /// <summary>Whether exactly one of the elements is not zero; bool.</summary>
        /// <param name="other">The other tensor; shapes broadcast.</param>
        public Tensor logical_xor(Tensor other) => Operators.logical_xor.Call(this, other);

        /// <summary>Whether the element is zero; bool.</summary>
        public Tensor logical_not() => Operators.logical_not.Call(this);

        /// <summary>The bits that both have; of bools, whether both are true.</summary>
        /// <param name="left">One: integers or bools.</param>
        /// <param name="right">The other.</param>
        public static Tensor operator &(Tensor left, Tensor right) => Operators.bitwise_and.Call(left, right);

        /// <summary>The bits that either has; of bools, whether either is true.</summary>
        /// <param name="left">One: integers or bools.</param>
        /// <param name="right">The other.</param>
        public static Tensor operator |(Tensor left, Tensor right) => Operators.bitwise_or.Call(left, right);

        /// <summary>The bits that exactly one has; of bools, whether they differ.</summary>
        /// <param name="left">One: integers or bools.</param>
        /// <param name="right">The other.</param>
        public static Tensor operator ^(Tensor left, Tensor right) => Operators.bitwise_xor.Call(left, right);

        /// <summary>Every bit turned over; of bools, the opposite.</summary>
        /// <param name="left">Integers or bools.</param>
        public static Tensor operator ~(Tensor left) => Operators.bitwise_not.Call(left);

        /// <summary>Whether shape and all elements are equal.</summary>
        /// <param name="target">The other tensor.</param>
        public bool Equals(Tensor target) => Operators.equal.CallScalar(this, target).ToBoolean();

        /// <summary>Whether it is a tensor of equal shape and elements.</summary>
        /// <param name="obj">Anything.</param>
        public override bool Equals(object? obj) => obj is Tensor other && (ReferenceEquals(this, other) || Equals(other));

        /// <summary>Of the object, not of the elements, which may change.</summary>
        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

        /// <summary>Whether |this - target| ≤ atol + rtol · |target| everywhere.</summary>
        /// <param name="target">The tensor to compare with; shapes broadcast.</param>
        /// <param name="rtol">Tolerance relative to the target.</param>
        /// <param name="atol">Absolute tolerance.</param>
        /// <param name="equal_nan">Whether NaN equals NaN.</param>
        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
            Operators.allclose.CallScalar(this, target, rtol, atol, equal_nan).ToBoolean();
    }

    /// <summary>Whether each element equals the other's; bool.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other; shapes broadcast.</param>
    public static Tensor eq(Tensor left, Tensor right) => left.eq(right);

    /// <summary>Whether each element equals a number; bool.</summary>
    /// <param name="left">The tensor.</param>
    /// <param name="right">The number.</param>
    public static Tensor eq(Tensor left, Scalar right) => left.eq(right);

    /// <summary>Whether each element differs from the other's; bool.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other; shapes broadcast.</param>
    public static Tensor ne(Tensor left, Tensor right) => left.ne(right);

    /// <summary>Whether each element differs from a number; bool.</summary>
    /// <param name="left">The tensor.</param>
    /// <param name="right">The number.</param>
    public static Tensor ne(Tensor left, Scalar right) => left.ne(right);

    /// <summary>Whether each element is less than the other's; bool.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other; shapes broadcast.</param>
    public static Tensor lt(Tensor left, Tensor right) => left.lt(right);

    /// <summary>Whether each element is less than a number; bool.</summary>
    /// <param name="left">The tensor.</param>
    /// <param name="right">The number.</param>
    public static Tensor lt(Tensor left, Scalar right) => left.lt(right);

    /// <summary>Whether each element is at most the other's; bool.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other; shapes broadcast.</param>
    public static Tensor le(Tensor left, Tensor right) => left.le(right);

    /// <summary>Whether each element is at most a number; bool.</summary>
    /// <param name="left">The tensor.</param>
    /// <param name="right">The number.</param>
    public static Tensor le(Tensor left, Scalar right) => left.le(right);

    /// <summary>Whether each element is greater than the other's; bool.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other; shapes broadcast.</param>
    public static Tensor gt(Tensor left, Tensor right) => left.gt(right);

    /// <summary>Whether each element is greater than a number; bool.</summary>
    /// <param name="left">The tensor.</param>
    /// <param name="right">The number.</param>
    public static Tensor gt(Tensor left, Scalar right) => left.gt(right);

    /// <summary>Whether each element is at least the other's; bool.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other; shapes broadcast.</param>
    public static Tensor ge(Tensor left, Tensor right) => left.ge(right);

    /// <summary>Whether each element is at least a number; bool.</summary>
    /// <param name="left">The tensor.</param>
    /// <param name="right">The number.</param>
    public static Tensor ge(Tensor left, Scalar right) => left.ge(right);

    /// <inheritdoc cref="Tensor.allclose(Tensor, double, double, bool)"/>
    /// <param name="tensor">The tensor.</param>
    /// <param name="target">The tensor to compare with; shapes broadcast.</param>
    /// <param name="rtol">Tolerance relative to the target.</param>
    /// <param name="atol">Absolute tolerance.</param>
    /// <param name="equal_nan">Whether NaN equals NaN.</param>
    public static bool allclose(Tensor tensor, Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
        tensor.allclose(target, rtol, atol, equal_nan);

    /// <summary>Whether both elements are not zero; bool.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other; shapes broadcast.</param>
    public static Tensor logical_and(Tensor left, Tensor right) => left.logical_and(right);

    /// <summary>Whether one or both elements are not zero; bool.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other; shapes broadcast.</param>
    public static Tensor logical_or(Tensor left, Tensor right) => left.logical_or(right);

    /// <summary>Whether the element is zero; bool.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor logical_not(Tensor input) => input.logical_not();

    internal static partial class Operators
    {
        internal static readonly TorchOp eq = new("eq", "Tensor");
        internal static readonly TorchOp eq_scalar = new("eq", "Scalar");
        internal static readonly TorchOp ne = new("ne", "Tensor");
        internal static readonly TorchOp ne_scalar = new("ne", "Scalar");
        internal static readonly TorchOp lt = new("lt", "Tensor");
        internal static readonly TorchOp lt_scalar = new("lt", "Scalar");
        internal static readonly TorchOp le = new("le", "Tensor");
        internal static readonly TorchOp le_scalar = new("le", "Scalar");
        internal static readonly TorchOp gt = new("gt", "Tensor");
        internal static readonly TorchOp gt_scalar = new("gt", "Scalar");
        internal static readonly TorchOp ge = new("ge", "Tensor");
        internal static readonly TorchOp ge_scalar = new("ge", "Scalar");
        internal static readonly TorchOp logical_and = new("logical_and");
        internal static readonly TorchOp logical_or = new("logical_or");
        internal static readonly TorchOp logical_xor = new("logical_xor");
        internal static readonly TorchOp logical_not = new("logical_not");
        internal static readonly TorchOp bitwise_and = new("bitwise_and", "Tensor");
        internal static readonly TorchOp bitwise_or = new("bitwise_or", "Tensor");
        internal static readonly TorchOp bitwise_xor = new("bitwise_xor", "Tensor");
        internal static readonly TorchOp bitwise_not = new("bitwise_not");
        internal static readonly TorchOp equal = new("equal");
        internal static readonly TorchOp allclose = new("allclose");
    }
}
