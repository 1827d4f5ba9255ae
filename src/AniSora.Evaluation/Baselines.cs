using AniSora.Kernels;

namespace AniSora.Evaluation;

/// <summary>
/// What needs no model: the rules every result is held against. All work on what the space-time mask gives, so key frames and motion
/// regions are the same case.
/// </summary>
public static class Baselines
{
    /// <summary>The value of a pixel that is given at no time: mid-grey, 0 in the model's range [-1, 1].</summary>
    public const byte Unknown = TemporalFill.Unknown;

    /// <summary>"Hold the first frame": every pixel that isn't given keeps the value at its first given time.</summary>
    /// <param name="guide">uint8 RGB <c>[T, H, W, 3]</c>; only given pixels are read.</param>
    /// <param name="mask">uint8 <c>[T, H, W]</c>, 0 = to generate, otherwise given.</param>
    /// <param name="size">T, H, W.</param>
    /// <returns>A new video <c>[T, H, W, 3]</c>, equal to the guide where that is given.</returns>
    /// <exception cref="ArgumentException">A length does not agree with <paramref name="size"/>.</exception>
    public static byte[] HoldFirst(ReadOnlySpan<byte> guide, ReadOnlySpan<byte> mask, VideoSize size)
    {
        Check(guide, mask, size);
        var output = new byte[guide.Length];
        for (int place = 0; place < size.FramePlaces; place++)
        {
            int first = NextGiven(mask, size, place, 0);
            for (int t = 0; t < size.Frames; t++)
            {
                int from = mask[t * size.FramePlaces + place] != 0 ? t : first;
                Copy(guide, output, size, place, t, from);
            }
        }
        return output;
    }

    /// <summary>
    /// "Cross-fade": every pixel that isn't given runs linearly from its last given value to its next one; before the
    /// first and after the last given time it keeps that value (so with one key frame this equals <see cref="HoldFirst"/>).
    /// </summary>
    /// <param name="guide">uint8 RGB <c>[T, H, W, 3]</c>; only given pixels are read.</param>
    /// <param name="mask">uint8 <c>[T, H, W]</c>, 0 = to generate, otherwise given.</param>
    /// <param name="size">T, H, W.</param>
    /// <returns>A new video <c>[T, H, W, 3]</c>, rounded to the nearest grey level, equal to the guide where that is given.</returns>
    /// <exception cref="ArgumentException">A length does not agree with <paramref name="size"/>.</exception>
    public static byte[] CrossFade(ReadOnlySpan<byte> guide, ReadOnlySpan<byte> mask, VideoSize size)
    {
        Check(guide, mask, size);
        return TemporalFill.CrossFade(guide, mask, size.Frames);
    }

    /// <summary>
    /// "Optical flow": between two whole given frames, pixels are fetched from both along the motion between them, then cross-faded
    /// (<see cref="MotionFill"/>); elsewhere it equals <see cref="CrossFade"/>. The shipped model starts from this.
    /// </summary>
    /// <param name="guide">uint8 RGB <c>[T, H, W, 3]</c>; only given pixels are read.</param>
    /// <param name="mask">uint8 <c>[T, H, W]</c>, 0 = to generate, otherwise given.</param>
    /// <param name="size">T, H, W.</param>
    /// <returns>A new video <c>[T, H, W, 3]</c>, equal to the guide where that is given.</returns>
    /// <exception cref="ArgumentException">A length does not agree with <paramref name="size"/>.</exception>
    public static byte[] Flow(ReadOnlySpan<byte> guide, ReadOnlySpan<byte> mask, VideoSize size)
    {
        Check(guide, mask, size);
        return MotionFill.Between(guide, mask, size.Frames, size.Height, size.Width);
    }

    private static void Check(ReadOnlySpan<byte> guide, ReadOnlySpan<byte> mask, VideoSize size)
    {
        size.CheckPixels(guide.Length, nameof(guide));
        if (mask.Length != size.Places)
            throw new ArgumentException($"the mask has {mask.Length} values; a mask of {size} has {size.Places}", nameof(mask));
    }

    /// <summary>The first time from <paramref name="t"/> on at which the pixel is given, or -1.</summary>
    private static int NextGiven(ReadOnlySpan<byte> mask, VideoSize size, int place, int t)
    {
        for (; t < size.Frames; t++)
        {
            if (mask[t * size.FramePlaces + place] != 0)
                return t;
        }
        return -1;
    }

    private static void Copy(ReadOnlySpan<byte> guide, byte[] output, VideoSize size, int place, int t, int from)
    {
        var target = output.AsSpan(3 * (t * size.FramePlaces + place), 3);
        if (from < 0)
            target.Fill(Unknown);
        else
            guide.Slice(3 * (from * size.FramePlaces + place), 3).CopyTo(target);
    }
}
