using System.Buffers;
using System.Globalization;

namespace AniSora.Onnx;

/// <summary>
/// A tensor that goes into a model or comes out of it, over memory that is not copied: the caller's for <see cref="Of{T}(Memory{T}, ReadOnlySpan{long})"/>
/// and <see cref="Over"/>, ONNX Runtime's for results. C order.
/// </summary>
public sealed unsafe class OnnxTensor : IDisposable
{
    private readonly OrtHandle _value;
    private readonly void* _data;
    private MemoryHandle _pin;

    private OnnxTensor(nint value, void* data, OnnxType type, long[] shape, MemoryHandle pin)
    {
        _value = new OrtHandle(OrtKind.Value, value);
        _data = data;
        (Type, Shape, _pin) = (type, shape, pin);
        Length = shape.Aggregate(1L, (product, size) => product * size);
    }

    /// <summary>Element type.</summary>
    public OnnxType Type { get; }

    /// <summary>Sizes of the axes.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>A tensor over an array or a part of one, which stays pinned until the tensor is disposed.</summary>
    /// <typeparam name="T">float, double, Half, byte, sbyte, int, long or bool.</typeparam>
    /// <param name="data">The elements; exactly as many as the shape has.</param>
    /// <param name="shape">Sizes of the axes.</param>
    /// <exception cref="ArgumentException">The number of elements does not fit the shape, or there is no such element type.</exception>
    public static OnnxTensor Of<T>(Memory<T> data, params ReadOnlySpan<long> shape)
        where T : unmanaged
    {
        long count = Count(shape);
        if (count != data.Length)
            throw new ArgumentException($"a tensor [{Join(shape)}] has {count} elements, got {data.Length}");
        var pin = data.Pin();
        try
        {
            return Create(pin.Pointer, TypeOf<T>(), shape, pin);
        }
        catch
        {
            pin.Dispose();
            throw;
        }
    }

    /// <summary>A tensor over native memory, such as a libtorch tensor's, which the caller keeps alive longer than this.</summary>
    /// <param name="data">The first element.</param>
    /// <param name="type">Element type.</param>
    /// <param name="shape">Sizes of the axes.</param>
    public static OnnxTensor Over(nint data, OnnxType type, params ReadOnlySpan<long> shape) => Create((void*)data, type, shape, default);

    /// <summary>The elements, without a copy; valid until the tensor is disposed.</summary>
    /// <typeparam name="T">The C# type of <see cref="Type"/>.</typeparam>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> is another type.</exception>
    public Span<T> Span<T>()
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_value.IsClosed, this);
        return TypeOf<T>() == Type
            ? new Span<T>(_data, checked((int)Length))
            : throw new ArgumentException($"the tensor's elements are {Type}, not {typeof(T).Name}");
    }

    /// <summary>Such as <c>float [1, 3, 224, 224]</c>.</summary>
    public override string ToString() => OnnxValueInfo.Describe(Type, Shape.Select(s => s.ToString(CultureInfo.InvariantCulture)));

    /// <inheritdoc/>
    public void Dispose()
    {
        _value.Dispose();
        _pin.Dispose();
    }

    internal OrtHandle Value => _value;

    /// <summary>Takes over a value that ONNX Runtime made.</summary>
    internal static OnnxTensor Take(nint value, string model)
    {
        var api = OrtApi.Loaded;
        using var guard = new OrtHandle(OrtKind.Value, value);
        int isTensor, type;
        api.Check(api.IsTensor(value, &isTensor), model);
        if (isTensor == 0)
            throw new InputException($"{model}: an output is not a tensor; only tensors are read");
        nint info;
        void* data;
        nuint rank;
        api.Check(api.GetTensorTypeAndShape(value, &info), model);
        using var shaped = new OrtHandle(OrtKind.TensorInfo, info);
        api.Check(api.GetTensorElementType(info, &type), model);
        api.Check(api.GetDimensionsCount(info, &rank), model);
        var shape = new long[rank];
        fixed (long* sizes = shape)
            api.Check(api.GetDimensions(info, sizes, rank), model);
        api.Check(api.GetTensorData(value, &data), model);
        guard.SetHandleAsInvalid();
        return new OnnxTensor(value, data, (OnnxType)type, shape, default);
    }

    private static OnnxTensor Create(void* data, OnnxType type, ReadOnlySpan<long> shape, MemoryHandle pin)
    {
        var api = OrtApi.Loaded;
        long bytes = checked(Count(shape) * BytesOf(type));
        nint value;
        fixed (long* sizes = shape)
            api.Check(api.CreateTensor(api.CpuMemory, data, (nuint)bytes, sizes, (nuint)shape.Length, (int)type, &value), "tensor");
        return new OnnxTensor(value, data, type, shape.ToArray(), pin);
    }

    private static long Count(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long size in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(size, nameof(shape));
            count = checked(count * size);
        }
        return count;
    }

    private static string Join(ReadOnlySpan<long> shape) => string.Join(", ", shape.ToArray());

    private static int BytesOf(OnnxType type) => type switch
    {
        OnnxType.UInt8 or OnnxType.Int8 or OnnxType.Bool => 1,
        OnnxType.Half => 2,
        OnnxType.Float or OnnxType.Int32 => 4,
        OnnxType.Int64 or OnnxType.Double => 8,
        _ => throw new ArgumentException($"tensors of {type} cannot be made"),
    };

    private static OnnxType TypeOf<T>() =>
        typeof(T) == typeof(float) ? OnnxType.Float
        : typeof(T) == typeof(byte) ? OnnxType.UInt8
        : typeof(T) == typeof(sbyte) ? OnnxType.Int8
        : typeof(T) == typeof(int) ? OnnxType.Int32
        : typeof(T) == typeof(long) ? OnnxType.Int64
        : typeof(T) == typeof(bool) ? OnnxType.Bool
        : typeof(T) == typeof(Half) ? OnnxType.Half
        : typeof(T) == typeof(double) ? OnnxType.Double
        : throw new ArgumentException($"no tensors of {typeof(T).Name}");
}
