namespace AniSora.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>Views of equal pieces along a dimension; the last may be smaller.</summary>
        /// <param name="size">The size of each.</param>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        public Tensor[] split(long size, int dim = 0) => Operators.split.CallMany(this, size, (long)dim);

        /// <summary>Views of pieces along a dimension.</summary>
        /// <param name="sizes">The size of each; together the dimension's.</param>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        public Tensor[] split(long[] sizes, long dim = 0) => Operators.split_with_sizes.CallMany(this, sizes, dim);

        /// <summary>Views of so many equal pieces along a dimension; the last may be smaller or missing.</summary>
        /// <param name="chunks">How many.</param>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        public Tensor[] chunk(long chunks, long dim = 0) => Operators.chunk.CallMany(this, chunks, dim);

        /// <summary>Views of every index of a dimension, without that dimension.</summary>
        /// <param name="dimension">The dimension; negative counts from the end.</param>
        public Tensor[] unbind(long dimension = 0) => Operators.unbind.CallMany(this, dimension);

        /// <summary>A view of a stretch of a dimension.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="start">Its first index.</param>
        /// <param name="length">Its size.</param>
        public Tensor narrow(long dim, long start, long length) => Operators.narrow.Call(this, dim, start, length);

        /// <summary>A view of every step-th index of a stretch of a dimension.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="start">Its first index; negative counts from the end.</param>
        /// <param name="finish">The first index after it; negative counts from the end, too great is cut.</param>
        /// <param name="step">1 = every index.</param>
        public Tensor slice(long dim, long start, long finish, long step) => Operators.slice.Call(this, dim, start, finish, step);

        /// <summary>A view of one index of a dimension, without that dimension.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="index">The index; negative counts from the end.</param>
        public Tensor select(long dim, long index) => Operators.select.Call(this, dim, index);

        /// <summary>A copy of some indices of a dimension.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="index">The indices, int64 or int32, in one dimension.</param>
        public Tensor index_select(long dim, Tensor index) => Operators.index_select.Call(this, dim, index);

        /// <summary>Picks, along one dimension, the element that the index names at each place.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="index">int64, as many dimensions as this; the result has its shape.</param>
        public Tensor gather(long dim, Tensor index) => Operators.gather.Call(this, dim, index);

        /// <summary>A copy with elements of another tensor put, along one dimension, where the index says.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="index">int64, as many dimensions as this.</param>
        /// <param name="src">The elements, at least as great as the index.</param>
        public Tensor scatter(long dim, Tensor index, Tensor src) => Operators.scatter.Call(this, dim, index, src);

        /// <summary>Puts elements of another tensor, along one dimension, where the index says.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="index">int64, as many dimensions as this.</param>
        /// <param name="src">The elements, at least as great as the index.</param>
        /// <returns>This tensor.</returns>
        public Tensor scatter_(long dim, Tensor index, Tensor src) => Operators.scatter_.CallInPlace(this, dim, index, src);

        /// <summary>Puts a number, along one dimension, where the index says.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="index">int64, as many dimensions as this.</param>
        /// <param name="value">The number.</param>
        /// <returns>This tensor.</returns>
        public Tensor scatter_(long dim, Tensor index, Scalar value) => Operators.scatter_value_.CallInPlace(this, dim, index, value);

        /// <summary>A copy with elements of another tensor added, along one dimension, where the index says.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="index">int64, as many dimensions as this.</param>
        /// <param name="src">The elements, at least as great as the index.</param>
        public Tensor scatter_add(long dim, Tensor index, Tensor src) => Operators.scatter_add.Call(this, dim, index, src);

        /// <summary>The elements where the mask holds, in one dimension.</summary>
        /// <param name="mask">Bools; shapes broadcast.</param>
        public Tensor masked_select(Tensor mask) => Operators.masked_select.Call(this, mask);

        /// <summary>The indices of the elements that are not zero: int64 [count, dimensions].</summary>
        public Tensor nonzero() => Operators.nonzero.Call(this);
    }

    /// <summary>Tensors joined along a dimension that they have.</summary>
    /// <param name="tensors">The tensors; all other dimensions agree.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => Operators.cat.Call(tensors as Tensor[] ?? [.. tensors], dim);

    /// <inheritdoc cref="cat(IList{Tensor}, long)"/>
    public static Tensor cat(Tensor[] tensors, long dim = 0) => Operators.cat.Call(tensors, dim);

    /// <inheritdoc cref="cat(IList{Tensor}, long)"/>
    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => Operators.cat.Call(tensors.ToArray(), dim);

    /// <inheritdoc cref="cat(IList{Tensor}, long)"/>
    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);

    /// <summary>Tensors of one shape joined along a new dimension.</summary>
    /// <param name="tensors">The tensors.</param>
    /// <param name="dim">Where the new dimension goes; negative counts from the end of the result.</param>
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Operators.stack.Call(tensors as Tensor[] ?? [.. tensors], dim);

    /// <inheritdoc cref="stack(IEnumerable{Tensor}, long)"/>
    public static Tensor stack(ReadOnlySpan<Tensor> tensors, long dim = 0) => Operators.stack.Call(tensors.ToArray(), dim);

    /// <inheritdoc cref="Tensor.chunk(long, long)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="chunks">How many.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    public static Tensor[] chunk(Tensor input, long chunks, long dim = 0) => input.chunk(chunks, dim);

    /// <inheritdoc cref="Tensor.split(long[], long)"/>
    /// <param name="tensor">The tensor.</param>
    /// <param name="split_sizes">The size of each; together the dimension's.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    public static Tensor[] split(Tensor tensor, long[] split_sizes, long dim = 0) => tensor.split(split_sizes, dim);

    /// <inheritdoc cref="Tensor.unbind(long)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="dimension">The dimension; negative counts from the end.</param>
    public static Tensor[] unbind(Tensor input, long dimension = 0) => input.unbind(dimension);

    /// <inheritdoc cref="Tensor.gather(long, Tensor)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="index">int64, as many dimensions as the tensor; the result has its shape.</param>
    public static Tensor gather(Tensor input, long dim, Tensor index) => input.gather(dim, index);

    /// <inheritdoc cref="Tensor.index_select(long, Tensor)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="index">The indices, int64 or int32, in one dimension.</param>
    public static Tensor index_select(Tensor input, long dim, Tensor index) => input.index_select(dim, index);

    /// <summary>Coordinates spread over a grid: one tensor per axis, each of the grid's shape.</summary>
    /// <param name="tensors">The coordinates along each axis, one dimension each.</param>
    /// <param name="indexing"><c>ij</c>: axes in order; <c>xy</c>: the first two exchanged.</param>
    public static Tensor[] meshgrid(IEnumerable<Tensor> tensors, string indexing = "ij") =>
        Operators.meshgrid.CallMany((Tensor[])[.. tensors], indexing);

    internal static partial class Operators
    {
        internal static readonly TorchOp split = new("split", "Tensor");
        internal static readonly TorchOp split_with_sizes = new("split_with_sizes");
        internal static readonly TorchOp chunk = new("chunk");
        internal static readonly TorchOp unbind = new("unbind", "int");
        internal static readonly TorchOp narrow = new("narrow");
        internal static readonly TorchOp slice = new("slice", "Tensor");
        internal static readonly TorchOp select = new("select", "int");
        internal static readonly TorchOp index_select = new("index_select");
        internal static readonly TorchOp gather = new("gather");
        internal static readonly TorchOp scatter = new("scatter", "src");
        internal static readonly TorchOp scatter_ = new("scatter_", "src");
        internal static readonly TorchOp scatter_value_ = new("scatter_", "value");
        internal static readonly TorchOp scatter_add = new("scatter_add");
        internal static readonly TorchOp masked_select = new("masked_select");
        internal static readonly TorchOp nonzero = new("nonzero");
        internal static readonly TorchOp cat = new("cat");
        internal static readonly TorchOp stack = new("stack");
        internal static readonly TorchOp meshgrid = new("meshgrid", "indexing");
    }
}
