namespace AniSora.Kernels;

/// <summary>Fills what a space-time mask leaves open from what it gives, pixel by pixel along time.</summary>
public static class TemporalFill
{
    /// <summary>The value of a pixel that is given at no time: mid-grey, 0 in the models' range [-1, 1].</summary>
    public const byte Unknown = 128;

    /// <summary>
    /// Every pixel that isn't given runs linearly from its last given value to its next one; before the first and after the last given
    /// time it keeps that value.
    /// </summary>
    /// <param name="guide">RGB <c>[T, H·W, 3]</c>; only given pixels are read.</param>
    /// <param name="mask"><c>[T, H·W]</c>, 0 = open, otherwise given.</param>
    /// <param name="frames">T.</param>
    /// <returns>A new video <c>[T, H·W, 3]</c>, rounded to the nearest grey level, equal to the guide where that is given.</returns>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static byte[] CrossFade(ReadOnlySpan<byte> guide, ReadOnlySpan<byte> mask, int frames)
    {
        if (frames <= 0 || mask.Length % frames != 0 || guide.Length != 3 * mask.Length)
            throw new ArgumentException($"{guide.Length} pixel values and {mask.Length} mask values are no video of {frames} frames");
        int pixels = mask.Length / frames;
        var output = new byte[guide.Length];
        for (int pixel = 0; pixel < pixels; pixel++)
        {
            int before = -1, after = NextGiven(mask, frames, pixels, pixel, 0);
            for (int t = 0; t < frames; t++)
            {
                if (t == after)
                {
                    before = t;
                    after = NextGiven(mask, frames, pixels, pixel, t + 1);
                }
                int from = before >= 0 ? before : after, to = after >= 0 ? after : before;
                Mix(guide, output, pixels, pixel, t, from, to);
            }
        }
        return output;
    }

    /// <summary>The first time from <paramref name="t"/> on at which the pixel is given, or -1.</summary>
    private static int NextGiven(ReadOnlySpan<byte> mask, int frames, int pixels, int pixel, int t)
    {
        for (; t < frames; t++)
        {
            if (mask[t * pixels + pixel] != 0)
                return t;
        }
        return -1;
    }

    private static void Mix(ReadOnlySpan<byte> guide, byte[] output, int pixels, int pixel, int t, int from, int to)
    {
        var target = output.AsSpan(3 * (t * pixels + pixel), 3);
        if (from < 0)
        {
            target.Fill(Unknown);
            return;
        }
        var a = guide.Slice(3 * (from * pixels + pixel), 3);
        var b = guide.Slice(3 * (to * pixels + pixel), 3);
        double share = to > from ? (double)(t - from) / (to - from) : 0;
        for (int c = 0; c < 3; c++)
            target[c] = (byte)Math.Round(a[c] + (b[c] - a[c]) * share, MidpointRounding.AwayFromZero);
    }
}
