namespace AniSora.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>A part of the tensor: a view for indices and ranges, a copy for tensors of indices. Assigning writes there.</summary>
        /// <param name="indices">What to take of each dimension in order; dimensions not named are taken whole.</param>
        /// <example><c>x[.., ^1]</c>, <c>x[TensorIndex.Ellipsis, 0]</c>, <c>x[1..3] = zeros(2, 4)</c></example>
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        /// <summary>The elements at the places that tensors of indices name; a mask of bools gives those where it holds.</summary>
        /// <param name="indices">One tensor per dimension, in order; shapes broadcast.</param>
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        /// <summary>A view of one index of the first dimension.</summary>
        /// <param name="i1">The index; negative counts from the end.</param>
        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => index_put_(value, i1);
        }

        /// <summary>A view of one index of each of the first two dimensions.</summary>
        /// <param name="i1">The first index; negative counts from the end.</param>
        /// <param name="i2">The second.</param>
        public Tensor this[long i1, long i2]
        {
            get => index(i1, i2);
            set => index_put_(value, i1, i2);
        }

        /// <summary>A view of one index of each of the first three dimensions.</summary>
        /// <param name="i1">The first index; negative counts from the end.</param>
        /// <param name="i2">The second.</param>
        /// <param name="i3">The third.</param>
        public Tensor this[long i1, long i2, long i3]
        {
            get => index(i1, i2, i3);
            set => index_put_(value, i1, i2, i3);
        }

        /// <summary>A view of one index of each of the first four dimensions.</summary>
        /// <param name="i1">The first index; negative counts from the end.</param>
        /// <param name="i2">The second.</param>
        /// <param name="i3">The third.</param>
        /// <param name="i4">The fourth.</param>
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => index(i1, i2, i3, i4);
            set => index_put_(value, i1, i2, i3, i4);
        }

        /// <summary>A view of one index of each of the first five dimensions.</summary>
        /// <param name="i1">The first index; negative counts from the end.</param>
        /// <param name="i2">The second.</param>
        /// <param name="i3">The third.</param>
        /// <param name="i4">The fourth.</param>
        /// <param name="i5">The fifth.</param>
        public Tensor this[long i1, long i2, long i3, long i4, long i5]
        {
            get => index(i1, i2, i3, i4, i5);
            set => index_put_(value, i1, i2, i3, i4, i5);
        }

        /// <inheritdoc cref="this[TensorIndex[]]"/>
        /// <returns>A view for indices and ranges, a copy for tensors of indices.</returns>
        public Tensor index(params TensorIndex[] indices)
        {
            var view = View(indices, out var chosen);
            if (chosen is null)
                return view;
            using (view)
                return Operators.index.Call(view, TorchArg.Optional(chosen));
        }

        /// <inheritdoc cref="this[Tensor[]]"/>
        public Tensor index(params Tensor[] indices) => Operators.index.Call(this, TorchArg.Optional(indices));

        /// <summary>Writes into a part of the tensor.</summary>
        /// <param name="value">The elements; their shape broadcasts to the part's.</param>
        /// <param name="indices">The part, as in the indexer.</param>
        /// <returns>This tensor.</returns>
        public Tensor index_put_(Tensor value, params TensorIndex[] indices)
        {
            ArgumentNullException.ThrowIfNull(value);
            using var view = View(indices, out var chosen);
            if (chosen is null)
                view.copy_(value);
            else
                Operators.index_put_.CallInPlace(view, TorchArg.Optional(chosen), value);
            return this;
        }

        /// <summary>Writes at the places that tensors of indices name.</summary>
        /// <param name="value">The elements; their shape broadcasts.</param>
        /// <param name="indices">One tensor per dimension, in order.</param>
        /// <returns>This tensor.</returns>
        public Tensor index_put_(Tensor value, params Tensor[] indices) =>
            Operators.index_put_.CallInPlace(this, TorchArg.Optional(indices), value);

        /// <summary>Writes a number into a part of the tensor.</summary>
        /// <param name="value">The number.</param>
        /// <param name="indices">The part, as in the indexer.</param>
        /// <returns>This tensor.</returns>
        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using var number = full([], value, dtype, device);
            return index_put_(number, indices);
        }

        /// <summary>
        /// Applies everything but tensors of indices as views. Those tensors come back in <paramref name="chosen"/>, at their
        /// dimension of the view, null elsewhere; null as a whole when there are none.
        /// </summary>
        private Tensor View(TensorIndex[] indices, out Tensor?[]? chosen)
        {
            ArgumentNullException.ThrowIfNull(indices);
            chosen = null;
            var consumed = indices.Sum(Consumes);
            if (consumed > ndim || indices.Count(i => i.Kind == TensorIndex.Form.Ellipsis) > 1)
                throw new ArgumentOutOfRangeException(nameof(indices), $"{consumed} indices don't fit {Describe()}");
            var found = new List<(int Dim, Tensor Indices)>();
            var view = alias();
            var dim = 0;
            foreach (var index in indices)
            {
                switch (index.Kind)
                {
                    case TensorIndex.Form.Single:
                        view = Replace(view, Operators.select.Call(view, (long)dim, index.Start));
                        break;
                    case TensorIndex.Form.Slice:
                        if (index.Start is not null || index.Stop is not null || index.Step is not null)
                            view = Replace(view, Operators.slice.Call(view, (long)dim, index.Start, index.Stop, index.Step ?? 1));
                        dim++;
                        break;
                    case TensorIndex.Form.None:
                        view = Replace(view, view.unsqueeze(dim++));
                        break;
                    case TensorIndex.Form.Ellipsis:
                        dim += (int)(ndim - consumed);
                        break;
                    default:
                        found.Add((dim, index.Indices!));
                        dim += Consumes(index);
                        break;
                }
            }
            if (found.Count != 0)
            {
                chosen = new Tensor?[found[^1].Dim + 1];
                foreach (var (at, tensor) in found)
                    chosen[at] = tensor;
                // A mask of several dimensions stands once for all of them.
                chosen = [.. chosen.Where((_, d) => !found.Any(f => f.Dim < d && d < f.Dim + Consumes(TensorIndex.Tensor(f.Indices))))];
            }
            return view;

            static Tensor Replace(Tensor old, Tensor @new)
            {
                old.Dispose();
                return @new;
            }
        }

        private static int Consumes(TensorIndex index) => index.Kind switch
        {
            TensorIndex.Form.None or TensorIndex.Form.Ellipsis => 0,
            TensorIndex.Form.Tensor when index.Indices!.dtype == ScalarType.Bool => (int)index.Indices.ndim,
            _ => 1,
        };
    }

    internal static partial class Operators
    {
        internal static readonly TorchOp index = new("index", "Tensor");
        internal static readonly TorchOp index_put_ = new("index_put_");
    }
}
