namespace AniSora.Torch;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>x · sigmoid(x).</summary>
            /// <param name="x">The tensor.</param>
            /// <param name="inplace">Write the result over it.</param>
            public static Tensor silu(Tensor x, bool inplace = false) => inplace ? x.silu_() : x.silu();

            /// <summary>GELU, x · Φ(x), exact: Φ by the error function.</summary>
            /// <param name="x">The tensor.</param>
            public static Tensor gelu(Tensor x) => x.gelu();

            /// <inheritdoc cref="gelu(Tensor)"/>
            /// <param name="x">The tensor.</param>
            /// <param name="inplace">Write the result over it.</param>
            public static Tensor gelu(Tensor x, bool inplace) => gelu(x, Modules.GELU.Approximate.none, inplace);

            /// <summary>GELU, x · Φ(x).</summary>
            /// <param name="x">The tensor.</param>
            /// <param name="approximate">none: Φ by the error function; tanh: ½ (1 + tanh(√(2/π) (x + 0.044715 x³))), slower on a
            /// CPU.</param>
            /// <param name="inplace">Write the result over it.</param>
            public static Tensor gelu(Tensor x, Modules.GELU.Approximate approximate, bool inplace = false)
            {
                var name = approximate == Modules.GELU.Approximate.tanh ? "tanh" : "none";
                return inplace ? Operators.gelu_.CallInPlace(x, name) : Operators.gelu.Call(x, name);
            }

            /// <summary>max(x, 0).</summary>
            /// <param name="x">The tensor.</param>
            /// <param name="inplace">Write the result over it.</param>
            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_() : x.relu();

            /// <summary>x where it is positive, else a fraction of it.</summary>
            /// <param name="input">The tensor.</param>
            /// <param name="negative_slope">The fraction.</param>
            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01) => Operators.leaky_relu.Call(input, negative_slope);

            /// <summary>1 / (1 + e⁻ˣ).</summary>
            /// <param name="x">The tensor.</param>
            public static Tensor sigmoid(Tensor x) => x.sigmoid();

            /// <summary>The hyperbolic tangent.</summary>
            /// <param name="x">The tensor.</param>
            public static Tensor tanh(Tensor x) => x.tanh();

            /// <summary>ln(1 + eˣ).</summary>
            /// <param name="x">The tensor.</param>
            public static Tensor softplus(Tensor x) => Operators.softplus.Call(x);

            /// <summary>eˣ / Σ eˣ along a dimension.</summary>
            /// <param name="input">The tensor.</param>
            /// <param name="dim">The dimension; negative counts from the end.</param>
            /// <param name="dtype">Convert to this type first; null = the tensor's.</param>
            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            /// <summary>ln(eˣ / Σ eˣ) along a dimension.</summary>
            /// <param name="x">The tensor.</param>
            /// <param name="dim">The dimension; negative counts from the end.</param>
            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);

            /// <summary>Zero with a probability, else x / (1 - p), so that the mean stays.</summary>
            /// <param name="input">The tensor.</param>
            /// <param name="p">The probability of zero.</param>
            /// <param name="training">False = leave everything.</param>
            /// <param name="inplace">Write the result over it.</param>
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                inplace ? Operators.dropout_.CallInPlace(input, p, training) : Operators.dropout.Call(input, p, training);
        }
    }

    public partial class Tensor
    {
        /// <summary>eˣ / Σ eˣ along a dimension.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="dtype">Convert to this type first; null = the tensor's.</param>
        public Tensor softmax(long dim, ScalarType? dtype = null) => Operators.softmax.Call(this, dim, dtype);

        /// <summary>ln(eˣ / Σ eˣ) along a dimension.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="dtype">Convert to this type first; null = the tensor's.</param>
        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Operators.log_softmax.Call(this, dim, dtype);
    }

    /// <summary>eˣ / Σ eˣ along a dimension.</summary>
    /// <param name="input">The tensor.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="dtype">Convert to this type first; null = the tensor's.</param>
    public static Tensor softmax(Tensor input, int dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

    internal static partial class Operators
    {
        internal static readonly TorchOp gelu_ = new("gelu_");
        internal static readonly TorchOp leaky_relu = new("leaky_relu");
        internal static readonly TorchOp softplus = new("softplus");
        internal static readonly TorchOp softmax = new("softmax", "int");
        internal static readonly TorchOp log_softmax = new("log_softmax", "int");
        internal static readonly TorchOp dropout = new("dropout");
        internal static readonly TorchOp dropout_ = new("dropout_");
    }
}
