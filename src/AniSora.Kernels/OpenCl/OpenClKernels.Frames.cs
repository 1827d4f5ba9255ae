namespace AniSora.Kernels.OpenCl;

public sealed unsafe partial class OpenClKernels
{
    /// <summary>Bytes that one work-item sums.</summary>
    private const int Part = 4096;

    /// <summary>Pixels that one group of work-items counts: their sums of up to 255² stay within 32 bits.</summary>
    private const int HistogramPart = 1 << 14;

    /// <inheritdoc/>
    public override double FrameDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        FrameFeatures.CheckPair(a.Length, b.Length);
        fixed (byte* aAt = a, bAt = b)
        {
            using var call = Begin();
            return Sums(call, "difference", call.Input(aAt, a.Length), call.Input(bAt, b.Length), a.Length, numbers: 1).Sum(part => (long)part) / (double)a.Length;
        }
    }

    /// <inheritdoc/>
    public override (double Hue, double Saturation, double Value) HsvDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, int channels)
    {
        FrameFeatures.CheckPair(a.Length, b.Length);
        byte[] first = ToHsv(a, channels), second = ToHsv(b, channels);
        int n = first.Length / 3;
        return (FrameDifference(first.AsSpan(0, n), second.AsSpan(0, n)), FrameDifference(first.AsSpan(n, n), second.AsSpan(n, n)),
            FrameDifference(first.AsSpan(2 * n), second.AsSpan(2 * n)));
    }

    /// <inheritdoc/>
    public override byte[] ToHsv(ReadOnlySpan<byte> pixels, int channels)
    {
        int n = PixelLanes.Pixels(pixels, channels);
        var hsv = new byte[3 * n];
        if (n == 0)
            return hsv;
        fixed (byte* from = pixels, to = hsv)
        {
            using var call = Begin();
            call.Run("frames", "to_hsv", (n, 1, 1), call.Input(from, pixels.Length), call.Output(to, hsv.Length), n, channels);
            call.Finish();
        }

        return hsv;
    }

    /// <inheritdoc/>
    public override void HsvHistogram(ReadOnlySpan<byte> pixels, int channels, Span<float> histogram)
    {
        int n = PixelLanes.Pixels(pixels, channels);
        FrameFeatures.CheckHistogram(n, histogram);
        const int bins = 3 * 256;
        int groups = (n + HistogramPart - 1) / HistogramPart;
        var parts = new uint[groups * bins];
        fixed (byte* from = pixels)
        fixed (uint* to = parts)
        {
            using var call = Begin();
            call.Run("frames", "levels", ((long)groups * OpenClCall.Group, 1, 1), call.Input(from, pixels.Length), call.Output(to, parts.Length), n, channels, HistogramPart);
            call.Finish();
        }

        Span<long> sums = stackalloc long[bins];
        sums.Clear();
        for (int i = 0; i < parts.Length; i++)
            sums[i % bins] += parts[i];
        FrameFeatures.HistogramOfLevels(sums[..256], sums.Slice(256, 256), sums[512..], n, histogram);
    }

    /// <inheritdoc/>
    public override byte[] EdgeMap(ReadOnlySpan<byte> pixels, int channels, int width, int height, int threshold = FrameFeatures.EdgeThreshold)
    {
        int n = PixelLanes.Pixels(pixels, channels);
        var edges = new byte[n];
        FrameFeatures.CheckEdges(n, n, width, height);
        if (n == 0)
            return edges;
        fixed (byte* from = pixels, to = edges)
        {
            using var call = Begin();
            OpenClBuffer luma = call.Scratch(n), magnitude = call.Scratch(sizeof(short) * (long)n), direction = call.Scratch(sizeof(short) * (long)n);
            call.Run("frames", "luma", (n, 1, 1), call.Input(from, pixels.Length), luma, n, channels);
            call.Run("frames", "sobel", (width, height, 1), luma, magnitude, direction, width, height);
            call.Run("frames", "thin", (width, height, 1), magnitude, direction, call.Output(to, n), width, height, Math.Clamp(threshold, 1, short.MaxValue));
            call.Finish();
        }

        return edges;
    }

    /// <inheritdoc/>
    public override double EdgeChange(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int width, int height, int radius = FrameFeatures.EdgeRadius)
    {
        FrameFeatures.CheckEdges(first.Length, second.Length, width, height);
        ArgumentOutOfRangeException.ThrowIfNegative(radius);
        if (first.IsEmpty)
            return 0;
        fixed (byte* firstAt = first, secondAt = second)
        {
            using var call = Begin();
            OpenClBuffer before = call.Input(firstAt, first.Length), after = call.Input(secondAt, second.Length), near = call.Scratch(first.Length);
            return Math.Max(NewShare(before, after), NewShare(after, before));

            double NewShare(OpenClBuffer old, OpenClBuffer now)
            {
                Square(call, old, near, 1, width, height, radius, highest: true);
                uint[] counts = Sums(call, "outside", now, near, width * height, numbers: 2);
                long outside = 0, all = 0;
                for (int i = 0; i < counts.Length; i += 2)
                    (outside, all) = (outside + counts[i], all + counts[i + 1]);
                return all > 0 ? (double)outside / all : 0;
            }
        }
    }

    /// <summary>What a kernel of <c>frames.cl</c> says of two byte arrays, part by part.</summary>
    private static uint[] Sums(OpenClCall call, string kernel, OpenClBuffer a, OpenClBuffer b, int length, int numbers)
    {
        int items = (length + Part - 1) / Part;
        var sums = new uint[items * numbers];
        fixed (uint* to = sums)
        {
            call.Run("frames", kernel, (items, 1, 1), a, b, call.Output(to, sums.Length), length, Part);
            call.Finish();
        }

        return sums;
    }
}
