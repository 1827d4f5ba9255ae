namespace AniSora.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The same elements in another shape: a view where the layout allows, else a copy.</summary>
        /// <param name="shape">The size of each dimension; one of them may be -1, to be worked out.</param>
        public Tensor reshape(params long[] shape) => Operators.reshape.Call(this, shape);

        /// <summary>The same elements in another shape, without a copy.</summary>
        /// <param name="shape">The size of each dimension; one of them may be -1, to be worked out.</param>
        /// <exception cref="TorchException">The layout allows no view.</exception>
        public Tensor view(params long[] shape) => Operators.view.Call(this, shape);

        /// <summary>The same elements in another tensor's shape, without a copy.</summary>
        /// <param name="other">The other tensor.</param>
        public Tensor view_as(Tensor other) => Operators.view.Call(this, other.shape);

        /// <summary>A view with its dimensions in another order.</summary>
        /// <param name="permutation">Which dimension comes first, second, …</param>
        public Tensor permute(params long[] permutation) => Operators.permute.Call(this, permutation);

        /// <summary>A view with two dimensions exchanged.</summary>
        /// <param name="dim0">One; negative counts from the end.</param>
        /// <param name="dim1">The other.</param>
        public Tensor transpose(long dim0, long dim1) => Operators.transpose.Call(this, dim0, dim1);

        /// <summary>A view of a matrix with rows and columns exchanged.</summary>
        public Tensor t() => Operators.t.Call(this);

        /// <summary>A view with the order of the dimensions reversed.</summary>
        public Tensor T => Operators.numpy_T.Call(this);

        /// <summary>A view with the last two dimensions exchanged.</summary>
        public Tensor mT => Operators.mT.Call(this);

        /// <summary>A view with one more dimension, of size 1.</summary>
        /// <param name="dim">Where; negative counts from the end of the result.</param>
        public Tensor unsqueeze(long dim) => Operators.unsqueeze.Call(this, dim);

        /// <summary>A view without a dimension of size 1.</summary>
        /// <param name="dim">Which, left alone if its size isn't 1; null = all of size 1.</param>
        public Tensor squeeze(long? dim = null) => dim is { } one ? Operators.squeeze_dim.Call(this, one) : Operators.squeeze.Call(this);

        /// <summary>A view that repeats dimensions of size 1 without copying them.</summary>
        /// <param name="sizes">The size of each dimension; -1 = as it is; more than there are adds dimensions in front.</param>
        public Tensor expand(params long[] sizes) => Operators.expand.Call(this, sizes);

        /// <summary>A view that repeats dimensions of size 1 up to another tensor's shape.</summary>
        /// <param name="other">The other tensor.</param>
        public Tensor expand_as(Tensor other) => Operators.expand.Call(this, other.shape);

        /// <summary>The tensor side by side with itself.</summary>
        /// <param name="sizes">How often along each dimension; more than there are adds dimensions in front.</param>
        public Tensor repeat(params long[] sizes) => Operators.repeat.Call(this, sizes);

        /// <summary>Every element several times in a row.</summary>
        /// <param name="repeats">How often.</param>
        /// <param name="dim">Along which dimension; null = of the flattened tensor.</param>
        /// <param name="output_size">The resulting size, if known.</param>
        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) =>
            Operators.repeat_interleave_int.Call(this, repeats, dim, output_size);

        /// <inheritdoc cref="repeat_interleave(long, long?, long?)"/>
        public Tensor repeat_interleave(Tensor repeats, long? dim = null, long? output_size = null) =>
            Operators.repeat_interleave.Call(this, repeats, dim, output_size);

        /// <summary>Several dimensions made one.</summary>
        /// <param name="start_dim">The first; negative counts from the end.</param>
        /// <param name="end_dim">The last.</param>
        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Operators.flatten.Call(this, start_dim, end_dim);

        /// <summary>One dimension made several.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <param name="sizes">Their sizes; one may be -1, to be worked out.</param>
        public Tensor unflatten(long dim, params long[] sizes)
        {
            ArgumentNullException.ThrowIfNull(sizes);
            var old = shape;
            var at = Wrap(checked((int)dim), old.Length);
            return Operators.view.Call(this, (long[])[.. old[..at], .. sizes, .. old[(at + 1)..]]);
        }

        /// <summary>Views of windows that slide along a dimension; the window becomes a last dimension.</summary>
        /// <param name="dimension">The dimension.</param>
        /// <param name="size">The window's size.</param>
        /// <param name="step">How far it slides.</param>
        public Tensor unfold(long dimension, long size, long step) => Operators.unfold.Call(this, dimension, size, step);

        /// <summary>A copy with dimensions reversed in direction.</summary>
        /// <param name="dims">The dimensions.</param>
        public Tensor flip(params long[] dims) => Operators.flip.Call(this, dims);

        /// <summary>A copy shifted along a dimension, what falls out at the end coming in at the start.</summary>
        /// <param name="shifts">How far.</param>
        /// <param name="dims">The dimension; null = of the flattened tensor.</param>
        public Tensor roll(long shifts, long? dims = null) =>
            Operators.roll.Call(this, new[] { shifts }, dims is { } one ? new[] { one } : Array.Empty<long>());

        /// <summary>A copy shifted along several dimensions.</summary>
        /// <param name="shifts">How far along each.</param>
        /// <param name="dims">The dimensions.</param>
        public Tensor roll(long[] shifts, long[] dims) => Operators.roll.Call(this, shifts, dims);

        /// <summary>This tensor itself if it lies in row-major order, else a copy that does.</summary>
        public Tensor contiguous() => Operators.contiguous.Call(this);

        /// <summary>A copy, recorded for differentiation.</summary>
        public Tensor clone() => Operators.clone.Call(this);

        /// <summary>Writes another tensor's elements into this one, converted to its type and device.</summary>
        /// <param name="source">The other tensor; its shape broadcasts to this one's.</param>
        /// <param name="nonBlocking">Don't wait for a copy between devices.</param>
        /// <returns>This tensor.</returns>
        public Tensor copy_(Tensor source, bool nonBlocking = false) => Operators.copy_.CallInPlace(this, source, nonBlocking);

        /// <summary>Writes a number everywhere.</summary>
        /// <param name="value">The number.</param>
        /// <returns>This tensor.</returns>
        public Tensor fill_(Scalar value) => Operators.fill_.CallInPlace(this, value);

        /// <summary>Writes zero everywhere.</summary>
        /// <returns>This tensor.</returns>
        public Tensor zero_() => Operators.zero_.CallInPlace(this);

        /// <summary>The lower triangle, zero elsewhere.</summary>
        /// <param name="diagonal">The highest diagonal that stays; 0 = the main one.</param>
        public Tensor tril(long diagonal = 0) => Operators.tril.Call(this, diagonal);

        /// <summary>The upper triangle, zero elsewhere.</summary>
        /// <param name="diagonal">The lowest diagonal that stays; 0 = the main one.</param>
        public Tensor triu(long diagonal = 0) => Operators.triu.Call(this, diagonal);
    }

    /// <inheritdoc cref="Tensor.reshape(long[])"/>
    /// <param name="input">The tensor.</param>
    /// <param name="shape">The size of each dimension; one of them may be -1, to be worked out.</param>
    public static Tensor reshape(Tensor input, params long[] shape) => input.reshape(shape);

    /// <inheritdoc cref="Tensor.permute(long[])"/>
    /// <param name="input">The tensor.</param>
    /// <param name="permutation">Which dimension comes first, second, …</param>
    public static Tensor permute(Tensor input, params long[] permutation) => input.permute(permutation);

    /// <inheritdoc cref="Tensor.transpose(long, long)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="dim0">One; negative counts from the end.</param>
    /// <param name="dim1">The other.</param>
    public static Tensor transpose(Tensor input, long dim0, long dim1) => input.transpose(dim0, dim1);

    /// <inheritdoc cref="Tensor.unsqueeze(long)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="dim">Where; negative counts from the end of the result.</param>
    public static Tensor unsqueeze(Tensor input, long dim) => input.unsqueeze(dim);

    /// <inheritdoc cref="Tensor.squeeze(long?)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="dim">Which, left alone if its size isn't 1; null = all of size 1.</param>
    public static Tensor squeeze(Tensor input, long? dim = null) => input.squeeze(dim);

    /// <inheritdoc cref="Tensor.flatten(long, long)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="start_dim">The first; negative counts from the end.</param>
    /// <param name="end_dim">The last.</param>
    public static Tensor flatten(Tensor input, long start_dim = 0, long end_dim = -1) => input.flatten(start_dim, end_dim);

    /// <inheritdoc cref="Tensor.flip(long[])"/>
    /// <param name="input">The tensor.</param>
    /// <param name="dims">The dimensions.</param>
    public static Tensor flip(Tensor input, params long[] dims) => input.flip(dims);

    /// <inheritdoc cref="Tensor.roll(long, long?)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="shifts">How far.</param>
    /// <param name="dims">The dimension; null = of the flattened tensor.</param>
    public static Tensor roll(Tensor input, long shifts, long? dims = null) => input.roll(shifts, dims);

    /// <inheritdoc cref="Tensor.roll(long[], long[])"/>
    /// <param name="input">The tensor.</param>
    /// <param name="shifts">How far along each.</param>
    /// <param name="dims">The dimensions.</param>
    public static Tensor roll(Tensor input, long[] shifts, long[] dims) => input.roll(shifts, dims);

    /// <inheritdoc cref="Tensor.repeat_interleave(long, long?, long?)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="repeats">How often.</param>
    /// <param name="dim">Along which dimension; null = of the flattened tensor.</param>
    /// <param name="output_size">The resulting size, if known.</param>
    public static Tensor repeat_interleave(Tensor input, long repeats, long? dim = null, long? output_size = null) =>
        input.repeat_interleave(repeats, dim, output_size);

    /// <inheritdoc cref="Tensor.tril(long)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="diagonal">The highest diagonal that stays; 0 = the main one.</param>
    public static Tensor tril(Tensor input, long diagonal = 0) => input.tril(diagonal);

    /// <inheritdoc cref="Tensor.triu(long)"/>
    /// <param name="input">The tensor.</param>
    /// <param name="diagonal">The lowest diagonal that stays; 0 = the main one.</param>
    public static Tensor triu(Tensor input, long diagonal = 0) => input.triu(diagonal);

    internal static partial class Operators
    {
        internal static readonly TorchOp reshape = new("reshape");
        internal static readonly TorchOp view = new("view");
        internal static readonly TorchOp permute = new("permute");
        internal static readonly TorchOp transpose = new("transpose", "int");
        internal static readonly TorchOp t = new("t");
        internal static readonly TorchOp numpy_T = new("numpy_T");
        internal static readonly TorchOp mT = new("mT");
        internal static readonly TorchOp unsqueeze = new("unsqueeze");
        internal static readonly TorchOp squeeze = new("squeeze");
        internal static readonly TorchOp squeeze_dim = new("squeeze", "dim");
        internal static readonly TorchOp expand = new("expand");
        internal static readonly TorchOp repeat = new("repeat");
        internal static readonly TorchOp repeat_interleave_int = new("repeat_interleave", "self_int");
        internal static readonly TorchOp repeat_interleave = new("repeat_interleave", "self_Tensor");
        internal static readonly TorchOp flatten = new("flatten", "using_ints");
        internal static readonly TorchOp unfold = new("unfold");
        internal static readonly TorchOp flip = new("flip");
        internal static readonly TorchOp roll = new("roll");
        internal static readonly TorchOp contiguous = new("contiguous");
        internal static readonly TorchOp clone = new("clone");
        internal static readonly TorchOp copy_ = new("copy_");
        internal static readonly TorchOp fill_ = new("fill_", "Scalar");
        internal static readonly TorchOp zero_ = new("zero_");
        internal static readonly TorchOp tril = new("tril");
        internal static readonly TorchOp triu = new("triu");
    }
}
