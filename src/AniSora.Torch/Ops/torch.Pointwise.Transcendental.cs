namespace AniSora.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>eˣ of every element.</summary>
        public Tensor exp() => Operators.exp.Call(this);

        /// <summary>eˣ of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor exp_() => Operators.exp_.CallInPlace(this);

        /// <summary>2ˣ of every element.</summary>
        public Tensor exp2() => Operators.exp2.Call(this);

        /// <summary>2ˣ of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor exp2_() => Operators.exp2_.CallInPlace(this);

        /// <summary>eˣ - 1 of every element, exact for small x.</summary>
        public Tensor expm1() => Operators.expm1.Call(this);

        /// <summary>eˣ - 1 of every element, exact for small x. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor expm1_() => Operators.expm1_.CallInPlace(this);

        /// <summary>The natural logarithm of every element.</summary>
        public Tensor log() => Operators.log.Call(this);

        /// <summary>The natural logarithm of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor log_() => Operators.log_.CallInPlace(this);

        /// <summary>The logarithm to base 2 of every element.</summary>
        public Tensor log2() => Operators.log2.Call(this);

        /// <summary>The logarithm to base 2 of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor log2_() => Operators.log2_.CallInPlace(this);

        /// <summary>The logarithm to base 10 of every element.</summary>
        public Tensor log10() => Operators.log10.Call(this);

        /// <summary>The logarithm to base 10 of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor log10_() => Operators.log10_.CallInPlace(this);

        /// <summary>ln(1 + x) of every element, exact for small x.</summary>
        public Tensor log1p() => Operators.log1p.Call(this);

        /// <summary>ln(1 + x) of every element, exact for small x. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor log1p_() => Operators.log1p_.CallInPlace(this);

        /// <summary>The sine of every element, in radians.</summary>
        public Tensor sin() => Operators.sin.Call(this);

        /// <summary>The sine of every element, in radians. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor sin_() => Operators.sin_.CallInPlace(this);

        /// <summary>The cosine of every element, in radians.</summary>
        public Tensor cos() => Operators.cos.Call(this);

        /// <summary>The cosine of every element, in radians. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor cos_() => Operators.cos_.CallInPlace(this);

        /// <summary>The tangent of every element, in radians.</summary>
        public Tensor tan() => Operators.tan.Call(this);

        /// <summary>The tangent of every element, in radians. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor tan_() => Operators.tan_.CallInPlace(this);

        /// <summary>The arc sine of every element, in radians.</summary>
        public Tensor asin() => Operators.asin.Call(this);

        /// <summary>The arc sine of every element, in radians. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor asin_() => Operators.asin_.CallInPlace(this);

        /// <summary>The arc cosine of every element, in radians.</summary>
        public Tensor acos() => Operators.acos.Call(this);

        /// <summary>The arc cosine of every element, in radians. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor acos_() => Operators.acos_.CallInPlace(this);

        /// <summary>The arc tangent of every element, in radians.</summary>
        public Tensor atan() => Operators.atan.Call(this);

        /// <summary>The arc tangent of every element, in radians. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor atan_() => Operators.atan_.CallInPlace(this);

        /// <summary>The hyperbolic sine of every element.</summary>
        public Tensor sinh() => Operators.sinh.Call(this);

        /// <summary>The hyperbolic sine of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor sinh_() => Operators.sinh_.CallInPlace(this);

        /// <summary>The hyperbolic cosine of every element.</summary>
        public Tensor cosh() => Operators.cosh.Call(this);

        /// <summary>The hyperbolic cosine of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor cosh_() => Operators.cosh_.CallInPlace(this);

        /// <summary>The hyperbolic tangent of every element.</summary>
        public Tensor tanh() => Operators.tanh.Call(this);

        /// <summary>The hyperbolic tangent of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor tanh_() => Operators.tanh_.CallInPlace(this);

        /// <summary>1 / (1 + e⁻ˣ) of every element.</summary>
        public Tensor sigmoid() => Operators.sigmoid.Call(this);

        /// <summary>1 / (1 + e⁻ˣ) of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor sigmoid_() => Operators.sigmoid_.CallInPlace(this);

        /// <summary>The error function of every element.</summary>
        public Tensor erf() => Operators.erf.Call(this);

        /// <summary>The error function of every element. Computed in place.</summary>
        /// <returns>This tensor.</returns>
        public Tensor erf_() => Operators.erf_.CallInPlace(this);
    }

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

    internal static partial class Operators
    {
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
    }
}
