using static AniSora.Torch.torch;

namespace AniSora.Torch.Modules
{
    /// <summary>y = x·Wᵀ + b over the last dimension: <c>[..., in] → [..., out]</c>.</summary>
    /// <remarks>Starts uniform in ±1/sqrt(in), as PyTorch does.</remarks>
    public sealed class Linear : nn.Module<Tensor, Tensor>
    {
        internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype) : base(nameof(Linear))
        {
            weight = new Parameter(empty([outputSize, inputSize], dtype, device));
            if (hasBias)
                bias = new Parameter(empty([outputSize], dtype, device));
            nn.init.LayerDefault(weight, bias);
        }

        internal Linear(Parameter weight, Parameter? bias) : base(nameof(Linear))
        {
            this.weight = weight;
            this.bias = bias;
        }

        /// <summary>W, <c>[out, in]</c>.</summary>
        public Parameter weight
        {
            get => ParameterOrNull(nameof(weight))!;
            set => ConditionallyRegisterParameter(nameof(weight), value);
        }

        /// <summary>b, <c>[out]</c>, or null.</summary>
        public Parameter? bias
        {
            get => ParameterOrNull(nameof(bias));
            set => ConditionallyRegisterParameter(nameof(bias), value);
        }

        /// <summary>The size of the last dimension of the input.</summary>
        public long in_features => weight.size(1);

        /// <summary>The size of the last dimension of the output.</summary>
        public long out_features => weight.size(0);

        /// <inheritdoc/>
        public override Tensor forward(Tensor input) => nn.functional.linear(input, weight, bias);
    }
}

namespace AniSora.Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>A linear layer; see <see cref="Modules.Linear"/>.</summary>
            /// <param name="inputSize">The size of the last dimension of the input.</param>
            /// <param name="outputSize">The size of the last dimension of the output.</param>
            /// <param name="hasBias">Whether to add a bias.</param>
            /// <param name="device">Where the weights lie; the default device if null.</param>
            /// <param name="dtype">Their type; the default type if null.</param>
            public static Modules.Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null,
                ScalarType? dtype = null) =>
                new(inputSize, outputSize, hasBias, device, dtype);

            /// <summary>A linear layer over given parameters.</summary>
            /// <param name="weight">W, <c>[out, in]</c>.</param>
            /// <param name="bias">b, <c>[out]</c>, or null.</param>
            public static Modules.Linear Linear(Modules.Parameter weight, Modules.Parameter? bias = null) => new(weight, bias);
        }
    }
}
