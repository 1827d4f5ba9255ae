namespace AniSora.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The absolute value of every element.</summary>
        public Tensor abs() => Operators.abs.Call(this);

        /// <summary>The absolute value of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor abs_() => Operators.abs_.CallInPlace(this);

        /// <summary>Every element with the other sign.</summary>
        public Tensor neg() => Operators.neg.Call(this);

        /// <summary>Every element with the other sign. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor neg_() => Operators.neg_.CallInPlace(this);

        /// <summary>-1, 0 or 1 for every element.</summary>
        public Tensor sign() => Operators.sign.Call(this);

        /// <summary>-1, 0 or 1 for every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor sign_() => Operators.sign_.CallInPlace(this);

        /// <summary>Every element rounded down.</summary>
        public Tensor floor() => Operators.floor.Call(this);

        /// <summary>Every element rounded down. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor floor_() => Operators.floor_.CallInPlace(this);

        /// <summary>Every element rounded up.</summary>
        public Tensor ceil() => Operators.ceil.Call(this);

        /// <summary>Every element rounded up. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor ceil_() => Operators.ceil_.CallInPlace(this);

        /// <summary>Every element cut towards zero.</summary>
        public Tensor trunc() => Operators.trunc.Call(this);

        /// <summary>Every element cut towards zero. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor trunc_() => Operators.trunc_.CallInPlace(this);

        /// <summary>What truncation leaves of every element.</summary>
        public Tensor frac() => Operators.frac.Call(this);

        /// <summary>What truncation leaves of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor frac_() => Operators.frac_.CallInPlace(this);

        /// <summary>1 / x of every element.</summary>
        public Tensor reciprocal() => Operators.reciprocal.Call(this);

        /// <summary>1 / x of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor reciprocal_() => Operators.reciprocal_.CallInPlace(this);

        /// <summary>x² of every element.</summary>
        public Tensor square() => Operators.square.Call(this);

        /// <summary>x² of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor square_() => Operators.square_.CallInPlace(this);

        /// <summary>√x of every element.</summary>
        public Tensor sqrt() => Operators.sqrt.Call(this);

        /// <summary>√x of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor sqrt_() => Operators.sqrt_.CallInPlace(this);

        /// <summary>1 / √x of every element.</summary>
        public Tensor rsqrt() => Operators.rsqrt.Call(this);

        /// <summary>1 / √x of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor rsqrt_() => Operators.rsqrt_.CallInPlace(this);

        /// <summary>max(x, 0) of every element.</summary>
        public Tensor relu() => Operators.relu.Call(this);

        /// <summary>max(x, 0) of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor relu_() => Operators.relu_.CallInPlace(this);

        /// <summary>x · sigmoid(x) of every element.</summary>
        public Tensor silu() => Operators.silu.Call(this);

        /// <summary>x · sigmoid(x) of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor silu_() => Operators.silu_.CallInPlace(this);

        /// <summary>Every element rounded to the nearest number of so many decimals; halves go to the even side.</summary>
        /// <param name="decimals">Digits after the point.</param>
        public Tensor round(long decimals = 0) => Operators.round_decimals.Call(this, decimals);

        /// <summary>GELU, x · Φ(x), of every element; exact, by the error function.</summary>
        public Tensor gelu() => Operators.gelu.Call(this);

        /// <summary>Whether every element is neither infinite nor NaN.</summary>
        public Tensor isfinite() => Operators.isfinite.Call(this);

        /// <summary>Whether every element is infinite.</summary>
        public Tensor isinf() => Operators.isinf.Call(this);

        /// <summary>Whether every element is NaN.</summary>
        public Tensor isnan() => Operators.isnan.Call(this);

        /// <summary>Every element with the other sign.</summary>
        /// <param name="tensor">The tensor.</param>
        public static Tensor operator -(Tensor tensor) => tensor.neg();
    }

    /// <summary>The absolute value of every element.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor abs(Tensor input) => input.abs();

    /// <summary>Every element with the other sign.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor neg(Tensor input) => input.neg();

    /// <summary>-1, 0 or 1 for every element.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor sign(Tensor input) => input.sign();

    /// <summary>Every element rounded down.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor floor(Tensor input) => input.floor();

    /// <summary>Every element rounded up.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor ceil(Tensor input) => input.ceil();

    /// <summary>Every element cut towards zero.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor trunc(Tensor input) => input.trunc();

    /// <summary>What truncation leaves of every element.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor frac(Tensor input) => input.frac();

    /// <summary>1 / x of every element.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor reciprocal(Tensor input) => input.reciprocal();

    /// <summary>x² of every element.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor square(Tensor input) => input.square();

    /// <summary>√x of every element.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor sqrt(Tensor input) => input.sqrt();

    /// <summary>1 / √x of every element.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor rsqrt(Tensor input) => input.rsqrt();

    /// <inheritdoc cref="Tensor.round(long)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="decimals">Digits after the point.</param>
    public static Tensor round(Tensor input, long decimals = 0) => input.round(decimals);

    /// <summary>Whether every element is neither infinite nor NaN.</summary>
    /// <param name="tensor">The tensor.</param>
    public static Tensor isfinite(Tensor tensor) => tensor.isfinite();

    /// <summary>Whether every element is NaN.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor isnan(Tensor input) => input.isnan();

    /// <summary>NaN and infinities replaced by numbers.</summary>
    /// <param name="input">The tensor.</param>
    /// <param name="nan">Replaces NaN.</param>
    /// <param name="posinf">Replaces +∞; null = the largest number of the type.</param>
    /// <param name="neginf">Replaces -∞; null = the smallest number of the type.</param>
    public static Tensor nan_to_num(Tensor input, double nan = 0, double? posinf = null, double? neginf = null) =>
        Operators.nan_to_num.Call(input, nan, posinf, neginf);

    internal static partial class Operators
    {
        internal static readonly TorchOp abs = new("abs");
        internal static readonly TorchOp abs_ = new("abs_");
        internal static readonly TorchOp neg = new("neg");
        internal static readonly TorchOp neg_ = new("neg_");
        internal static readonly TorchOp sign = new("sign");
        internal static readonly TorchOp sign_ = new("sign_");
        internal static readonly TorchOp floor = new("floor");
        internal static readonly TorchOp floor_ = new("floor_");
        internal static readonly TorchOp ceil = new("ceil");
        internal static readonly TorchOp ceil_ = new("ceil_");
        internal static readonly TorchOp trunc = new("trunc");
        internal static readonly TorchOp trunc_ = new("trunc_");
        internal static readonly TorchOp frac = new("frac");
        internal static readonly TorchOp frac_ = new("frac_");
        internal static readonly TorchOp reciprocal = new("reciprocal");
        internal static readonly TorchOp reciprocal_ = new("reciprocal_");
        internal static readonly TorchOp square = new("square");
        internal static readonly TorchOp square_ = new("square_");
        internal static readonly TorchOp sqrt = new("sqrt");
        internal static readonly TorchOp sqrt_ = new("sqrt_");
        internal static readonly TorchOp rsqrt = new("rsqrt");
        internal static readonly TorchOp rsqrt_ = new("rsqrt_");
        internal static readonly TorchOp relu = new("relu");
        internal static readonly TorchOp relu_ = new("relu_");
        internal static readonly TorchOp silu = new("silu");
        internal static readonly TorchOp silu_ = new("silu_");
        internal static readonly TorchOp round_decimals = new("round", "decimals");
        internal static readonly TorchOp gelu = new("gelu");
        internal static readonly TorchOp isfinite = new("isfinite");
        internal static readonly TorchOp isinf = new("isinf");
        internal static readonly TorchOp isnan = new("isnan");
        internal static readonly TorchOp nan_to_num = new("nan_to_num");
    }
}
