namespace AniSora.Kernels.Foreground;

/// <summary>Whether a pixel's colour is rather the figures' or the ground's around them: histograms of 16 levels a colour, smoothed.</summary>
internal static class ColourOdds
{
    private const int Bits = 4, Levels = 1 << Bits, Bins = 1 << (3 * Bits), Shift = 8 - Bits;

    /// <summary>Ground this far from a figure, in pixels, counts.</summary>
    private const int Around = 32;

    /// <summary>Fewer pixels than this are no histogram.</summary>
    private const int LeastPixels = 20;

    /// <summary>A share of colours that may be chance.</summary>
    private const double Chance = 2e-4;

    private const float Most = 2;

    /// <summary>Learns from labels and judges all pixels.</summary>
    /// <param name="picture"><c>[H, W, channels]</c>.</param>
    /// <param name="channels">3 or 4.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="labels"><c>[H, W]</c>: 1 = figure, -1 = ground, 0 = unknown.</param>
    /// <param name="odds">Receives <c>[H, W]</c>: the logarithm of the odds, -2 … 2; zeros where too little is labelled.</param>
    public static void Of(ReadOnlySpan<byte> picture, int channels, int width, int height, ReadOnlySpan<sbyte> labels, Span<float> odds)
    {
        double[] figure = new double[Bins], ground = new double[Bins];
        int figures = 0, grounds = 0;
        var near = new byte[labels.Length];
        for (int i = 0; i < near.Length; i++)
            near[i] = (byte)(labels[i] > 0 ? 1 : 0);
        near = MaskMorphology.Dilate(near, width, height, Around, threads: 1);
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] > 0)
                (figure[Bin(picture, channels * i)], figures) = (figure[Bin(picture, channels * i)] + 1, figures + 1);
            else if (labels[i] < 0 && near[i] != 0)
                (ground[Bin(picture, channels * i)], grounds) = (ground[Bin(picture, channels * i)] + 1, grounds + 1);
        }

        odds.Clear();
        if (figures < LeastPixels || grounds < LeastPixels)
            return;
        Smooth(figure);
        Smooth(ground);
        var table = new float[Bins];
        for (int bin = 0; bin < Bins; bin++)
            table[bin] = Math.Clamp((float)Math.Log((figure[bin] / figures + Chance) / (ground[bin] / grounds + Chance)), -Most, Most);
        for (int i = 0; i < odds.Length; i++)
            odds[i] = table[Bin(picture, channels * i)];
    }

    private static int Bin(ReadOnlySpan<byte> picture, int at) => ((picture[at] >> Shift) << (2 * Bits)) | ((picture[at + 1] >> Shift) << Bits) | (picture[at + 2] >> Shift);

    /// <summary>¼, ½, ¼ along each colour.</summary>
    private static void Smooth(double[] bins)
    {
        var before = new double[Bins];
        foreach (int step in (ReadOnlySpan<int>)[1, Levels, Levels * Levels])
        {
            bins.CopyTo(before, 0);
            for (int i = 0; i < Bins; i++)
            {
                int level = i / step % Levels;
                bins[i] = 0.5 * before[i] + 0.25 * (before[level > 0 ? i - step : i] + before[level + 1 < Levels ? i + step : i]);
            }
        }
    }
}
