using static AniSora.Torch.torch;

namespace AniSora.Torch.Modules
{
    /// <summary>Normalises over the last dimensions (Ba et al. 2016): (x - mean) / sqrt(var + eps) · weight + bias.</summary>
    public sealed class LayerNorm : nn.Module<Tensor, Tensor>
    {
        internal LayerNorm(long[] normalized_shape, double eps, bool elementwise_affine, bool bias, Device? device, ScalarType? dtype)
            : base(nameof(LayerNorm))
        {
            this.normalized_shape = normalized_shape;
            this.eps = eps;
            if (elementwise_affine)
                weight = new Parameter(empty(normalized_shape, dtype, device));
            if (elementwise_affine && bias)
                this.bias = new Parameter(empty(normalized_shape, dtype, device));
            reset_parameters();
        }

        /// <summary>The scale, of <see cref="normalized_shape"/>, or null.</summary>
        public Parameter? weight
        {
            get => ParameterOrNull(nameof(weight));
            set => ConditionallyRegisterParameter(nameof(weight), value);
        }

        /// <summary>The shift, of <see cref="normalized_shape"/>, or null.</summary>
        public Parameter? bias
        {
            get => ParameterOrNull(nameof(bias));
            set => ConditionallyRegisterParameter(nameof(bias), value);
        }

        /// <summary>The sizes of the dimensions that are normalised, the input's last ones.</summary>
        public long[] normalized_shape { get; }

        /// <summary>Added to the variance.</summary>
        public double eps { get; set; }

        /// <summary>Whether there is a scale.</summary>
        public bool elementwise_affine => weight is not null;

        /// <summary>Sets scale 1 and shift 0.</summary>
        public void reset_parameters() => NormParameters.Reset(weight, bias);

        /// <inheritdoc/>
        public override Tensor forward(Tensor input) => nn.functional.layer_norm(input, normalized_shape, weight, bias, eps);
    }

    /// <summary>Normalises groups of channels over all positions (Wu and He 2018): <c>[B, C, ...]</c>.</summary>
    public sealed class GroupNorm : nn.Module<Tensor, Tensor>
    {
        internal GroupNorm(long num_groups, long num_channels, double eps, bool affine, Device? device, ScalarType? dtype)
            : base(nameof(GroupNorm))
        {
            if (num_groups < 1 || num_channels % num_groups != 0)
                throw new ArgumentException($"GroupNorm: {num_channels} channels do not divide into {num_groups} groups");
            this.num_groups = num_groups;
            this.num_channels = num_channels;
            this.eps = eps;
            if (affine)
            {
                weight = new Parameter(empty([num_channels], dtype, device));
                bias = new Parameter(empty([num_channels], dtype, device));
            }
            reset_parameters();
        }

        /// <summary>The scale, <c>[C]</c>, or null.</summary>
        public Parameter? weight
        {
            get => ParameterOrNull(nameof(weight));
            set => ConditionallyRegisterParameter(nameof(weight), value);
        }

        /// <summary>The shift, <c>[C]</c>, or null.</summary>
        public Parameter? bias
        {
            get => ParameterOrNull(nameof(bias));
            set => ConditionallyRegisterParameter(nameof(bias), value);
        }

        /// <summary>The number of groups.</summary>
        public long num_groups { get; }

        /// <summary>The number of channels.</summary>
        public long num_channels { get; }

        /// <summary>Added to the variance.</summary>
        public double eps { get; set; }

        /// <summary>Whether there are scale and shift.</summary>
        public bool affine => weight is not null;

        /// <summary>Sets scale 1 and shift 0.</summary>
        public void reset_parameters() => NormParameters.Reset(weight, bias);

        /// <inheritdoc/>
        public override Tensor forward(Tensor input) => nn.functional.group_norm(input, num_groups, weight, bias, eps);
    }

    internal static class NormParameters
    {
        public static void Reset(Parameter? weight, Parameter? bias)
        {
            if (weight is not null)
                nn.init.ones_(weight);
            if (bias is not null)
                nn.init.zeros_(bias);
        }
    }
}

namespace AniSora.Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Layer normalisation over the last dimension.</summary>
            /// <param name="normalized_shape">Its size.</param>
            /// <param name="eps">Added to the variance.</param>
            /// <param name="elementwise_affine">Whether to scale (and shift).</param>
            /// <param name="bias">Whether to shift.</param>
            /// <param name="device">Where the weights lie; the default device if null.</param>
            /// <param name="dtype">Their type; the default type if null.</param>
            public static Modules.LayerNorm LayerNorm(long normalized_shape, double eps = 1E-05, bool elementwise_affine = true,
                bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new([normalized_shape], eps, elementwise_affine, bias, device, dtype);

            /// <summary>Layer normalisation over the last dimensions.</summary>
            /// <param name="normalized_shape">Their sizes.</param>
            /// <param name="eps">Added to the variance.</param>
            /// <param name="elementwise_affine">Whether to scale (and shift).</param>
            /// <param name="bias">Whether to shift.</param>
            /// <param name="device">Where the weights lie; the default device if null.</param>
            /// <param name="dtype">Their type; the default type if null.</param>
            public static Modules.LayerNorm LayerNorm(long[] normalized_shape, double eps = 1E-05, bool elementwise_affine = true,
                bool bias = true, Device? device = null, ScalarType? dtype = null) =>
                new(normalized_shape, eps, elementwise_affine, bias, device, dtype);

            /// <summary>Group normalisation.</summary>
            /// <param name="num_groups">The number of groups; divides the channels.</param>
            /// <param name="num_channels">The number of channels.</param>
            /// <param name="eps">Added to the variance.</param>
            /// <param name="affine">Whether to scale and shift.</param>
            /// <param name="device">Where the weights lie; the default device if null.</param>
            /// <param name="dtype">Their type; the default type if null.</param>
            public static Modules.GroupNorm GroupNorm(long num_groups, long num_channels, double eps = 1E-05, bool affine = true,
                Device? device = null, ScalarType? dtype = null) =>
                new(num_groups, num_channels, eps, affine, device, dtype);
        }
    }
}
