using AniSora.Kernels;

namespace AniSora.Evaluation;

/// <summary>What VBench does not measure and animators see at once: colours that drift, frames that jump, guides and masks that are not kept. In grey levels, 0 is perfect.</summary>
public static class ClipMetrics
{
    /// <summary>How far mean brightness and mean colour drift over a clip.</summary>
    /// <param name="video">uint8 RGB <c>[T, H, W, 3]</c>, T from 2.</param>
    /// <param name="size">T, H, W.</param>
    /// <param name="reference">The real video of the same size, whose own changes are taken off; empty for none.</param>
    /// <returns>
    /// Brightness: |slope| · (T - 1) of the least-squares line through mean luma (BT.601) over time, in grey levels. Colour: the same of mean
    /// R - Y and B - Y, as the length of both.
    /// </returns>
    public static (double Brightness, double Colour) Drift(ReadOnlySpan<byte> video, VideoSize size, ReadOnlySpan<byte> reference = default)
    {
        var means = Means(video, size);
        var real = reference.IsEmpty ? null : Means(reference, size);
        double Line(Func<(double Y, double R, double B), double> part) => Slope([.. means.Select((m, t) => part(m) - (real is null ? 0 : part(real[t])))]) * (size.Frames - 1);
        return (Math.Abs(Line(m => m.Y)), Math.Sqrt(Math.Pow(Line(m => m.R), 2) + Math.Pow(Line(m => m.B), 2)));
    }

    /// <summary>How much more mean brightness and colour change from the first frame to the second than later: a given frame that the rest does not go on from.</summary>
    /// <param name="video">uint8 RGB <c>[T, H, W, 3]</c>, T from 3.</param>
    /// <param name="size">T, H, W.</param>
    /// <returns>Grey levels; 0 if the first step is no larger than the median step.</returns>
    public static double FirstFrameJump(ReadOnlySpan<byte> video, VideoSize size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Frames, 3);
        var means = Means(video, size);
        double[] steps = [.. means.Skip(1).Zip(means, (b, a) => Math.Sqrt(Math.Pow(b.Y - a.Y, 2) + Math.Pow(b.R - a.R, 2) + Math.Pow(b.B - a.B, 2)))];
        double[] later = [.. steps.Skip(1).Order()];
        return Math.Max(0, steps[0] - (later[(later.Length - 1) / 2] + later[later.Length / 2]) / 2);
    }

    /// <summary>How much changes where nothing may: the mean |frame - image| outside the motion mask, over all frames.</summary>
    /// <param name="video">uint8 RGB <c>[T, H, W, 3]</c>.</param>
    /// <param name="size">T, H, W.</param>
    /// <param name="image">The given first frame <c>[H, W, 3]</c>.</param>
    /// <param name="mask"><c>[H, W]</c>, not 0 where things may move.</param>
    /// <returns>Grey levels; NaN if everything may move.</returns>
    public static double MaskLeak(ReadOnlySpan<byte> video, VideoSize size, ReadOnlySpan<byte> image, ReadOnlySpan<byte> mask)
    {
        size.CheckPixels(video.Length, nameof(video));
        size.CheckFrame(image.Length, nameof(image));
        if (mask.Length != size.FramePlaces)
            throw new ArgumentException($"the mask has {mask.Length} values; one of {size.Height}×{size.Width} has {size.FramePlaces}", nameof(mask));
        long sum = 0, count = 0;
        for (int i = 0, p = 0; i < size.Places; i++, p += 3)
        {
            int place = i % size.FramePlaces;
            if (mask[place] != 0)
                continue;
            for (int c = 0; c < 3; c++)
                sum += Math.Abs(video[p + c] - image[3 * place + c]);
            count += 3;
        }
        return count == 0 ? double.NaN : (double)sum / count;
    }

    /// <summary>Key-frame fidelity: the mean |frame - key frame| over the key frames.</summary>
    /// <param name="video">uint8 RGB <c>[T, H, W, 3]</c>.</param>
    /// <param name="size">T, H, W.</param>
    /// <param name="keys">Frame numbers and their pictures <c>[H, W, 3]</c>.</param>
    /// <returns>Grey levels; NaN without key frames.</returns>
    public static double KeyFrameError(ReadOnlySpan<byte> video, VideoSize size, IReadOnlyCollection<(int Frame, byte[] Picture)> keys)
    {
        size.CheckPixels(video.Length, nameof(video));
        double sum = 0;
        foreach (var (t, picture) in keys)
        {
            size.CheckFrame(picture.Length, nameof(keys));
            sum += FrameFeatures.MeanAbsDifference(Frame(video, size, t), picture);
        }
        return keys.Count == 0 ? double.NaN : sum / keys.Count;
    }

    /// <summary>Loop closure: how much further the last frame is from the first than neighbours are from each other, by their mean |difference|.</summary>
    /// <param name="video">uint8 RGB <c>[T, H, W, 3]</c>, T from 2.</param>
    /// <param name="size">T, H, W.</param>
    /// <returns>Grey levels; 0 where the seam is no larger than a step.</returns>
    public static double LoopGap(ReadOnlySpan<byte> video, VideoSize size)
    {
        double step = 255 * (1 - VBench.TemporalFlicker(video, size));
        return Math.Max(0, FrameFeatures.MeanAbsDifference(Frame(video, size, 0), Frame(video, size, size.Frames - 1)) - step);
    }

    /// <summary>The least-squares slope of values one apart.</summary>
    internal static double Slope(IReadOnlyList<double> values)
    {
        double middle = (values.Count - 1) / 2.0, mean = values.Average();
        return values.Select((v, t) => (t - middle) * (v - mean)).Sum() / values.Select((_, t) => (t - middle) * (t - middle)).Sum();
    }

    private static ReadOnlySpan<byte> Frame(ReadOnlySpan<byte> video, VideoSize size, int t) => video.Slice(3 * t * size.FramePlaces, 3 * size.FramePlaces);

    /// <summary>Per frame mean luma, R - Y and B - Y.</summary>
    private static (double Y, double R, double B)[] Means(ReadOnlySpan<byte> video, VideoSize size)
    {
        size.CheckPixels(video.Length, nameof(video));
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Frames, 2);
        var means = new (double, double, double)[size.Frames];
        for (int t = 0; t < means.Length; t++)
        {
            var frame = Frame(video, size, t);
            long r = 0, g = 0, b = 0;
            for (int p = 0; p < frame.Length; p += 3)
                (r, g, b) = (r + frame[p], g + frame[p + 1], b + frame[p + 2]);
            double y = (0.299 * r + 0.587 * g + 0.114 * b) / size.FramePlaces;
            means[t] = (y, (double)r / size.FramePlaces - y, (double)b / size.FramePlaces - y);
        }
        return means;
    }
}
