namespace AniSora.Torch;

public static partial class torch
{
    /// <summary>A tensor of zeros.</summary>
    /// <param name="size">The size of each dimension.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Leaf(Operators.zeros.Call(size, dtype, TorchArg.None, On(device)), requires_grad);

    /// <inheritdoc cref="zeros(long[], ScalarType?, Device?, bool)"/>
    public static Tensor zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        zeros(size.ToArray(), dtype, device, requires_grad);

    /// <inheritdoc cref="zeros(long[], ScalarType?, Device?, bool)"/>
    /// <param name="size">The size of its one dimension.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor zeros(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        zeros(new[] { size }, dtype, device, requires_grad);

    /// <inheritdoc cref="zeros(long[], ScalarType?, Device?, bool)"/>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor zeros(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        zeros(new[] { rows, columns }, dtype, device, requires_grad);

    /// <inheritdoc cref="zeros(long[], ScalarType?, Device?, bool)"/>
    /// <param name="dim0">The first size.</param>
    /// <param name="dim1">The second size.</param>
    /// <param name="dim2">The third size.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor zeros(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        zeros(new[] { dim0, dim1, dim2 }, dtype, device, requires_grad);

    /// <inheritdoc cref="zeros(long[], ScalarType?, Device?, bool)"/>
    /// <param name="dim0">The first size.</param>
    /// <param name="dim1">The second size.</param>
    /// <param name="dim2">The third size.</param>
    /// <param name="dim3">The fourth size.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor zeros(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        zeros(new[] { dim0, dim1, dim2, dim3 }, dtype, device, requires_grad);

    /// <summary>A tensor of ones.</summary>
    /// <param name="size">The size of each dimension.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor ones(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Leaf(Operators.ones.Call(size, dtype, TorchArg.None, On(device)), requires_grad);

    /// <inheritdoc cref="ones(long[], ScalarType?, Device?, bool)"/>
    public static Tensor ones(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        ones(size.ToArray(), dtype, device, requires_grad);

    /// <inheritdoc cref="ones(long[], ScalarType?, Device?, bool)"/>
    /// <param name="size">The size of its one dimension.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor ones(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        ones(new[] { size }, dtype, device, requires_grad);

    /// <inheritdoc cref="ones(long[], ScalarType?, Device?, bool)"/>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor ones(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        ones(new[] { rows, columns }, dtype, device, requires_grad);

    /// <inheritdoc cref="ones(long[], ScalarType?, Device?, bool)"/>
    /// <param name="dim0">The first size.</param>
    /// <param name="dim1">The second size.</param>
    /// <param name="dim2">The third size.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor ones(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        ones(new[] { dim0, dim1, dim2 }, dtype, device, requires_grad);

    /// <inheritdoc cref="ones(long[], ScalarType?, Device?, bool)"/>
    /// <param name="dim0">The first size.</param>
    /// <param name="dim1">The second size.</param>
    /// <param name="dim2">The third size.</param>
    /// <param name="dim3">The fourth size.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor ones(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        ones(new[] { dim0, dim1, dim2, dim3 }, dtype, device, requires_grad);

    /// <summary>A tensor whose memory was not written: its elements are whatever was there.</summary>
    /// <param name="size">The size of each dimension.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Leaf(Operators.empty.Call(size, dtype, TorchArg.None, On(device)), requires_grad);

    /// <inheritdoc cref="empty(long[], ScalarType?, Device?, bool)"/>
    public static Tensor empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        empty(size.ToArray(), dtype, device, requires_grad);

    /// <inheritdoc cref="empty(long[], ScalarType?, Device?, bool)"/>
    /// <param name="size">The size of its one dimension.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor empty(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        empty(new[] { size }, dtype, device, requires_grad);

    /// <inheritdoc cref="empty(long[], ScalarType?, Device?, bool)"/>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor empty(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        empty(new[] { rows, columns }, dtype, device, requires_grad);

    /// <inheritdoc cref="empty(long[], ScalarType?, Device?, bool)"/>
    /// <param name="dim0">The first size.</param>
    /// <param name="dim1">The second size.</param>
    /// <param name="dim2">The third size.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor empty(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        empty(new[] { dim0, dim1, dim2 }, dtype, device, requires_grad);

    /// <inheritdoc cref="empty(long[], ScalarType?, Device?, bool)"/>
    /// <param name="dim0">The first size.</param>
    /// <param name="dim1">The second size.</param>
    /// <param name="dim2">The third size.</param>
    /// <param name="dim3">The fourth size.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor empty(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        empty(new[] { dim0, dim1, dim2, dim3 }, dtype, device, requires_grad);

    /// <summary>A tensor of one number everywhere.</summary>
    /// <param name="size">The size of each dimension.</param>
    /// <param name="value">The number.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Leaf(Operators.full.Call(size, value, dtype, TorchArg.None, On(device)), requires_grad);

    /// <inheritdoc cref="full(long[], Scalar, ScalarType?, Device?, bool)"/>
    public static Tensor full(ReadOnlySpan<long> size, Scalar value, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        full(size.ToArray(), value, dtype, device, requires_grad);

    /// <inheritdoc cref="full(long[], Scalar, ScalarType?, Device?, bool)"/>
    /// <param name="size">The size of its one dimension.</param>
    /// <param name="value">The number.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor full(long size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full(new[] { size }, value, dtype, device, requires_grad);

    /// <inheritdoc cref="full(long[], Scalar, ScalarType?, Device?, bool)"/>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="value">The number.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor full(long rows, long columns, Scalar value, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        full(new[] { rows, columns }, value, dtype, device, requires_grad);

    /// <inheritdoc cref="full(long[], Scalar, ScalarType?, Device?, bool)"/>
    /// <param name="dim0">The first size.</param>
    /// <param name="dim1">The second size.</param>
    /// <param name="dim2">The third size.</param>
    /// <param name="value">The number.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor full(long dim0, long dim1, long dim2, Scalar value, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        full(new[] { dim0, dim1, dim2 }, value, dtype, device, requires_grad);

    /// <inheritdoc cref="full(long[], Scalar, ScalarType?, Device?, bool)"/>
    /// <param name="dim0">The first size.</param>
    /// <param name="dim1">The second size.</param>
    /// <param name="dim2">The third size.</param>
    /// <param name="dim3">The fourth size.</param>
    /// <param name="value">The number.</param>
    /// <param name="dtype">The element type; null = the default.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor full(long dim0, long dim1, long dim2, long dim3, Scalar value, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        full(new[] { dim0, dim1, dim2, dim3 }, value, dtype, device, requires_grad);

    internal static partial class Operators
    {
        internal static readonly TorchOp zeros = new("zeros");
        internal static readonly TorchOp ones = new("ones");
        internal static readonly TorchOp empty = new("empty", "memory_format");
        internal static readonly TorchOp full = new("full");
    }
}
