using System.Runtime.InteropServices;

namespace AniSora.Models.Runtime;

/// <summary>Between tensors and plain memory, with one copy. TorchSharp's own ways copy element by element or more than once.</summary>
public static class TensorData
{
    /// <summary>A new tensor on a device with a copy of the elements.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="elements">The elements in row-major order; they may change as soon as this returns.</param>
    /// <param name="shape">The size of each dimension; their product is the number of elements.</param>
    /// <param name="device">Where to; null = the CPU. To a GPU they go through page-locked memory and nobody waits for them.</param>
    /// <exception cref="ArgumentException">Shape and length don't match.</exception>
    public static Tensor ToTensor<T>(ReadOnlySpan<T> elements, ReadOnlySpan<long> shape, Device? device = null) where T : unmanaged
    {
        var tensor = empty(shape, TypeOf<T>(), CPU);
        var bytes = MemoryMarshal.AsBytes(elements);
        if (tensor.numel() != elements.Length)
            throw new ArgumentException($"{elements.Length} elements don't fill the shape [{string.Join(", ", shape.ToArray())}]", nameof(shape));
        if (bytes.Length > 0)
            bytes.CopyTo(tensor.bytes);
        if (device is null || device.type == DeviceType.CPU)
            return tensor;
        using (tensor)
            return tensor.ToDevice(device);
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

    /// <summary>A copy of a tensor's elements in row-major order, wherever and however they lie.</summary>
    /// <typeparam name="T">The tensor's element type.</typeparam>
    /// <param name="tensor">The tensor.</param>
    /// <exception cref="ArgumentException">The tensor has another element type.</exception>
    public static T[] ToArray<T>(this Tensor tensor) where T : unmanaged
    {
        if (tensor.dtype != TypeOf<T>())
            throw new ArgumentException($"the tensor holds {tensor.dtype}, not {typeof(T).Name}: convert it with to(…) first", nameof(tensor));
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var plain = tensor.detach().cpu().contiguous();
        var array = new T[plain.numel()];
        if (array.Length > 0)
            MemoryMarshal.Cast<byte, T>(plain.bytes).CopyTo(array);
        return array;
    }

    /// <summary>Type and shape for a message: <c>Float32[2, 3]</c>.</summary>
    /// <param name="tensor">The tensor.</param>
    public static string Describe(this Tensor tensor) => $"{tensor.dtype}[{string.Join(", ", tensor.shape)}]";

    private static ScalarType TypeOf<T>() => default(T) switch
    {
        float => ScalarType.Float32,
        double => ScalarType.Float64,
        long => ScalarType.Int64,
        int => ScalarType.Int32,
        byte => ScalarType.Byte,
        bool => ScalarType.Bool,
        _ => throw new ArgumentException($"tensors of {typeof(T).Name} are not used here"),
    };
}
