using System.Runtime.InteropServices;
using AniSora.Torch.Interop;

namespace AniSora.Torch;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        /// <summary>The size of each dimension, in a new array.</summary>
        public long[] shape
        {
            get
            {
                var info = Info();
                var sizes = new ReadOnlySpan<long>(info.Sizes, info.Dimensions).ToArray();
                GC.KeepAlive(this);
                return sizes;
            }
        }

        /// <summary>The number of dimensions.</summary>
        public long ndim => Info().Dimensions;

        /// <summary>The number of dimensions.</summary>
        public long Dimensions => Info().Dimensions;

        /// <summary>The number of dimensions.</summary>
        public long dim() => Info().Dimensions;

        /// <summary>The number of elements.</summary>
        public long NumberOfElements => Info().Elements;

        /// <summary>Bytes of one element.</summary>
        public long ElementSize => Info().ElementSize;

        /// <summary>The type of the elements.</summary>
        public ScalarType dtype => (ScalarType)Info().DType;

        /// <summary>Where the memory is.</summary>
        public Device device
        {
            get
            {
                var info = Info();
                return info.DeviceType == 0 ? CPU : new Device((DeviceType)info.DeviceType, info.DeviceIndex);
            }
        }

        /// <summary>What kind of device the memory is on.</summary>
        public DeviceType device_type => (DeviceType)Info().DeviceType;

        /// <summary>Which device of its kind the memory is on.</summary>
        public int device_index => Info().DeviceIndex;

        /// <summary>Whether the memory is on an NVIDIA GPU.</summary>
        public bool is_cuda => device_type == DeviceType.CUDA;

        /// <summary>The number of elements.</summary>
        public long numel() => Info().Elements;

        /// <summary>Bytes of one element.</summary>
        public long element_size() => Info().ElementSize;

        /// <summary>The size of each dimension, in a new array.</summary>
        public long[] size() => shape;

        /// <summary>The size of one dimension.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <exception cref="ArgumentOutOfRangeException">There is no such dimension.</exception>
        public long size(int dim)
        {
            var info = Info();
            var size = info.Sizes[Wrap(dim, info.Dimensions)];
            GC.KeepAlive(this);
            return size;
        }

        /// <summary>Elements to step over for the next index of each dimension, in a new array.</summary>
        public long[] stride()
        {
            var info = Info();
            var strides = new ReadOnlySpan<long>(info.Strides, info.Dimensions).ToArray();
            GC.KeepAlive(this);
            return strides;
        }

        /// <summary>Elements to step over for the next index of one dimension.</summary>
        /// <param name="dim">The dimension; negative counts from the end.</param>
        /// <exception cref="ArgumentOutOfRangeException">There is no such dimension.</exception>
        public long stride(int dim)
        {
            var info = Info();
            var stride = info.Strides[Wrap(dim, info.Dimensions)];
            GC.KeepAlive(this);
            return stride;
        }

        /// <summary>Where the first element is in the storage, in elements.</summary>
        public long storage_offset() => Info().StorageOffset;

        /// <summary>Whether elements lie in row-major order without gaps.</summary>
        public bool is_contiguous() => Info().Contiguous != 0;

        /// <summary>Type, shape and device, as TorchSharp prints them: <c>[2x3], type = Float32, device = cpu</c>.</summary>
        public override string ToString() =>
            IsInvalid ? "disposed tensor" : $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";

        private static int Wrap(int dim, int dimensions)
        {
            var index = dim < 0 ? dim + dimensions : dim;
            ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(dim));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, dimensions, nameof(dim));
            return index;
        }
    }

    /// <summary>The element type of new tensors of fractions when none is given; float32 unless changed.</summary>
    public static ScalarType get_default_dtype() => (ScalarType)NativeMethods.ani_default_dtype();

    /// <summary>Sets the element type of new tensors of fractions.</summary>
    /// <param name="dtype">A floating-point type.</param>
    public static void set_default_dtype(ScalarType dtype) =>
        TorchException.Check(NativeMethods.ani_set_default_dtype((int)dtype), nameof(set_default_dtype), NameOf(dtype));

    /// <summary>Reads a text that the shim left in this thread's error slot.</summary>
    internal static unsafe string LastText() => Marshal.PtrToStringUTF8((nint)NativeMethods.ani_error()) ?? "";
}
