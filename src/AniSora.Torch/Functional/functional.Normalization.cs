namespace AniSora.Torch;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>Channels in groups, each group of each sample brought to mean 0 and variance 1, then scaled and shifted.</summary>
            /// <param name="input">[B, C, …].</param>
            /// <param name="num_groups">Groups; divides C.</param>
            /// <param name="weight">The scale [C], or null.</param>
            /// <param name="bias">The shift [C], or null.</param>
            /// <param name="eps">Added to the variance.</param>
            public static Tensor group_norm(Tensor input, long num_groups, Tensor? weight = null, Tensor? bias = null,
                double eps = 1e-05) =>
                Operators.group_norm.Call(input, num_groups, weight, bias, eps);

            /// <summary>The last dimensions brought to mean 0 and variance 1, then scaled and shifted.</summary>
            /// <param name="input">[…, normalized_shape].</param>
            /// <param name="normalized_shape">The sizes of the dimensions to normalise over.</param>
            /// <param name="weight">The scale, of that shape, or null.</param>
            /// <param name="bias">The shift, of that shape, or null.</param>
            /// <param name="eps">Added to the variance.</param>
            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null,
                double eps = 1e-05) =>
                Operators.layer_norm.Call(input, normalized_shape, weight, bias, eps);

            /// <summary>Vectors along a dimension divided by their p-norm.</summary>
            /// <param name="input">The tensor.</param>
            /// <param name="p">The norm's power.</param>
            /// <param name="dim">The dimension; negative counts from the end.</param>
            /// <param name="eps">The least divisor.</param>
            public static Tensor normalize(Tensor input, double p = 2, long dim = 1, double eps = 1e-12)
            {
                using var length = Operators.norm_dim.Call(input, p, dim, true);
                using var divisor = length.clamp_min(eps);
                return input / divisor;
            }

            /// <summary>The rows of a table that indices name.</summary>
            /// <param name="x">Indices, int64 or int32, any shape.</param>
            /// <param name="weight">The table, [rows, width].</param>
            /// <param name="padding_idx">A row that gets no gradient; null = none.</param>
            /// <returns>The shape of <paramref name="x"/> with a last dimension of the width.</returns>
            public static Tensor embedding(Tensor x, Tensor weight, long? padding_idx = null) =>
                Operators.embedding.Call(weight, x, padding_idx ?? -1);

            /// <summary>1 at the class that each element names, else 0; a new last dimension of the classes; int64.</summary>
            /// <param name="x">Classes from 0, int64.</param>
            /// <param name="num_classes">How many there are; -1 = the greatest that occurs + 1.</param>
            public static Tensor one_hot(Tensor x, long num_classes = -1) => Operators.one_hot.Call(x, num_classes);

            /// <summary>
            /// softmax(query · keyᵀ / √d + mask) · value: each query takes a mean of the values, weighted by how its key matches.
            /// </summary>
            /// <param name="query">[…, L, d].</param>
            /// <param name="key">[…, S, d].</param>
            /// <param name="value">[…, S, dv].</param>
            /// <param name="attn_mask">Bools that say which keys count, or numbers that are added; shape broadcasts to […, L, S]. Null =
            /// none.</param>
            /// <param name="p">Dropout of the weights.</param>
            /// <param name="is_casual">Query i sees keys 0 … i only. (So spelt in TorchSharp.)</param>
            /// <returns>[…, L, dv].</returns>
            /// <remarks>
            /// Implementation note: libtorch 1.13's own operator computes the same in more steps. With matrices folded into one batch
            /// the scale comes for free as baddbmm's alpha.
            /// </remarks>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null,
                double p = 0, bool is_casual = false)
            {
                using var scope = NewDisposeScope();
                var (batch, length, keys) = (query.shape[..^2], query.size(-2), key.size(-2));
                var q = query.reshape(-1, length, query.size(-1));
                var k = key.reshape(-1, keys, key.size(-1));
                var v = value.reshape(-1, keys, value.size(-1));
                var start = query.new_empty(1, 1, 1).expand(q.size(0), length, keys);
                var scores = start.baddbmm(q, k.transpose(1, 2), beta: 0, alpha: 1 / Math.Sqrt(query.size(-1)));
                if (is_casual || attn_mask is not null)
                {
                    scores = scores.reshape([.. batch, length, keys]);
                    if (is_casual)
                        scores = scores.masked_fill(ones(length, keys, ScalarType.Bool, query.device).tril().logical_not(),
                            double.NegativeInfinity);
                    if (attn_mask is not null)
                        scores = attn_mask.dtype == ScalarType.Bool
                            ? scores.masked_fill(attn_mask.logical_not(), double.NegativeInfinity)
                            : scores + attn_mask;
                    scores = scores.reshape(-1, length, keys);
                }
                var weights = scores.softmax(-1);
                if (p > 0)
                    weights = dropout(weights, p);
                return weights.bmm(v).reshape([.. batch, length, value.size(-1)]).MoveToOuterDisposeScope();
            }
        }
    }

    internal static partial class Operators
    {
        internal static readonly TorchOp group_norm = new("group_norm");
        internal static readonly TorchOp layer_norm = new("layer_norm");
        internal static readonly TorchOp embedding = new("embedding");
        internal static readonly TorchOp one_hot = new("one_hot");
    }
}
