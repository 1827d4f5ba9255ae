using AniSora.Models.Runtime;

namespace AniSora.Training.Distributed;

/// <summary>Where a tensor's numbers lie.</summary>
internal static class TensorMemory
{
    /// <summary>The address of the first number, on the tensor's device.</summary>
    /// <exception cref="ArgumentException">The tensor is not contiguous: its numbers do not lie side by side.</exception>
    public static nint Address(Tensor tensor) => tensor.is_contiguous()
        ? StableApi.DataPointer(tensor)
        : throw new ArgumentException($"a tensor [{string.Join(", ", tensor.shape)}] of a collective operation is not contiguous", nameof(tensor));
}
