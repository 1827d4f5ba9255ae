using System.Globalization;
using AniSora.Torch.Interop;

namespace AniSora.Torch;

/// <summary>Kinds of devices; the numbers are libtorch's.</summary>
public enum DeviceType
{
    /// <summary>Main memory and processor.</summary>
    CPU = 0,

    /// <summary>An NVIDIA GPU.</summary>
    CUDA = 1,

    /// <summary>An Apple GPU.</summary>
    MPS = 13,

    /// <summary>No memory at all: shapes only.</summary>
    META = 14,
}

public static partial class torch
{
    /// <summary>The processor.</summary>
    public static readonly Device CPU = new(DeviceType.CPU);

    /// <summary>The current CUDA device.</summary>
    public static readonly Device CUDA = new(DeviceType.CUDA);

    /// <summary>No device at all: tensors have types and shapes but no memory, and operators only work these out.</summary>
    public static readonly Device META = new(DeviceType.META);

    /// <summary>Where a tensor's memory is.</summary>
    public sealed class Device : IEquatable<Device>
    {
        /// <summary>A device of a kind.</summary>
        /// <param name="deviceType">The kind.</param>
        /// <param name="index">Which one, from 0; -1 = the current one.</param>
        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = index;
        }

        /// <summary>A device by name.</summary>
        /// <param name="description"><c>cpu</c>, <c>cuda</c>, <c>cuda:0</c>, …</param>
        /// <exception cref="ArgumentException">There is no such device.</exception>
        public Device(string description)
        {
            ArgumentNullException.ThrowIfNull(description);
            var parts = description.Split(':');
            type = parts[0].ToLowerInvariant() switch
            {
                "cpu" => DeviceType.CPU,
                "cuda" => DeviceType.CUDA,
                "mps" => DeviceType.MPS,
                "meta" => DeviceType.META,
                _ => throw new ArgumentException($"unknown device '{description}': use cpu, cuda or cuda:N", nameof(description)),
            };
            index = -1;
            if (parts.Length == 1)
                return;
            if (parts.Length > 2 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                throw new ArgumentException($"unknown device '{description}': use cpu, cuda or cuda:N", nameof(description));
            index = number;
        }

        /// <summary>The kind.</summary>
        public DeviceType type { get; }

        /// <summary>Which one, from 0; -1 = the current one.</summary>
        public int index { get; }

        /// <summary>A device by name.</summary>
        /// <param name="description"><c>cpu</c>, <c>cuda</c>, <c>cuda:0</c>, …</param>
        public static implicit operator Device(string description) => new(description);

        /// <inheritdoc/>
        public bool Equals(Device? other) => other is not null && type == other.type && index == other.index;

        /// <inheritdoc/>
        public override bool Equals(object? obj) => Equals(obj as Device);

        /// <inheritdoc/>
        public override int GetHashCode() => HashCode.Combine(type, index);

        /// <inheritdoc/>
        public override string ToString() => type.ToString().ToLowerInvariant() + (index < 0 ? "" : $":{index}");
    }

    /// <summary>A device by name.</summary>
    /// <param name="description"><c>cpu</c>, <c>cuda</c>, <c>cuda:0</c>, …</param>
    public static Device device(string description) => new(description);

    /// <summary>A device of a kind.</summary>
    /// <param name="deviceType">The kind.</param>
    /// <param name="index">Which one, from 0; -1 = the current one.</param>
    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);

    /// <summary>GPUs of NVIDIA, as far as this libtorch can use them.</summary>
    public static class cuda
    {
        /// <summary>Whether there is at least one usable GPU.</summary>
        public static bool is_available() => device_count() > 0;

        /// <summary>How many GPUs there are; 0 when libtorch is a CPU build.</summary>
        public static int device_count() => NativeMethods.ani_cuda_devices();

        /// <summary>Makes a GPU this thread's current one: what <c>cuda</c> without a number means, and where libraries keep their own memory.</summary>
        /// <param name="index">Which one, from 0.</param>
        /// <exception cref="TorchException">There is no such GPU.</exception>
        public static void set_device(int index) => TorchException.Check(NativeMethods.ani_cuda_set_device(index), nameof(set_device), $"cuda:{index}");

        /// <summary>Waits until a GPU has done all that it was given.</summary>
        /// <param name="device">The GPU; null = the current one.</param>
        /// <exception cref="TorchException">Work on the GPU failed, or there is none.</exception>
        public static void synchronize(Device? device = null) => TorchException.Check(NativeMethods.ani_cuda_synchronize(device?.index ?? -1), nameof(synchronize));
    }

    /// <summary>Settings of the libraries that libtorch calls.</summary>
    public static class backends
    {
        /// <summary>Matrix products on GPUs.</summary>
        public static class cuda
        {
            /// <summary>Matrix products on GPUs.</summary>
            public static class matmul
            {
                /// <summary>Whether float32 products may round their factors to 10 bits; off unless set.</summary>
                public static bool allow_tf32
                {
                    get => NativeMethods.ani_tf32(0) != 0;
                    set => NativeMethods.ani_set_tf32(0, value ? 1 : 0);
                }
            }
        }

        /// <summary>Convolutions on GPUs.</summary>
        public static class cudnn
        {
            /// <summary>Whether float32 convolutions may round their factors to 10 bits; on unless set.</summary>
            public static bool allow_tf32
            {
                get => NativeMethods.ani_tf32(1) != 0;
                set => NativeMethods.ani_set_tf32(1, value ? 1 : 0);
            }
        }
    }
}
