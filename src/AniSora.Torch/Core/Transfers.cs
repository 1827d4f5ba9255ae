using static AniSora.Torch.torch;

namespace AniSora.Torch;

/// <summary>
/// Copies from main memory to where the work is. To a GPU they go through page-locked memory and nobody waits for them: libtorch orders
/// them before what uses them. On the CPU there is nothing to copy.
/// </summary>
public static class Transfers
{
    /// <summary>A new tensor on a device with a copy of the elements.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="elements">The elements in row-major order; they may change as soon as this returns.</param>
    /// <param name="shape">The size of each dimension; their product is the number of elements.</param>
    /// <param name="device">Where to.</param>
    /// <exception cref="ArgumentException">Shape and length don't match.</exception>
    public static Tensor ToDevice<T>(ReadOnlySpan<T> elements, ReadOnlySpan<long> shape, Device device) where T : unmanaged
    {
        if (device.type == DeviceType.CPU)
            return TensorMemory.Copy(elements, shape);
        using var staged = TensorMemory.Copy(elements, shape, pinned: device.type == DeviceType.CUDA);
        return staged.to(device, non_blocking: true);
    }

    /// <summary>A tensor on a device.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="device">Where to.</param>
    /// <returns>The tensor itself if it is there, else a copy.</returns>
    public static Tensor ToDevice(this Tensor tensor, Device device)
    {
        if (tensor.device_type == device.type && (device.type == DeviceType.CPU || device.index < 0 || tensor.device_index == device.index))
            return tensor;
        if (tensor.device_type != DeviceType.CPU || device.type != DeviceType.CUDA)
            return tensor.to(device);
        using var staged = tensor.pin_memory();
        return staged.to(device, non_blocking: true);
    }
}
