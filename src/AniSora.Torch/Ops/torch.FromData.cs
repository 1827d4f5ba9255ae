using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AniSora.Torch;

public static partial class torch
{
    /// <summary>A tensor of one element without dimensions.</summary>
    /// <param name="scalar">The number.</param>
    /// <param name="dtype">The element type; null = the number's, fractions being float32.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor tensor(float scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full([], scalar, dtype ?? float32, device, requires_grad);

    /// <inheritdoc cref="tensor(float, ScalarType?, Device?, bool)"/>
    public static Tensor tensor(double scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full([], scalar, dtype ?? float64, device, requires_grad);

    /// <inheritdoc cref="tensor(float, ScalarType?, Device?, bool)"/>
    public static Tensor tensor(long scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full([], scalar, dtype ?? int64, device, requires_grad);

    /// <inheritdoc cref="tensor(float, ScalarType?, Device?, bool)"/>
    public static Tensor tensor(int scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full([], scalar, dtype ?? int32, device, requires_grad);

    /// <inheritdoc cref="tensor(float, ScalarType?, Device?, bool)"/>
    public static Tensor tensor(byte scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full([], scalar, dtype ?? uint8, device, requires_grad);

    /// <inheritdoc cref="tensor(float, ScalarType?, Device?, bool)"/>
    public static Tensor tensor(bool scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        full([], scalar, dtype ?? ScalarType.Bool, device, requires_grad);

    /// <summary>A tensor of one dimension with a copy of the numbers.</summary>
    /// <typeparam name="T">The C# type of the numbers.</typeparam>
    /// <param name="rawArray">The numbers.</param>
    /// <param name="dtype">The element type; null = that of <typeparamref name="T"/>.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor tensor<T>(T[] rawArray, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) where T : unmanaged =>
        Converted(TensorMemory.Copy<T>(rawArray, rawArray.LongLength), dtype, device, requires_grad);

    /// <inheritdoc cref="tensor{T}(T[], ScalarType?, Device?, bool)"/>
    public static Tensor tensor<T>(IList<T> rawArray, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) where T : unmanaged =>
        tensor(rawArray.ToArray(), dtype, device, requires_grad);

    /// <summary>A tensor with a copy of the numbers.</summary>
    /// <typeparam name="T">The C# type of the numbers.</typeparam>
    /// <param name="rawArray">The numbers in row-major order.</param>
    /// <param name="dimensions">The size of each dimension.</param>
    /// <param name="dtype">The element type; null = that of <typeparamref name="T"/>.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor tensor<T>(IList<T> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) where T : unmanaged =>
        Converted(TensorMemory.Copy<T>(rawArray as T[] ?? [.. rawArray], dimensions), dtype, device, requires_grad);

    /// <inheritdoc cref="tensor{T}(IList{T}, ReadOnlySpan{long}, ScalarType?, Device?, bool)"/>
    public static Tensor tensor<T>(IList<T> rawArray, long[] dimensions, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) where T : unmanaged =>
        tensor(rawArray, dimensions.AsSpan(), dtype, device, requires_grad);

    /// <summary>A matrix with a copy of the numbers.</summary>
    /// <typeparam name="T">The C# type of the numbers.</typeparam>
    /// <param name="rawArray">The numbers in row-major order.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="dtype">The element type; null = that of <typeparamref name="T"/>.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor tensor<T>(IList<T> rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) where T : unmanaged =>
        tensor(rawArray, [rows, columns], dtype, device, requires_grad);

    /// <summary>A matrix with a copy of the numbers.</summary>
    /// <typeparam name="T">The C# type of the numbers.</typeparam>
    /// <param name="rawArray">The numbers.</param>
    /// <param name="dtype">The element type; null = that of <typeparamref name="T"/>.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    public static Tensor tensor<T>(T[,] rawArray, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) where T : unmanaged =>
        from_array(rawArray, dtype, device, requires_grad);

    /// <summary>A tensor of three dimensions with a copy of the numbers.</summary>
    /// <inheritdoc cref="tensor{T}(T[,], ScalarType?, Device?, bool)"/>
    public static Tensor tensor<T>(T[,,] rawArray, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) where T : unmanaged =>
        from_array(rawArray, dtype, device, requires_grad);

    /// <summary>A tensor of four dimensions with a copy of the numbers.</summary>
    /// <inheritdoc cref="tensor{T}(T[,], ScalarType?, Device?, bool)"/>
    public static Tensor tensor<T>(T[,,,] rawArray, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) where T : unmanaged =>
        from_array(rawArray, dtype, device, requires_grad);

    /// <summary>A tensor with a copy of an array of any number of dimensions.</summary>
    /// <param name="rawArray">An array of numbers: one- or multi-dimensional, not an array of arrays.</param>
    /// <param name="dtype">The element type; null = the array's.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    /// <param name="requires_grad">Whether operations on it are recorded for differentiation.</param>
    /// <exception cref="NotSupportedException">Torch has no such element type.</exception>
    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false)
    {
        ArgumentNullException.ThrowIfNull(rawArray);
        var shape = new long[rawArray.Rank];
        for (var d = 0; d < shape.Length; d++)
            shape[d] = rawArray.GetLongLength(d);
        var type = rawArray.GetType().GetElementType()!;
        var scalarType = Type.GetTypeCode(type) switch
        {
            TypeCode.Single => float32,
            TypeCode.Double => float64,
            TypeCode.Int64 => int64,
            TypeCode.Int32 => int32,
            TypeCode.Int16 => int16,
            TypeCode.Byte => uint8,
            TypeCode.SByte => int8,
            TypeCode.Boolean => ScalarType.Bool,
            _ when type == typeof(Half) => float16,
            _ => throw new NotSupportedException(
                $"tensors have no element type for {type.Name}; use float, double, Half, byte, sbyte, short, int, long or bool"),
        };
        var bytes = MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(rawArray),
            checked(rawArray.Length * scalarType.ElementSize()));
        return Converted(TensorMemory.CopyBytes(bytes, shape, scalarType), dtype, device, requires_grad);
    }

    /// <inheritdoc cref="from_array(Array, ScalarType?, Device?, bool)"/>
    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, null, device);

    /// <summary>An array as a tensor: over the array's own memory if type and device allow, else a copy.</summary>
    /// <typeparam name="T">The C# type of the numbers.</typeparam>
    /// <param name="rawArray">The numbers; they stay pinned while the tensor lives.</param>
    /// <param name="dtype">The element type; null = that of <typeparamref name="T"/>.</param>
    /// <param name="device">Where; null = the default device (<see cref="set_default_device(Device)"/>).</param>
    public static Tensor as_tensor<T>(T[] rawArray, ScalarType? dtype = null, Device? device = null) where T : unmanaged =>
        Converted(TensorMemory.Wrap<T>(rawArray, rawArray.LongLength), dtype, device, false);

    /// <summary>A tensor as it is, or converted.</summary>
    /// <param name="data">The tensor.</param>
    /// <param name="dtype">The element type; null = as it is.</param>
    /// <param name="device">Where; null = where it is.</param>
    public static Tensor as_tensor(Tensor data, ScalarType? dtype = null, Device? device = null) =>
        data.to(dtype ?? data.dtype, device ?? data.device);

    private static Tensor Converted(Tensor source, ScalarType? dtype, Device? device, bool requires_grad)
    {
        var (type, target) = (dtype ?? source.dtype, device ?? get_default_device());
        if (type == source.dtype && target.type == DeviceType.CPU)
            return Leaf(source, requires_grad);
        var converted = source.to(type, disposeAfter: true);
        var moved = converted.ToDevice(target);
        if (!ReferenceEquals(moved, converted))
            converted.Dispose();
        return Leaf(moved, requires_grad);
    }
}
