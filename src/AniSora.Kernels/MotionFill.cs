namespace AniSora.Kernels;

/// <summary>
/// Fills what a space-time mask leaves open, and lets things move: between two whole given frames, pixels are fetched from both along the
/// motion between them and then cross-faded; elsewhere it is <see cref="TemporalFill.CrossFade"/>.
/// </summary>
/// <remarks>
/// At time s in (0, 1) between frames a and b with motion F from a to b and G back, the place x of the new frame came from
/// a(x - s·m) and goes to b(x + (1 - s)·m), with m = (1 - s)·F(x) - s·G(x) (the linear motion model of Jiang et al. 2018, arXiv 1712.00080,
/// eq. 4). Where both agree nothing ghosts; where the flow was not found it is the plain cross-fade.
/// </remarks>
public static class MotionFill
{
    private const int LeastSide = 4;

    /// <summary>The filled video.</summary>
    /// <param name="guide">RGB <c>[T, H, W, 3]</c>; only given pixels are read.</param>
    /// <param name="mask"><c>[T, H, W]</c>, 0 = open, otherwise given.</param>
    /// <param name="frames">T.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <returns>A new video <c>[T, H, W, 3]</c>, equal to the guide where that is given.</returns>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static byte[] Between(ReadOnlySpan<byte> guide, ReadOnlySpan<byte> mask, int frames, int height, int width)
    {
        int pixels = height * width;
        if (mask.Length != frames * pixels)
            throw new ArgumentException($"{mask.Length} mask values are no mask of {frames} frames of {width}×{height}");
        var output = TemporalFill.CrossFade(guide, mask, frames);
        if (height < LeastSide || width < LeastSide)
            return output;
        int before = -1;
        for (int t = 0; t < frames; t++)
        {
            if (mask.Slice(t * pixels, pixels).Contains((byte)0))
                continue;
            if (before >= 0 && t > before + 1)
                FillGap(guide, mask, output, before, t, height, width);
            before = t;
        }
        return output;
    }

    private static void FillGap(ReadOnlySpan<byte> guide, ReadOnlySpan<byte> mask, byte[] output, int from, int to, int height, int width)
    {
        int pixels = height * width;
        var a = guide.Slice(from * pixels * 3, pixels * 3);
        var b = guide.Slice(to * pixels * 3, pixels * 3);
        if (a.SequenceEqual(b))
            return;
        float[] first = new float[pixels], second = new float[pixels];
        OpticalFlow.Luma(a, 3, first);
        OpticalFlow.Luma(b, 3, second);
        var forward = OpticalFlow.Estimate(first, second, width, height);
        var back = OpticalFlow.Estimate(second, first, width, height);
        Span<float> pastColour = stackalloc float[3], comingColour = stackalloc float[3];
        for (int t = from + 1; t < to; t++)
        {
            float s = (t - from) / (float)(to - from);
            for (int i = 0; i < pixels; i++)
            {
                if (mask[t * pixels + i] != 0)
                    continue;
                float u = (1 - s) * forward.U[i] - s * back.U[i], v = (1 - s) * forward.V[i] - s * back.V[i];
                int x = i % width, y = i / width;
                Sample(a, x - s * u, y - s * v, width, height, pastColour);
                Sample(b, x + (1 - s) * u, y + (1 - s) * v, width, height, comingColour);
                var target = output.AsSpan((t * pixels + i) * 3, 3);
                for (int c = 0; c < 3; c++)
                    target[c] = (byte)((1 - s) * pastColour[c] + s * comingColour[c] + 0.5f);
            }
        }
    }

    /// <summary>Bilinear; outside the picture its edge goes on.</summary>
    private static void Sample(ReadOnlySpan<byte> picture, float x, float y, int width, int height, Span<float> colour)
    {
        x = Math.Clamp(x, 0, width - 1);
        y = Math.Clamp(y, 0, height - 1);
        int left = Math.Min((int)x, width - 2), top = Math.Min((int)y, height - 2);
        float fx = x - left, fy = y - top;
        var upper = picture.Slice((top * width + left) * 3, 6);
        var lower = picture.Slice(((top + 1) * width + left) * 3, 6);
        for (int c = 0; c < 3; c++)
        {
            float above = upper[c] + fx * (upper[c + 3] - upper[c]), below = lower[c] + fx * (lower[c + 3] - lower[c]);
            colour[c] = above + fy * (below - above);
        }
    }
}
