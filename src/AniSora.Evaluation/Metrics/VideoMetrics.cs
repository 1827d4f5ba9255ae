namespace AniSora.Evaluation;

/// <summary>
/// How far a generated video is from the real one. Pixels that were given to the model are left out of every score:
/// copying them is no achievement, and counting them would make every method look alike.
/// </summary>
/// <remarks>Pure functions of their arguments; safe to call from several threads.</remarks>
public static partial class VideoMetrics
{
    /// <summary>The score of a perfect copy, in dB, in place of infinity, so that means stay finite. One grey level off in every pixel is 48.1 dB.</summary>
    public const double PsnrCeiling = 100;

    /// <summary>Peak signal-to-noise ratio: <c>10·log10(255² / MSE)</c>, the mean over all frames, scored pixels and the three colours at once.</summary>
    /// <param name="video">uint8 RGB <c>[T, H, W, 3]</c>.</param>
    /// <param name="reference">The real video, of the same size.</param>
    /// <param name="size">T, H, W.</param>
    /// <param name="given">uint8 <c>[T, H, W]</c>, 0 = scored, otherwise given and left out; empty = everything is scored.</param>
    /// <returns>dB, at most <see cref="PsnrCeiling"/>; NaN when nothing is left to score.</returns>
    /// <exception cref="ArgumentException">A length does not agree with <paramref name="size"/>.</exception>
    public static double Psnr(ReadOnlySpan<byte> video, ReadOnlySpan<byte> reference, VideoSize size, ReadOnlySpan<byte> given = default)
    {
        size.CheckPixels(video.Length, nameof(video));
        size.CheckPixels(reference.Length, nameof(reference));
        size.CheckMask(given.Length, nameof(given));
        long squares = 0, count = 0;
        for (int i = 0; i < size.Places; i++)
        {
            if (!given.IsEmpty && given[i] != 0)
                continue;
            for (int c = 3 * i; c < 3 * i + 3; c++)
            {
                int difference = video[c] - reference[c];
                squares += difference * difference;
            }
            count += 3;
        }
        if (count == 0)
            return double.NaN;
        return squares == 0 ? PsnrCeiling : Math.Min(PsnrCeiling, 10 * Math.Log10(255.0 * 255.0 * count / squares));
    }
}
