namespace AniSora.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>Every element, but not below <paramref name="min"/> nor above <paramref name="max"/>.</summary>
        /// <param name="min">The lower bound; null = none.</param>
        /// <param name="max">The upper bound; null = none.</param>
        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Operators.clamp.Call(this, min, max);

        /// <inheritdoc cref="clamp(Scalar?, Scalar?)"/>
        public Tensor clamp(Tensor? min, Tensor? max) => Operators.clamp_tensor.Call(this, min, max);

        /// <summary>Bounds every element in place.</summary>
        /// <param name="min">The lower bound; null = none.</param>
        /// <param name="max">The upper bound; null = none.</param>
        /// <returns>This tensor.</returns>
        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Operators.clamp_.CallInPlace(this, min, max);

        /// <inheritdoc cref="clamp_(Scalar?, Scalar?)"/>
        public Tensor clamp_(Tensor? min, Tensor? max) => Operators.clamp_tensor_.CallInPlace(this, min, max);

        /// <summary>Every element, but not below a bound.</summary>
        /// <param name="min">The lower bound.</param>
        public Tensor clamp_min(Scalar min) => Operators.clamp_min.Call(this, min);

        /// <summary>Every element, but not above a bound.</summary>
        /// <param name="max">The upper bound.</param>
        public Tensor clamp_max(Scalar max) => Operators.clamp_max.Call(this, max);

        /// <summary>The greater of two elements.</summary>
        /// <param name="other">The other tensor; shapes broadcast.</param>
        public Tensor maximum(Tensor other) => Operators.maximum.Call(this, other);

        /// <summary>The smaller of two elements.</summary>
        /// <param name="other">The other tensor; shapes broadcast.</param>
        public Tensor minimum(Tensor other) => Operators.minimum.Call(this, other);

        /// <summary>This where the condition holds, else <paramref name="y"/>.</summary>
        /// <param name="condition">Bools; shapes broadcast.</param>
        /// <param name="y">The alternative.</param>
        public Tensor where(Tensor condition, Tensor y) => Operators.where.Call(condition, this, y);

        /// <summary>This + weight · (end - this), element by element.</summary>
        /// <param name="end">Where weight 1 leads.</param>
        /// <param name="weight">How far to go.</param>
        public Tensor lerp(Tensor end, Tensor weight) => Operators.lerp.Call(this, end, weight);

        /// <inheritdoc cref="lerp(Tensor, Tensor)"/>
        public Tensor lerp(Tensor end, Scalar weight) => Operators.lerp_scalar.Call(this, end, weight);

        /// <summary>Goes to this + weight · (end - this), in place.</summary>
        /// <param name="end">Where weight 1 leads.</param>
        /// <param name="weight">How far to go.</param>
        /// <returns>This tensor.</returns>
        public Tensor lerp_(Tensor end, Tensor weight) => Operators.lerp_.CallInPlace(this, end, weight);

        /// <inheritdoc cref="lerp_(Tensor, Tensor)"/>
        public Tensor lerp_(Tensor end, Scalar weight) => Operators.lerp_scalar_.CallInPlace(this, end, weight);

        /// <summary>This + value · tensor1 · tensor2, element by element.</summary>
        /// <param name="tensor1">One factor.</param>
        /// <param name="tensor2">The other factor.</param>
        /// <param name="value">A number as third factor.</param>
        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => Operators.addcmul.Call(this, tensor1, tensor2, value);

        /// <summary>Adds value · tensor1 · tensor2 in place.</summary>
        /// <param name="tensor1">One factor.</param>
        /// <param name="tensor2">The other factor.</param>
        /// <param name="value">A number as third factor.</param>
        /// <returns>This tensor.</returns>
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Operators.addcmul_.CallInPlace(this, tensor1, tensor2, value);

        /// <summary>This + value · tensor1 / tensor2, element by element.</summary>
        /// <param name="tensor1">The dividend.</param>
        /// <param name="tensor2">The divisor.</param>
        /// <param name="value">A factor; null = 1.</param>
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar? value = null) =>
            Operators.addcdiv.Call(this, tensor1, tensor2, value ?? 1);

        /// <summary>Adds value · tensor1 / tensor2 in place.</summary>
        /// <param name="tensor1">The dividend.</param>
        /// <param name="tensor2">The divisor.</param>
        /// <param name="value">A factor; null = 1.</param>
        /// <returns>This tensor.</returns>
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar? value = null) =>
            Operators.addcdiv_.CallInPlace(this, tensor1, tensor2, value ?? 1);

        /// <summary>A copy with a number wherever the mask holds.</summary>
        /// <param name="mask">Bools; their shape broadcasts to this one's.</param>
        /// <param name="value">The number.</param>
        public Tensor masked_fill(Tensor mask, Scalar value) => Operators.masked_fill.Call(this, mask, value);

        /// <summary>Writes a number wherever the mask holds.</summary>
        /// <param name="mask">Bools; their shape broadcasts to this one's.</param>
        /// <param name="value">The number.</param>
        /// <returns>This tensor.</returns>
        public Tensor masked_fill_(Tensor mask, Scalar value) => Operators.masked_fill_.CallInPlace(this, mask, value);
    }

    /// <inheritdoc cref="Tensor.clamp(Scalar?, Scalar?)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="min">The lower bound; null = none.</param>
    /// <param name="max">The upper bound; null = none.</param>
    public static Tensor clamp(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp(min, max);

    /// <inheritdoc cref="Tensor.clamp(Scalar?, Scalar?)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="min">The lower bound; null = none.</param>
    /// <param name="max">The upper bound; null = none.</param>
    public static Tensor clamp(Tensor input, Tensor? min, Tensor? max) => input.clamp(min, max);

    /// <summary>The greater of two elements; shapes broadcast.</summary>
    /// <param name="input">One.</param>
    /// <param name="other">The other.</param>
    public static Tensor maximum(Tensor input, Tensor other) => input.maximum(other);

    /// <summary>The smaller of two elements; shapes broadcast.</summary>
    /// <param name="input">One.</param>
    /// <param name="other">The other.</param>
    public static Tensor minimum(Tensor input, Tensor other) => input.minimum(other);

    /// <summary><paramref name="x"/> where the condition holds, else <paramref name="y"/>; shapes broadcast.</summary>
    /// <param name="condition">Bools.</param>
    /// <param name="x">Taken where it holds.</param>
    /// <param name="y">Taken elsewhere.</param>
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => Operators.where.Call(condition, x, y);

    /// <inheritdoc cref="Tensor.lerp(Tensor, Tensor)"/>
    /// <param name="input">Where weight 0 stays.</param>
    /// <param name="end">Where weight 1 leads.</param>
    /// <param name="weight">How far to go.</param>
    public static Tensor lerp(Tensor input, Tensor end, Tensor weight) => input.lerp(end, weight);

    /// <inheritdoc cref="Tensor.lerp(Tensor, Tensor)"/>
    /// <param name="input">Where weight 0 stays.</param>
    /// <param name="end">Where weight 1 leads.</param>
    /// <param name="weight">How far to go.</param>
    public static Tensor lerp(Tensor input, Tensor end, Scalar weight) => input.lerp(end, weight);

    /// <summary>input + value · tensor1 · tensor2, element by element.</summary>
    /// <param name="input">What is added to.</param>
    /// <param name="tensor1">One factor.</param>
    /// <param name="tensor2">The other factor.</param>
    /// <param name="value">A number as third factor.</param>
    public static Tensor addcmul(Tensor input, Tensor tensor1, Tensor tensor2, Scalar value) => input.addcmul(tensor1, tensor2, value);

    /// <summary>input + value · tensor1 / tensor2, element by element.</summary>
    /// <param name="input">What is added to.</param>
    /// <param name="tensor1">The dividend.</param>
    /// <param name="tensor2">The divisor.</param>
    /// <param name="value">A factor.</param>
    public static Tensor addcdiv(Tensor input, Tensor tensor1, Tensor tensor2, Scalar value) => input.addcdiv(tensor1, tensor2, value);

    internal static partial class Operators
    {
        internal static readonly TorchOp clamp = new("clamp");
        internal static readonly TorchOp clamp_tensor = new("clamp", "Tensor");
        internal static readonly TorchOp clamp_ = new("clamp_");
        internal static readonly TorchOp clamp_tensor_ = new("clamp_", "Tensor");
        internal static readonly TorchOp clamp_min = new("clamp_min");
        internal static readonly TorchOp clamp_max = new("clamp_max");
        internal static readonly TorchOp maximum = new("maximum");
        internal static readonly TorchOp minimum = new("minimum");
        internal static readonly TorchOp where = new("where", "self");
        internal static readonly TorchOp lerp = new("lerp", "Tensor");
        internal static readonly TorchOp lerp_scalar = new("lerp", "Scalar");
        internal static readonly TorchOp lerp_ = new("lerp_", "Tensor");
        internal static readonly TorchOp lerp_scalar_ = new("lerp_", "Scalar");
        internal static readonly TorchOp addcmul = new("addcmul");
        internal static readonly TorchOp addcmul_ = new("addcmul_");
        internal static readonly TorchOp addcdiv = new("addcdiv");
        internal static readonly TorchOp addcdiv_ = new("addcdiv_");
        internal static readonly TorchOp masked_fill = new("masked_fill", "Scalar");
        internal static readonly TorchOp masked_fill_ = new("masked_fill_", "Scalar");
    }
}
