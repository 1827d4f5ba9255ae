using System.Runtime.InteropServices;
using AniSora.Torch.Interop;

namespace AniSora.Torch;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        /// <summary>The elements as bytes of this machine, in place: writing changes the tensor.</summary>
        /// <remarks>The span is valid while the tensor is reachable and not disposed; hold it in a <c>using</c> around its use.</remarks>
        /// <exception cref="InvalidOperationException">The tensor is not on the CPU, not contiguous, or 2 GiB or more.</exception>
        public Span<byte> bytes
        {
            get
            {
                var info = Addressable();
                return new Span<byte>(info.Data, checked((int)(info.Elements * info.ElementSize)));
            }
            set
            {
                var target = bytes;
                if (value.Length != target.Length)
                    throw new ArgumentException($"{Describe()} holds {target.Length} bytes, not {value.Length}", nameof(value));
                value.CopyTo(target);
            }
        }

        /// <summary>The address of the first element; valid while the tensor is reachable and not disposed.</summary>
        public nint data_ptr()
        {
            NoteRead();
            return (nint)Info().Data;
        }

        /// <summary>The elements in place as a span: writing changes the tensor.</summary>
        /// <typeparam name="T">The C# type of the elements: float for float32, long for int64, byte for uint8, …</typeparam>
        /// <remarks>The span is valid while the tensor is reachable and not disposed; hold it in a <c>using</c> around its use.</remarks>
        /// <exception cref="InvalidOperationException">
        /// The tensor is of another type, not on the CPU, not contiguous, or has 2³¹ elements or more.
        /// </exception>
        public Span<T> AsSpan<T>() where T : unmanaged
        {
            var info = Addressable();
            CheckType<T>(info);
            return new Span<T>(info.Data, checked((int)info.Elements));
        }

        /// <summary>The elements for reading and writing by index.</summary>
        /// <typeparam name="T">The C# type of the elements: float for float32, long for int64, byte for uint8, …</typeparam>
        /// <exception cref="InvalidOperationException">The tensor is of another type or not on the CPU.</exception>
        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            NoteRead();
            var info = Info();
            CheckType<T>(info);
            if (info.DeviceType != 0)
                throw new InvalidOperationException($"{Describe()} is not on the CPU: call cpu() first");
            return new TensorAccessor<T>(this);
        }

        /// <summary>Copies the elements in row-major order, whatever their layout or device.</summary>
        /// <typeparam name="T">The C# type of the elements.</typeparam>
        /// <exception cref="InvalidOperationException">The tensor is of another type.</exception>
        public T[] ToArray<T>() where T : unmanaged
        {
            CheckType<T>(Info());
            using var local = device_type == DeviceType.CPU ? alias() : cpu();
            using var flat = local.contiguous();
            return flat.AsSpan<T>().ToArray();
        }

        /// <summary>The value of a tensor of one element.</summary>
        /// <typeparam name="T">The C# number type to read it as; converted as in a cast.</typeparam>
        /// <exception cref="TorchException">There is more or less than one element.</exception>
        public T item<T>() where T : unmanaged
        {
            var value = ToScalar();
            return
                typeof(T) == typeof(float) ? (T)(object)value.ToSingle() :
                typeof(T) == typeof(double) ? (T)(object)value.ToDouble() :
                typeof(T) == typeof(long) ? (T)(object)value.ToInt64() :
                typeof(T) == typeof(int) ? (T)(object)value.ToInt32() :
                typeof(T) == typeof(byte) ? (T)(object)value.ToByte() :
                typeof(T) == typeof(bool) ? (T)(object)value.ToBoolean() :
                throw new NotSupportedException($"item<{typeof(T).Name}>: read it as float, double, long, int, byte or bool");
        }

        /// <summary>The value of a tensor of one element.</summary>
        /// <exception cref="TorchException">There is more or less than one element.</exception>
        public Scalar ToScalar() => Operators.item.CallScalar(this);

        private static void CheckType<T>(in TensorInfo info) where T : unmanaged
        {
            if ((ScalarType)info.DType != TypeOf<T>())
                throw new InvalidOperationException(
                    $"the elements are {NameOf((ScalarType)info.DType)}, not {typeof(T).Name}: convert with to(…) first");
        }

        private void NoteRead()
        {
            if (TorchOp.IsObserved)
                Recording.Tape.NoteRead(this);
        }

        private TensorInfo Addressable()
        {
            NoteRead();
            var info = Info();
            if (info.DeviceType != 0)
                throw new InvalidOperationException($"{Describe()} is not on the CPU: call cpu() first");
            if (info.Contiguous == 0)
                throw new InvalidOperationException($"{Describe()} is not contiguous: call contiguous() first");
            return info;
        }
    }

    internal static partial class Operators
    {
        internal static readonly TorchOp item = new("item");
    }
}

/// <summary>Element access to a CPU tensor, contiguous or not.</summary>
/// <typeparam name="T">The C# type of the elements.</typeparam>
public sealed unsafe class TensorAccessor<T> : IEnumerable<T> where T : unmanaged
{
    private readonly torch.Tensor _tensor;
    private readonly long[] _shape;
    private readonly long[] _strides;

    internal TensorAccessor(torch.Tensor tensor)
    {
        _tensor = tensor;
        _shape = tensor.shape;
        _strides = tensor.stride();
    }

    /// <summary>The number of elements.</summary>
    public long Count => _tensor.numel();

    /// <summary>One element, by one index per dimension; a single index counts in row-major order.</summary>
    /// <param name="indices">The indices, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index is outside of its dimension, or the number of indices is wrong.</exception>
    public ref T this[params ReadOnlySpan<long> indices]
    {
        get
        {
            var info = _tensor.Info();
            return ref ((T*)info.Data)[Offset(indices)];
        }
    }

    /// <summary>Copies the elements in row-major order.</summary>
    public T[] ToArray() => _tensor.ToArray<T>();

    /// <summary>Copies the elements in row-major order.</summary>
    /// <param name="target">At least <see cref="Count"/> elements.</param>
    public void CopyTo(Span<T> target)
    {
        using var flat = _tensor.contiguous();
        flat.AsSpan<T>().CopyTo(target);
    }

    /// <summary>Writes the elements in row-major order.</summary>
    /// <param name="source">Exactly <see cref="Count"/> elements.</param>
    public void CopyFrom(ReadOnlySpan<T> source)
    {
        if (source.Length != Count)
            throw new ArgumentException($"the tensor has {Count} elements, not {source.Length}", nameof(source));
        if (_tensor.is_contiguous())
        {
            source.CopyTo(_tensor.AsSpan<T>());
            return;
        }
        for (var i = 0; i < source.Length; i++)
            this[i] = source[i];
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)ToArray()).GetEnumerator();

    /// <inheritdoc/>
    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

    private long Offset(ReadOnlySpan<long> indices)
    {
        if (indices.Length == 1 && _shape.Length != 1)
            return LinearOffset(indices[0]);
        if (indices.Length != _shape.Length)
            throw new ArgumentOutOfRangeException(nameof(indices), $"the tensor has {_shape.Length} dimensions, not {indices.Length}");
        long offset = 0;
        for (var d = 0; d < indices.Length; d++)
        {
            if ((ulong)indices[d] >= (ulong)_shape[d])
                throw new ArgumentOutOfRangeException(nameof(indices),
                    $"index {indices[d]} is outside of dimension {d} of size {_shape[d]}");
            offset += indices[d] * _strides[d];
        }
        return offset;
    }

    private long LinearOffset(long index)
    {
        if ((ulong)index >= (ulong)Count)
            throw new ArgumentOutOfRangeException(nameof(index), $"index {index} is outside of {Count} elements");
        long offset = 0;
        for (var d = _shape.Length - 1; d >= 0; d--)
        {
            (index, var position) = Math.DivRem(index, _shape[d]);
            offset += position * _strides[d];
        }
        return offset;
    }
}

/// <summary>Reading a tensor of one element as a C# number.</summary>
public static class TensorExtensionMethods
{
    /// <summary>The value of a tensor of one element.</summary>
    /// <param name="value">The tensor.</param>
    public static float ToSingle(this torch.Tensor value) => value.ToScalar().ToSingle();

    /// <summary>The value of a tensor of one element.</summary>
    /// <param name="value">The tensor.</param>
    public static double ToDouble(this torch.Tensor value) => value.ToScalar().ToDouble();

    /// <summary>The value of a tensor of one element.</summary>
    /// <param name="value">The tensor.</param>
    public static int ToInt32(this torch.Tensor value) => value.ToScalar().ToInt32();

    /// <summary>The value of a tensor of one element.</summary>
    /// <param name="value">The tensor.</param>
    public static long ToInt64(this torch.Tensor value) => value.ToScalar().ToInt64();

    /// <summary>The value of a tensor of one element.</summary>
    /// <param name="value">The tensor.</param>
    public static byte ToByte(this torch.Tensor value) => value.ToScalar().ToByte();

    /// <summary>The value of a tensor of one element.</summary>
    /// <param name="value">The tensor.</param>
    public static bool ToBoolean(this torch.Tensor value) => value.ToScalar().ToBoolean();

    /// <summary>Type, shape and device in one line.</summary>
    /// <param name="tensor">The tensor.</param>
    public static string metastr(this torch.Tensor tensor) => tensor.ToString();
}
