namespace AniSora.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The tensor with another element type; itself, as another object, if it has that type.</summary>
        /// <param name="type">The type.</param>
        /// <param name="copy">Copy in any case.</param>
        /// <param name="disposeAfter">Dispose this tensor.</param>
        /// <param name="non_blocking">Don't wait for a copy between devices.</param>
        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            After(Operators.to_dtype.Call(this, type, non_blocking, copy), disposeAfter);

        /// <summary>The tensor on another device; itself, as another object, if it is there.</summary>
        /// <param name="device">The device.</param>
        /// <param name="copy">Copy in any case.</param>
        /// <param name="disposeAfter">Dispose this tensor.</param>
        /// <param name="non_blocking">Don't wait for the copy.</param>
        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            After(Operators.to_device.Call(this, device, dtype, non_blocking, copy), disposeAfter);

        /// <summary>The tensor on another kind of device.</summary>
        /// <param name="deviceType">The kind.</param>
        /// <param name="deviceIndex">Which one; -1 = the current one.</param>
        /// <param name="copy">Copy in any case.</param>
        /// <param name="disposeAfter">Dispose this tensor.</param>
        /// <param name="non_blocking">Don't wait for the copy.</param>
        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false,
            bool non_blocking = false) =>
            to(new Device(deviceType, deviceIndex), copy, disposeAfter, non_blocking);

        /// <summary>The tensor with another element type on another device.</summary>
        /// <param name="type">The type.</param>
        /// <param name="device">The device.</param>
        /// <param name="copy">Copy in any case.</param>
        /// <param name="disposeAfter">Dispose this tensor.</param>
        /// <param name="non_blocking">Don't wait for the copy.</param>
        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            After(Operators.to_device.Call(this, device, type, non_blocking, copy), disposeAfter);

        /// <summary>The tensor with another's type and device.</summary>
        /// <param name="other">The other tensor.</param>
        /// <param name="non_blocking">Don't wait for a copy between devices.</param>
        public Tensor to(Tensor other, bool non_blocking = false) => Operators.to_other.Call(this, other, non_blocking);

        /// <summary>The tensor with another element type.</summary>
        /// <param name="dtype">The type.</param>
        public Tensor type(ScalarType dtype) => to(dtype);

        /// <summary>The tensor with another element type.</summary>
        /// <param name="type">The type.</param>
        public Tensor to_type(ScalarType type) => to(type);

        /// <summary>The tensor with another's element type.</summary>
        /// <param name="tensor">The other tensor.</param>
        public Tensor type_as(Tensor tensor) => to(tensor.dtype);

        /// <summary>The tensor in main memory.</summary>
        public Tensor cpu() => to(CPU);

        /// <summary>The tensor on a GPU.</summary>
        /// <param name="device">Which; null = the current one.</param>
        /// <param name="non_blocking">Don't wait for the copy.</param>
        public Tensor cuda(Device? device = null, bool non_blocking = false) => to(device ?? CUDA, non_blocking: non_blocking);

        /// <summary>The tensor in page-locked main memory, from which a GPU copies by itself.</summary>
        /// <exception cref="TorchException">This libtorch has no GPU to use.</exception>
        public Tensor pin_memory() => Operators.pin_memory.Call(this);

        /// <summary>The tensor as float32.</summary>
        public Tensor @float() => to(float32);

        /// <summary>The tensor as float64.</summary>
        public Tensor @double() => to(float64);

        /// <summary>The tensor as float16.</summary>
        public Tensor half() => to(float16);

        /// <summary>The tensor as bfloat16.</summary>
        public Tensor bfloat16() => to(torch.bfloat16);

        /// <summary>The tensor as int64; fractions are cut towards zero.</summary>
        public Tensor @long() => to(int64);

        /// <summary>The tensor as int32; fractions are cut towards zero.</summary>
        public Tensor @int() => to(int32);

        /// <summary>The tensor as uint8; fractions are cut towards zero.</summary>
        public Tensor @byte() => to(uint8);

        /// <summary>The tensor as bool: whether each element is not zero.</summary>
        public Tensor @bool() => to(ScalarType.Bool);

        /// <summary>The value of a tensor of one element.</summary>
        /// <param name="value">The tensor.</param>
        public static explicit operator float(Tensor value) => value.ToScalar().ToSingle();

        /// <summary>The value of a tensor of one element.</summary>
        /// <param name="value">The tensor.</param>
        public static explicit operator double(Tensor value) => value.ToScalar().ToDouble();

        /// <summary>The value of a tensor of one element.</summary>
        /// <param name="value">The tensor.</param>
        public static explicit operator int(Tensor value) => value.ToScalar().ToInt32();

        /// <summary>The value of a tensor of one element.</summary>
        /// <param name="value">The tensor.</param>
        public static explicit operator long(Tensor value) => value.ToScalar().ToInt64();

        /// <summary>The value of a tensor of one element.</summary>
        /// <param name="value">The tensor.</param>
        public static explicit operator byte(Tensor value) => value.ToScalar().ToByte();

        /// <summary>The value of a tensor of one element.</summary>
        /// <param name="value">The tensor.</param>
        public static explicit operator bool(Tensor value) => value.ToScalar().ToBoolean();

        private Tensor After(Tensor result, bool dispose)
        {
            if (dispose)
                Dispose();
            return result;
        }
    }

    internal static partial class Operators
    {
        internal static readonly TorchOp to_dtype = new("to", "dtype");
        internal static readonly TorchOp to_device = new("to", "device");
        internal static readonly TorchOp pin_memory = new("pin_memory");
        internal static readonly TorchOp to_other = new("to", "other");
    }
}
