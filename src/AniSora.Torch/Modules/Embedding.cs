using static AniSora.Torch.torch;

namespace AniSora.Torch.Modules
{
    /// <summary>A table of vectors, looked up by number: <c>[...] → [..., D]</c>.</summary>
    /// <remarks>Starts with standard normal values; the row of the padding number is zero and gets no gradient.</remarks>
    public sealed class Embedding : nn.Module<Tensor, Tensor>
    {
        private static readonly TorchOp _lookUp = new("embedding");

        private readonly long _paddingIndex;
        private readonly bool _scaleByFrequency;
        private readonly bool _sparse;

        internal Embedding(long num_embeddings, long embedding_dims, long? padding_idx, bool scale_grad_by_freq, bool sparse,
            Device? device, ScalarType? dtype)
            : base(nameof(Embedding))
        {
            if (padding_idx is { } index && (index < -num_embeddings || index >= num_embeddings))
                throw new ArgumentOutOfRangeException(nameof(padding_idx), $"{padding_idx} is outside a table of {num_embeddings} rows");
            _paddingIndex = padding_idx switch { null => -1, < 0 => padding_idx.Value + num_embeddings, _ => padding_idx.Value };
            _scaleByFrequency = scale_grad_by_freq;
            _sparse = sparse;
            weight = new Parameter(empty([num_embeddings, embedding_dims], dtype, device));
            nn.init.normal_(weight);
            if (_paddingIndex < 0)
                return;
            using var noGrad = no_grad();
            using var row = weight.select(0, _paddingIndex);
            row.zero_();
        }

        /// <summary>The table, <c>[N, D]</c>.</summary>
        public Parameter weight
        {
            get => ParameterOrNull(nameof(weight))!;
            set => ConditionallyRegisterParameter(nameof(weight), value);
        }

        /// <inheritdoc/>
        public override Tensor forward(Tensor input) =>
            _lookUp.Call(weight, input, _paddingIndex, _scaleByFrequency, _sparse);
    }
}

namespace AniSora.Torch
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>A table of vectors.</summary>
            /// <param name="num_embeddings">The number of rows.</param>
            /// <param name="embedding_dims">Their length.</param>
            /// <param name="padding_idx">A row that stays zero.</param>
            /// <param name="max_norm">Not supported; leave it null.</param>
            /// <param name="norm_type">Used with <paramref name="max_norm"/> only.</param>
            /// <param name="scale_grad_by_freq">Whether to divide a row's gradient by its count in the batch.</param>
            /// <param name="sparse">Whether the gradient is a sparse tensor.</param>
            /// <param name="device">Where the table lies; the default device if null.</param>
            /// <param name="dtype">Its type; the default type if null.</param>
            /// <exception cref="NotSupportedException"><paramref name="max_norm"/> is given.</exception>
            public static Modules.Embedding Embedding(long num_embeddings, long embedding_dims, long? padding_idx = null,
                double? max_norm = null, double norm_type = 2,
                bool scale_grad_by_freq = false, bool sparse = false, Device? device = null, ScalarType? dtype = null) =>
                max_norm is null
                    ? new(num_embeddings, embedding_dims, padding_idx, scale_grad_by_freq, sparse, device, dtype)
                    : throw new NotSupportedException("Embedding with max_norm rewrites its weights while looking up; normalise the rows yourself instead");
        }
    }
}
