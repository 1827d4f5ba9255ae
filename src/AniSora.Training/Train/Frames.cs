namespace AniSora.Training.Train;

/// <summary>Between frames on disk (uint8, <c>[T, H, W, 3]</c>) and video tensors (float32 in [-1, 1], <c>[B, 3, T, H, W]</c>).</summary>
public static class Frames
{
    /// <summary>Frames of a batch to a video tensor.</summary>
    /// <param name="rgb"><c>[B, T, H, W, 3]</c>.</param>
    /// <param name="shape">B, T, H, W.</param>
    /// <param name="device">Where to; null = the CPU. Bytes travel, a quarter of the numbers.</param>
    /// <returns><c>[B, 3, T, H, W]</c> in [-1, 1].</returns>
    public static Tensor ToVideo(byte[] rgb, (int B, int T, int H, int W) shape, Device? device = null)
    {
        using var scope = NewDisposeScope();
        return Transfers.ToDevice<byte>(rgb, [shape.B, shape.T, shape.H, shape.W, 3], device ?? CPU)
            .permute(0, 4, 1, 2, 3)
            .to(float32)
            .contiguous()
            .mul_(2f / 255)
            .sub_(1)
            .MoveToOuterDisposeScope();
    }

    /// <summary>A space-time mask to a tensor.</summary>
    /// <param name="mask"><c>[B, T, H, W]</c>, 0 or 1.</param>
    /// <param name="shape">B, T, H, W.</param>
    /// <param name="device">Where to; null = the CPU.</param>
    /// <returns><c>[B, 1, T, H, W]</c> float32.</returns>
    public static Tensor ToMask(byte[] mask, (int B, int T, int H, int W) shape, Device? device = null)
    {
        using var scope = NewDisposeScope();
        return Transfers.ToDevice<byte>(mask, [shape.B, 1, shape.T, shape.H, shape.W], device ?? CPU).to(float32).MoveToOuterDisposeScope();
    }

    /// <summary>One video of a batch to frames, rounded and clamped.</summary>
    /// <param name="video"><c>[B, 3, T, H, W]</c> in [-1, 1].</param>
    /// <param name="item">Which one.</param>
    /// <returns><c>[T, H, W, 3]</c>.</returns>
    public static byte[] ToBytes(Tensor video, int item = 0)
    {
        using var scope = NewDisposeScope();
        return ((video[item].permute(1, 2, 3, 0) + 1) * 127.5).round().clamp(0, 255).to(uint8).ToArray<byte>();
    }
}
