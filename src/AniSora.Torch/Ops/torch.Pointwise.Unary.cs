namespace AniSora.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The absolute value of every element.</summary>
        public Tensor abs() => Operators.abs.Call(this);

        /// <summary>The absolute value of every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor abs_() => Operators.abs_.CallInPlace(this);

        /// <summary>Every element with the other sign.</summary>
        public Tensor neg() => Operators.neg.Call(this);

        /// <summary>Every element with the other sign. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor neg_() => Operators.neg_.CallInPlace(this);

        /// <summary>-1, 0 or 1 for every element.</summary>
        public Tensor sign() => Operators.sign.Call(this);

        /// <summary>-1, 0 or 1 for every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor sign_() => Operators.sign_.CallInPlace(this);

        /// <summary>Every element rounded down.</summary>
        public Tensor floor() => Operators.floor.Call(this);

        /// <summary>Every element rounded down. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor floor_() => Operators.floor_.CallInPlace(this);

        /// <summary>Every element rounded up.</summary>
        public Tensor ceil() => Operators.ceil.Call(this);

        /// <summary>Every element rounded up. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor ceil_() => Operators.ceil_.CallInPlace(this);

        /// <summary>Every element cut towards zero.</summary>
        public Tensor trunc() => Operators.trunc.Call(this);

        /// <summary>Every element cut towards zero. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor trunc_() => Operators.trunc_.CallInPlace(this);

        /// <summary>What truncation leaves of every element.</summary>
        public Tensor frac() => Operators.frac.Call(this);

        /// <summary>What truncation leaves of every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor frac_() => Operators.frac_.CallInPlace(this);

        /// <summary>1 / x of every element.</summary>
        public Tensor reciprocal() => Operators.reciprocal.Call(this);

        /// <summary>1 / x of every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor reciprocal_() => Operators.reciprocal_.CallInPlace(this);

        /// <summary>x² of every element.</summary>
        public Tensor square() => Operators.square.Call(this);

        /// <summary>x² of every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor square_() => Operators.square_.CallInPlace(this);

        /// <summary>√x of every element.</summary>
        public Tensor sqrt() => Operators.sqrt.Call(this);

        /// <summary>√x of every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor sqrt_() => Operators.sqrt_.CallInPlace(this);

        /// <summary>1 / √x of every element.</summary>
        public Tensor rsqrt() => Operators.rsqrt.Call(this);

        /// <summary>1 / √x of every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor rsqrt_() => Operators.rsqrt_.CallInPlace(this);

        /// <summary>eˣ of every element.</summary>
        public Tensor exp() => Operators.exp.Call(this);

        /// <summary>eˣ of every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor exp_() => Operators.exp_.CallInPlace(this);

        /// <summary>2ˣ of every element.</summary>
        public Tensor exp2() => Operators.exp2.Call(this);

        /// <summary>2ˣ of every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor exp2_() => Operators.exp2_.CallInPlace(this);

        /// <summary>eˣ - 1 of every element, exact for small x.</summary>
        public Tensor expm1() => Operators.expm1.Call(this);

        /// <summary>eˣ - 1 of every element, exact for small x. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor expm1_() => Operators.expm1_.CallInPlace(this);

        /// <summary>The natural logarithm of every element.</summary>
        public Tensor log() => Operators.log.Call(this);

        /// <summary>The natural logarithm of every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor log_() => Operators.log_.CallInPlace(this);

        /// <summary>The logarithm to base 2 of every element.</summary>
        public Tensor log2() => Operators.log2.Call(this);

        /// <summary>The logarithm to base 2 of every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor log2_() => Operators.log2_.CallInPlace(this);

        /// <summary>The logarithm to base 10 of every element.</summary>
        public Tensor log10() => Operators.log10.Call(this);

        /// <summary>The logarithm to base 10 of every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor log10_() => Operators.log10_.CallInPlace(this);

        /// <summary>ln(1 + x) of every element, exact for small x.</summary>
        public Tensor log1p() => Operators.log1p.Call(this);

        /// <summary>ln(1 + x) of every element, exact for small x. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor log1p_() => Operators.log1p_.CallInPlace(this);

        /// <summary>The sine of every element, in radians.</summary>
        public Tensor sin() => Operators.sin.Call(this);

        /// <summary>The sine of every element, in radians. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor sin_() => Operators.sin_.CallInPlace(this);

        /// <summary>The cosine of every element, in radians.</summary>
        public Tensor cos() => Operators.cos.Call(this);

        /// <summary>The cosine of every element, in radians. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor cos_() => Operators.cos_.CallInPlace(this);

        /// <summary>The tangent of every element, in radians.</summary>
        public Tensor tan() => Operators.tan.Call(this);

        /// <summary>The tangent of every element, in radians. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor tan_() => Operators.tan_.CallInPlace(this);

        /// <summary>The arc sine of every element, in radians.</summary>
        public Tensor asin() => Operators.asin.Call(this);

        /// <summary>The arc sine of every element, in radians. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor asin_() => Operators.asin_.CallInPlace(this);

        /// <summary>The arc cosine of every element, in radians.</summary>
        public Tensor acos() => Operators.acos.Call(this);

        /// <summary>The arc cosine of every element, in radians. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor acos_() => Operators.acos_.CallInPlace(this);

        /// <summary>The arc tangent of every element, in radians.</summary>
        public Tensor atan() => Operators.atan.Call(this);

        /// <summary>The arc tangent of every element, in radians. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor atan_() => Operators.atan_.CallInPlace(this);

        /// <summary>The hyperbolic sine of every element.</summary>
        public Tensor sinh() => Operators.sinh.Call(this);

        /// <summary>The hyperbolic sine of every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor sinh_() => Operators.sinh_.CallInPlace(this);

        /// <summary>The hyperbolic cosine of every element.</summary>
        public Tensor cosh() => Operators.cosh.Call(this);

        /// <summary>The hyperbolic cosine of every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor cosh_() => Operators.cosh_.CallInPlace(this);

        /// <summary>The hyperbolic tangent of every element.</summary>
        public Tensor tanh() => Operators.tanh.Call(this);

        /// <summary>The hyperbolic tangent of every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor tanh_() => Operators.tanh_.CallInPlace(this);

        /// <summary>1 / (1 + e⁻ˣ) of every element.</summary>
        public Tensor sigmoid() => Operators.sigmoid.Call(this);

        /// <summary>1 / (1 + e⁻ˣ) of every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor sigmoid_() => Operators.sigmoid_.CallInPlace(this);

        /// <summary>The error function of every element.</summary>
        public Tensor erf() => Operators.erf.Call(this);

        /// <summary>The error function of every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor erf_() => Operators.erf_.CallInPlace(this);

        /// <summary>max(x, 0) of every element.</summary>
        public Tensor relu() => Operators.relu.Call(this);

        /// <summary>max(x, 0) of every element. In place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor relu_() => Operators.relu_.CallInPlace(this);

        /// <summary>x · sigmoid(x) of every element.</summary>
        public Tensor silu() => Operators.silu.Call(this);

        /// <summary>x · sigmoid(x) of every element. In place.</summary>
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

    /// <summary>eˣ of every element.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor exp(Tensor input) => input.exp();

    /// <summary>2ˣ of every element.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor exp2(Tensor input) => input.exp2();

    /// <summary>eˣ - 1 of every element, exact for small x.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor expm1(Tensor input) => input.expm1();

    /// <summary>The natural logarithm of every element.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor log(Tensor input) => input.log();

    /// <summary>The logarithm to base 2 of every element.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor log2(Tensor input) => input.log2();

    /// <summary>The logarithm to base 10 of every element.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor log10(Tensor input) => input.log10();

    /// <summary>ln(1 + x) of every element, exact for small x.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor log1p(Tensor input) => input.log1p();

    /// <summary>The sine of every element, in radians.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor sin(Tensor input) => input.sin();

    /// <summary>The cosine of every element, in radians.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor cos(Tensor input) => input.cos();

    /// <summary>The tangent of every element, in radians.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor tan(Tensor input) => input.tan();

    /// <summary>The arc sine of every element, in radians.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor asin(Tensor input) => input.asin();

    /// <summary>The arc cosine of every element, in radians.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor acos(Tensor input) => input.acos();

    /// <summary>The arc tangent of every element, in radians.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor atan(Tensor input) => input.atan();

    /// <summary>The hyperbolic sine of every element.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor sinh(Tensor input) => input.sinh();

    /// <summary>The hyperbolic cosine of every element.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor cosh(Tensor input) => input.cosh();

    /// <summary>The hyperbolic tangent of every element.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor tanh(Tensor input) => input.tanh();

    /// <summary>1 / (1 + e⁻ˣ) of every element.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor sigmoid(Tensor input) => input.sigmoid();

    /// <summary>The error function of every element.</summary>
    /// <param name="input">The tensor.</param>
    public static Tensor erf(Tensor input) => input.erf();

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
        internal static readonly TorchOp exp = new("exp");
        internal static readonly TorchOp exp_ = new("exp_");
        internal static readonly TorchOp exp2 = new("exp2");
        internal static readonly TorchOp exp2_ = new("exp2_");
        internal static readonly TorchOp expm1 = new("expm1");
        internal static readonly TorchOp expm1_ = new("expm1_");
        internal static readonly TorchOp log = new("log");
        internal static readonly TorchOp log_ = new("log_");
        internal static readonly TorchOp log2 = new("log2");
        internal static readonly TorchOp log2_ = new("log2_");
        internal static readonly TorchOp log10 = new("log10");
        internal static readonly TorchOp log10_ = new("log10_");
        internal static readonly TorchOp log1p = new("log1p");
        internal static readonly TorchOp log1p_ = new("log1p_");
        internal static readonly TorchOp sin = new("sin");
        internal static readonly TorchOp sin_ = new("sin_");
        internal static readonly TorchOp cos = new("cos");
        internal static readonly TorchOp cos_ = new("cos_");
        internal static readonly TorchOp tan = new("tan");
        internal static readonly TorchOp tan_ = new("tan_");
        internal static readonly TorchOp asin = new("asin");
        internal static readonly TorchOp asin_ = new("asin_");
        internal static readonly TorchOp acos = new("acos");
        internal static readonly TorchOp acos_ = new("acos_");
        internal static readonly TorchOp atan = new("atan");
        internal static readonly TorchOp atan_ = new("atan_");
        internal static readonly TorchOp sinh = new("sinh");
        internal static readonly TorchOp sinh_ = new("sinh_");
        internal static readonly TorchOp cosh = new("cosh");
        internal static readonly TorchOp cosh_ = new("cosh_");
        internal static readonly TorchOp tanh = new("tanh");
        internal static readonly TorchOp tanh_ = new("tanh_");
        internal static readonly TorchOp sigmoid = new("sigmoid");
        internal static readonly TorchOp sigmoid_ = new("sigmoid_");
        internal static readonly TorchOp erf = new("erf");
        internal static readonly TorchOp erf_ = new("erf_");
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
