using AniSora.Models.Runtime;

namespace AniSora.Models.Sampling;

/// <summary>Between plain arrays and libtorch's tensors.</summary>
internal static class TorchArrays
{
    /// <summary>A float32 tensor with a copy of the numbers.</summary>
    /// <param name="array">The numbers.</param>
    /// <param name="device">Where to; null = the CPU.</param>
    public static Tensor ToTensor(this DenseArray array, Device? device = null) => TensorData.ToTensor<float>(array.Values, array.Shape, device);

    /// <summary>A copy of a tensor's numbers as float32, from wherever they are.</summary>
    public static DenseArray ToDense(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return new(tensor.to(float32).ToArray<float>(), tensor.shape);
    }
}
