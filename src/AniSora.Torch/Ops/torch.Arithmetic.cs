namespace AniSora.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>This + other, element by element.</summary>
        /// <param name="target">The other tensor; shapes broadcast.</param>
        public Tensor add(Tensor target) => Operators.add.Call(this, target);

        /// <summary>This + alpha · other, element by element.</summary>
        /// <param name="target">The other tensor; shapes broadcast.</param>
        /// <param name="alpha">The other tensor's factor.</param>
        public Tensor add(Tensor target, Scalar alpha) => Operators.add.Call(this, target, alpha);

        /// <summary>This + a number.</summary>
        /// <param name="scalar">The number.</param>
        public Tensor add(Scalar scalar) => Operators.add_scalar.Call(this, scalar);

        /// <summary>This + alpha · a number.</summary>
        /// <param name="scalar">The number.</param>
        /// <param name="alpha">The number's factor.</param>
        public Tensor add(Scalar scalar, Scalar alpha) => Operators.add_scalar.Call(this, scalar, alpha);

        /// <summary>Adds another tensor in place.</summary>
        /// <param name="target">The other tensor; its shape broadcasts to this one's.</param>
        /// <returns>This tensor.</returns>
        public Tensor add_(Tensor target) => Operators.add_.CallInPlace(this, target);

        /// <summary>Adds alpha · another tensor in place.</summary>
        /// <param name="target">The other tensor; its shape broadcasts to this one's.</param>
        /// <param name="alpha">The other tensor's factor.</param>
        /// <returns>This tensor.</returns>
        public Tensor add_(Tensor target, Scalar alpha) => Operators.add_.CallInPlace(this, target, alpha);

        /// <summary>Adds a number in place.</summary>
        /// <param name="scalar">The number.</param>
        /// <returns>This tensor.</returns>
        public Tensor add_(Scalar scalar) => Operators.add_scalar_.CallInPlace(this, scalar);

        /// <summary>Adds alpha · a number in place.</summary>
        /// <param name="scalar">The number.</param>
        /// <param name="alpha">The number's factor.</param>
        /// <returns>This tensor.</returns>
        public Tensor add_(Scalar scalar, Scalar alpha) => Operators.add_scalar_.CallInPlace(this, scalar, alpha);

        /// <summary>This - other, element by element.</summary>
        /// <param name="target">The other tensor; shapes broadcast.</param>
        public Tensor sub(Tensor target) => Operators.sub.Call(this, target);

        /// <summary>This - a number.</summary>
        /// <param name="target">The number.</param>
        public Tensor sub(Scalar target) => Operators.sub_scalar.Call(this, target);

        /// <summary>This - other, element by element, in place.</summary>
        /// <param name="target">The other tensor; its shape broadcasts to this one's.</param>
        /// <returns>This tensor.</returns>
        public Tensor sub_(Tensor target) => Operators.sub_.CallInPlace(this, target);

        /// <summary>This - a number, in place.</summary>
        /// <param name="target">The number.</param>
        /// <returns>This tensor.</returns>
        public Tensor sub_(Scalar target) => Operators.sub_scalar_.CallInPlace(this, target);

        /// <summary>This · other, element by element.</summary>
        /// <param name="target">The other tensor; shapes broadcast.</param>
        public Tensor mul(Tensor target) => Operators.mul.Call(this, target);

        /// <summary>This · a number.</summary>
        /// <param name="target">The number.</param>
        public Tensor mul(Scalar target) => Operators.mul_scalar.Call(this, target);

        /// <summary>This · other, element by element, in place.</summary>
        /// <param name="target">The other tensor; its shape broadcasts to this one's.</param>
        /// <returns>This tensor.</returns>
        public Tensor mul_(Tensor target) => Operators.mul_.CallInPlace(this, target);

        /// <summary>This · a number, in place.</summary>
        /// <param name="target">The number.</param>
        /// <returns>This tensor.</returns>
        public Tensor mul_(Scalar target) => Operators.mul_scalar_.CallInPlace(this, target);

        /// <summary>This / other, element by element.</summary>
        /// <param name="target">The divisor; shapes broadcast.</param>
        /// <param name="rounding_mode">How to round the quotient; None = not at all.</param>
        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => rounding_mode == RoundingMode.None
            ? Operators.div.Call(this, target) : Operators.div_mode.Call(this, target, NameOf(rounding_mode));

        /// <summary>This / a number.</summary>
        /// <param name="target">The divisor.</param>
        /// <param name="rounding_mode">How to round the quotient; None = not at all.</param>
        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => rounding_mode == RoundingMode.None
            ? Operators.div_scalar.Call(this, target) : Operators.div_scalar_mode.Call(this, target, NameOf(rounding_mode));

        /// <summary>This / other, element by element, in place.</summary>
        /// <param name="target">The divisor; its shape broadcasts to this one's.</param>
        /// <param name="rounding_mode">How to round the quotient; None = not at all.</param>
        /// <returns>This tensor.</returns>
        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => rounding_mode == RoundingMode.None
            ? Operators.div_.CallInPlace(this, target) : Operators.div_mode_.CallInPlace(this, target, NameOf(rounding_mode));

        /// <summary>This / a number, in place.</summary>
        /// <param name="target">The divisor.</param>
        /// <param name="rounding_mode">How to round the quotient; None = not at all.</param>
        /// <returns>This tensor.</returns>
        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => rounding_mode == RoundingMode.None
            ? Operators.div_scalar_.CallInPlace(this, target) : Operators.div_scalar_mode_.CallInPlace(this, target, NameOf(rounding_mode));

        /// <summary>What division leaves, with the divisor's sign.</summary>
        /// <param name="target">The divisor; shapes broadcast.</param>
        public Tensor remainder(Tensor target) => Operators.remainder.Call(this, target);

        /// <summary>What division leaves, with the divisor's sign.</summary>
        /// <param name="target">The divisor.</param>
        public Tensor remainder(Scalar target) => Operators.remainder_scalar.Call(this, target);

        /// <summary>Every element to a power.</summary>
        /// <param name="exponent">The exponents; shapes broadcast.</param>
        public Tensor pow(Tensor exponent) => Operators.pow.Call(this, exponent);

        /// <summary>Every element to a power.</summary>
        /// <param name="exponent">The exponent.</param>
        public Tensor pow(Scalar exponent) => Operators.pow_scalar.Call(this, exponent);

        /// <summary>Every element to a power, in place.</summary>
        /// <param name="exponent">The exponent.</param>
        /// <returns>This tensor.</returns>
        public Tensor pow_(Scalar exponent) => Operators.pow_scalar_.CallInPlace(this, exponent);

        /// <summary>left + right, element by element; shapes broadcast.</summary>
        /// <param name="left">One.</param>
        /// <param name="right">The other.</param>
        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);

        /// <summary>left + a number.</summary>
        /// <param name="left">The tensor.</param>
        /// <param name="right">The number.</param>
        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);

        /// <summary>left - right, element by element; shapes broadcast.</summary>
        /// <param name="left">One.</param>
        /// <param name="right">The other.</param>
        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);

        /// <summary>left - a number.</summary>
        /// <param name="left">The tensor.</param>
        /// <param name="right">The number.</param>
        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);

        /// <summary>left * right, element by element; shapes broadcast.</summary>
        /// <param name="left">One.</param>
        /// <param name="right">The other.</param>
        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);

        /// <summary>left * a number.</summary>
        /// <param name="left">The tensor.</param>
        /// <param name="right">The number.</param>
        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);

        /// <summary>left / right, element by element; shapes broadcast.</summary>
        /// <param name="left">One.</param>
        /// <param name="right">The other.</param>
        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);

        /// <summary>left / a number.</summary>
        /// <param name="left">The tensor.</param>
        /// <param name="right">The number.</param>
        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);

        /// <summary>left % right, element by element; shapes broadcast.</summary>
        /// <param name="left">One.</param>
        /// <param name="right">The other.</param>
        public static Tensor operator %(Tensor left, Tensor right) => left.remainder(right);

        /// <summary>left % a number.</summary>
        /// <param name="left">The tensor.</param>
        /// <param name="right">The number.</param>
        public static Tensor operator %(Tensor left, Scalar right) => left.remainder(right);

        /// <summary>A number + right.</summary>
        /// <param name="left">The number.</param>
        /// <param name="right">The tensor.</param>
        public static Tensor operator +(Scalar left, Tensor right) => right.add(left);

        /// <summary>A number - right.</summary>
        /// <param name="left">The number.</param>
        /// <param name="right">The tensor.</param>
        public static Tensor operator -(Scalar left, Tensor right) => Operators.rsub.Call(right, left);

        /// <summary>A number · right.</summary>
        /// <param name="left">The number.</param>
        /// <param name="right">The tensor.</param>
        public static Tensor operator *(Scalar left, Tensor right) => right.mul(left);

        /// <summary>A number / right.</summary>
        /// <param name="left">The number.</param>
        /// <param name="right">The tensor.</param>
        public static Tensor operator /(Scalar left, Tensor right)
        {
            using var inverse = right.reciprocal();
            return inverse.mul(left);
        }
    }

    /// <summary>left + right, element by element; shapes broadcast.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static Tensor add(Tensor left, Tensor right) => left.add(right);

    /// <summary>left + alpha · right, element by element; shapes broadcast.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    /// <param name="alpha">The factor of <paramref name="right"/>.</param>
    public static Tensor add(Tensor left, Tensor right, Scalar alpha) => left.add(right, alpha);

    /// <summary>left + a number.</summary>
    /// <param name="left">The tensor.</param>
    /// <param name="right">The number.</param>
    public static Tensor add(Tensor left, Scalar right) => left.add(right);

    /// <summary>left + alpha · a number.</summary>
    /// <param name="left">The tensor.</param>
    /// <param name="right">The number.</param>
    /// <param name="alpha">The number's factor.</param>
    public static Tensor add(Tensor left, Scalar right, Scalar alpha) => left.add(right, alpha);

    /// <summary>left - right, element by element; shapes broadcast.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static Tensor sub(Tensor left, Tensor right) => left.sub(right);

    /// <summary>left - a number.</summary>
    /// <param name="left">The tensor.</param>
    /// <param name="right">The number.</param>
    public static Tensor sub(Tensor left, Scalar right) => left.sub(right);

    /// <summary>left · right, element by element; shapes broadcast.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static Tensor mul(Tensor left, Tensor right) => left.mul(right);

    /// <summary>left · a number.</summary>
    /// <param name="left">The tensor.</param>
    /// <param name="right">The number.</param>
    public static Tensor mul(Tensor left, Scalar right) => left.mul(right);

    /// <summary>left / right, element by element; shapes broadcast.</summary>
    /// <param name="left">The dividend.</param>
    /// <param name="right">The divisor.</param>
    /// <param name="rounding_mode">How to round the quotient; None = not at all.</param>
    public static Tensor div(Tensor left, Tensor right, RoundingMode rounding_mode = RoundingMode.None) => left.div(right, rounding_mode);

    /// <summary>left / a number.</summary>
    /// <param name="left">The dividend.</param>
    /// <param name="right">The divisor.</param>
    /// <param name="rounding_mode">How to round the quotient; None = not at all.</param>
    public static Tensor div(Tensor left, Scalar right, RoundingMode rounding_mode = RoundingMode.None) => left.div(right, rounding_mode);

    /// <summary>Every element to a power.</summary>
    /// <param name="left">The bases.</param>
    /// <param name="exponent">The exponents; shapes broadcast.</param>
    public static Tensor pow(Tensor left, Tensor exponent) => left.pow(exponent);

    /// <summary>Every element to a power.</summary>
    /// <param name="left">The bases.</param>
    /// <param name="exponent">The exponent.</param>
    public static Tensor pow(Tensor left, Scalar exponent) => left.pow(exponent);

    /// <summary>How a division rounds its quotient.</summary>
    public enum RoundingMode
    {
        /// <summary>Not at all.</summary>
        None,

        /// <summary>Towards zero.</summary>
        trunc,

        /// <summary>Down.</summary>
        floor,
    }

    private static string NameOf(RoundingMode mode) => mode == RoundingMode.floor ? "floor" : "trunc";

    internal static partial class Operators
    {
        internal static readonly TorchOp add = new("add", "Tensor");
        internal static readonly TorchOp add_scalar = new("add", "Scalar");
        internal static readonly TorchOp add_ = new("add_", "Tensor");
        internal static readonly TorchOp add_scalar_ = new("add_", "Scalar");
        internal static readonly TorchOp sub = new("sub", "Tensor");
        internal static readonly TorchOp sub_scalar = new("sub", "Scalar");
        internal static readonly TorchOp sub_ = new("sub_", "Tensor");
        internal static readonly TorchOp sub_scalar_ = new("sub_", "Scalar");
        internal static readonly TorchOp mul = new("mul", "Tensor");
        internal static readonly TorchOp mul_scalar = new("mul", "Scalar");
        internal static readonly TorchOp mul_ = new("mul_", "Tensor");
        internal static readonly TorchOp mul_scalar_ = new("mul_", "Scalar");
        internal static readonly TorchOp div = new("div", "Tensor");
        internal static readonly TorchOp div_mode = new("div", "Tensor_mode");
        internal static readonly TorchOp div_scalar = new("div", "Scalar");
        internal static readonly TorchOp div_scalar_mode = new("div", "Scalar_mode");
        internal static readonly TorchOp div_ = new("div_", "Tensor");
        internal static readonly TorchOp div_mode_ = new("div_", "Tensor_mode");
        internal static readonly TorchOp div_scalar_ = new("div_", "Scalar");
        internal static readonly TorchOp div_scalar_mode_ = new("div_", "Scalar_mode");
        internal static readonly TorchOp remainder = new("remainder", "Tensor");
        internal static readonly TorchOp remainder_scalar = new("remainder", "Scalar");
        internal static readonly TorchOp pow = new("pow", "Tensor_Tensor");
        internal static readonly TorchOp pow_scalar = new("pow", "Tensor_Scalar");
        internal static readonly TorchOp pow_scalar_ = new("pow_", "Scalar");
        internal static readonly TorchOp rsub = new("rsub", "Scalar");
    }
}
