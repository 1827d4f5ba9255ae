using System.Numerics.Tensors;
using AniSora.Models.Conditioning;

namespace AniSora.Models.Sampling;

/// <summary>
/// Gives back the fine detail that the VAE loses where the generated video follows the guide: a background that stands still then
/// keeps the given pixels and does not flicker between given and decoded frames.
/// </summary>
public static class GuideDetail
{
    // Mean squared difference, in [-1, 1], up to which the video counts as following the guide: the VAE's own error (about 30 dB).
    private const float FollowingError = 0.004f;

    private const int Reach = 2;

    /// <summary>
    /// video + w · (guide - D(E(guide))), with w = exp(-d²/e²): d² the difference between video and decoded guide, averaged over colours
    /// and 5 × 5 pixels, e² the VAE's own error. Where video and guide differ, w vanishes and the decoded video stays as it is.
    /// </summary>
    /// <param name="video">Decoded video <c>[B, 3, T, H, W]</c> in [-1, 1].</param>
    /// <param name="guide">Guide video, filled along time, of the same shape.</param>
    /// <param name="decodedGuide">The guide through the VAE and back.</param>
    /// <param name="mask">Mask <c>[B, T, H, W]</c>, 1 = given; places that are given at no time keep the decoded video.</param>
    /// <returns>A new video of that shape, clamped to [-1, 1].</returns>
    public static DenseArray Restore(DenseArray video, DenseArray guide, DenseArray decodedGuide, byte[] mask)
    {
        var (frames, height, width) = ((int)video.Shape[2], (int)video.Shape[3], (int)video.Shape[4]);
        var restored = DenseArray.Zeros(video.Shape);
        var given = EverGiven(mask, frames, height * width);
        Parallel.For(0, (int)video.Shape[0] * frames, frame =>
        {
            float[] follows = new float[height * width], line = new float[height * width];
            for (int c = 0; c < 3; c++)
            {
                TensorPrimitives.Subtract(Plane(video, c), Plane(decodedGuide, c), line);
                TensorPrimitives.FusedMultiplyAdd<float>(line, line, follows, follows);
            }
            Average(follows, line, height, width);
            TensorPrimitives.Multiply(follows, -1 / (3 * FollowingError), follows);
            TensorPrimitives.Exp(follows, follows);
            TensorPrimitives.Multiply(follows, given[frame / frames], follows);
            for (int c = 0; c < 3; c++)
            {
                var result = Plane(restored, c);
                TensorPrimitives.Subtract(Plane(guide, c), Plane(decodedGuide, c), line);
                TensorPrimitives.FusedMultiplyAdd<float>(line, follows, Plane(video, c), result);
                TensorPrimitives.Clamp(result, -1, 1, result);
            }

            Span<float> Plane(DenseArray of, int colour) => Frames.Plane(of, frame, colour);
        });
        return restored;
    }

    /// <summary>1 for places that are given at some time, otherwise 0: <c>[H·W]</c> for each video.</summary>
    private static float[][] EverGiven(byte[] mask, int frames, int pixels)
    {
        var given = new float[mask.Length / (frames * pixels)][];
        for (int b = 0; b < given.Length; b++)
        {
            given[b] = new float[pixels];
            for (int t = 0; t < frames; t++)
            {
                for (int i = 0; i < pixels; i++)
                    given[b][i] = Math.Max(given[b][i], mask[(((b * frames) + t) * pixels) + i]);
            }
        }
        return given;
    }

    /// <summary>The average of 5 × 5 places, or of as many of them as are inside the picture; first over rows, then over columns.</summary>
    private static void Average(Span<float> plane, Span<float> rows, int height, int width)
    {
        for (int y = 0; y < height; y++)
        {
            var (from, to) = (Math.Max(y - Reach, 0), Math.Min(y + Reach, height - 1));
            var sum = rows.Slice(y * width, width);
            plane.Slice(from * width, width).CopyTo(sum);
            for (int other = from + 1; other <= to; other++)
                TensorPrimitives.Add(sum, plane.Slice(other * width, width), sum);
            TensorPrimitives.Divide(sum, to - from + 1, sum);
        }
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<float> line = rows.Slice(y * width, width);
            var sum = plane.Slice(y * width, width);
            line.CopyTo(sum);
            for (int shift = 1; shift <= Math.Min(Reach, width - 1); shift++)
            {
                TensorPrimitives.Add(sum[..^shift], line[shift..], sum[..^shift]);
                TensorPrimitives.Add(sum[shift..], line[..^shift], sum[shift..]);
            }
            for (int x = 0; x < width; x++)
                sum[x] /= Math.Min(x + Reach, width - 1) - Math.Max(x - Reach, 0) + 1;
        }
    }
}
