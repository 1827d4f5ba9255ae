using AniSora.Models.Runtime;
using AniSora.Models.Sampling;

namespace AniSora.Models.Conditioning;

/// <summary>
/// Between frames on disk (uint8, <c>[T, H, W, 3]</c>) and video (float32 in [-1, 1], <c>[B, 3, T, H, W]</c>): tensors for training, plain
/// arrays for sampling, with the same numbers.
/// </summary>
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
        return TensorData.ToTensor<byte>(rgb, [shape.B, shape.T, shape.H, shape.W, 3], device)
            .permute(0, 4, 1, 2, 3)
            .to(float32)
            .contiguous()
            .mul_(2f / 255)
            .sub_(1)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Frames of a batch to a plain array.</summary>
    /// <param name="rgb"><c>[B, T, H, W, 3]</c>.</param>
    /// <param name="shape">B, T, H, W.</param>
    /// <returns><c>[B, 3, T, H, W]</c> in [-1, 1].</returns>
    public static DenseArray ToDense(byte[] rgb, (int B, int T, int H, int W) shape)
    {
        var video = DenseArray.Zeros(shape.B, 3, shape.T, shape.H, shape.W);
        int pixels = shape.H * shape.W;
        Parallel.For(0, shape.B * shape.T, frame =>
        {
            for (int c = 0; c < 3; c++)
            {
                var plane = Plane(video, frame, c);
                for (int i = 0; i < plane.Length; i++)
                    plane[i] = rgb[(((frame * pixels) + i) * 3) + c] * (2f / 255) - 1;
            }
        });
        return video;
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

    /// <inheritdoc cref="ToBytes(Tensor, int)"/>
    public static byte[] ToBytes(DenseArray video, int item = 0)
    {
        int frames = (int)video.Shape[2], pixels = (int)(video.Shape[3] * video.Shape[4]);
        var rgb = new byte[frames * pixels * 3];
        Parallel.For(0, frames, frame =>
        {
            for (int c = 0; c < 3; c++)
            {
                var plane = Plane(video, (item * frames) + frame, c);
                for (int i = 0; i < plane.Length; i++)
                    rgb[(((frame * pixels) + i) * 3) + c] = (byte)Math.Clamp(MathF.Round((plane[i] + 1) * 127.5f), 0, 255);
            }
        });
        return rgb;
    }

    /// <summary>One colour of one frame of a video, <c>[H·W]</c>.</summary>
    /// <param name="video"><c>[B, 3, T, H, W]</c>.</param>
    /// <param name="frame">b·T + t.</param>
    /// <param name="colour">0, 1, 2.</param>
    internal static Span<float> Plane(DenseArray video, int frame, int colour)
    {
        int frames = (int)video.Shape[2], pixels = (int)(video.Shape[3] * video.Shape[4]);
        return video.Values.AsSpan(((((frame / frames) * 3) + colour) * frames + (frame % frames)) * pixels, pixels);
    }
}
