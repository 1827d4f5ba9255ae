namespace AniSora.Evaluation;

/// <summary>
/// How far a generated video is from the real one. Pixels that were given to the model are left out of every score:
/// copying them is no achievement, and counting them would make every method look alike.
/// </summary>
/// <remarks>Pure functions of their arguments; safe to call from several threads.</remarks>
public static class VideoMetrics
{
    /// <summary>The score of a perfect copy, in dB, in place of infinity, so that means stay finite. One grey level off in every pixel is 48.1 dB.</summary>
    public const double PsnrCeiling = 100;

    private const int Window = 11;
    private const double Sigma = 1.5;
    private const double C1 = 0.01 * 255 * (0.01 * 255);
    private const double C2 = 0.03 * 255 * (0.03 * 255);
    private static readonly double[] Gaussian = MakeGaussian();

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

    /// <summary>
    /// Structural similarity of Wang, Bovik, Sheikh and Simoncelli (2004), eq. 13, as in their reference program: on luma
    /// (BT.601, range 0…255), Gaussian window 11×11 with σ = 1.5, K = (0.01, 0.03), population moments, only where the
    /// window lies inside the frame, no downsampling. The mean over the windows of all frames whose centre is scored.
    /// </summary>
    /// <param name="video">uint8 RGB <c>[T, H, W, 3]</c>, H and W from 11.</param>
    /// <param name="reference">The real video, of the same size.</param>
    /// <param name="size">T, H, W.</param>
    /// <param name="given">uint8 <c>[T, H, W]</c>, 0 = scored, otherwise given and left out; empty = everything is scored.</param>
    /// <returns>-1 … 1, where 1 is equal; NaN when nothing is left to score.</returns>
    /// <exception cref="ArgumentException">A length does not agree with <paramref name="size"/>, or a frame is smaller than the window.</exception>
    public static double Ssim(ReadOnlySpan<byte> video, ReadOnlySpan<byte> reference, VideoSize size, ReadOnlySpan<byte> given = default)
    {
        size.CheckPixels(video.Length, nameof(video));
        size.CheckPixels(reference.Length, nameof(reference));
        size.CheckMask(given.Length, nameof(given));
        if (size.Height < Window || size.Width < Window)
            throw new ArgumentException($"SSIM needs frames of at least {Window}×{Window} pixels; these are {size.Height}×{size.Width}", nameof(size));

        var scratch = new SsimScratch(size.Height, size.Width);
        double sum = 0;
        long count = 0;
        for (int t = 0; t < size.Frames; t++)
        {
            var mask = given.IsEmpty ? default : given.Slice(t * size.FramePlaces, size.FramePlaces);
            if (!mask.IsEmpty && !mask.Contains((byte)0))
                continue;
            int at = t * size.FramePlaces * 3;
            Luma(video.Slice(at, size.FramePlaces * 3), scratch.X);
            Luma(reference.Slice(at, size.FramePlaces * 3), scratch.Y);
            AddFrame(scratch, mask, ref sum, ref count);
        }
        return count == 0 ? double.NaN : sum / count;
    }

    private static void AddFrame(SsimScratch s, ReadOnlySpan<byte> given, ref double sum, ref long count)
    {
        for (int i = 0; i < s.X.Length; i++)
        {
            s.XX[i] = s.X[i] * s.X[i];
            s.YY[i] = s.Y[i] * s.Y[i];
            s.XY[i] = s.X[i] * s.Y[i];
        }
        s.Blur(s.X, s.MeanX);
        s.Blur(s.Y, s.MeanY);
        s.Blur(s.XX, s.MeanXX);
        s.Blur(s.YY, s.MeanYY);
        s.Blur(s.XY, s.MeanXY);
        int outWidth = s.Width - Window + 1, margin = Window / 2;
        for (int i = 0; i < s.MeanX.Length; i++)
        {
            int centre = (i / outWidth + margin) * s.Width + i % outWidth + margin;
            if (!given.IsEmpty && given[centre] != 0)
                continue;
            double x = s.MeanX[i], y = s.MeanY[i];
            double varianceX = s.MeanXX[i] - x * x, varianceY = s.MeanYY[i] - y * y, covariance = s.MeanXY[i] - x * y;
            sum += (2 * x * y + C1) * (2 * covariance + C2) / ((x * x + y * y + C1) * (varianceX + varianceY + C2));
            count++;
        }
    }

    private static void Luma(ReadOnlySpan<byte> rgb, double[] luma)
    {
        for (int i = 0; i < luma.Length; i++)
            luma[i] = 0.299 * rgb[3 * i] + 0.587 * rgb[3 * i + 1] + 0.114 * rgb[3 * i + 2];
    }

    private static double[] MakeGaussian()
    {
        var weights = new double[Window];
        for (int i = 0; i < Window; i++)
            weights[i] = Math.Exp(-(i - Window / 2) * (i - Window / 2) / (2 * Sigma * Sigma));
        double sum = weights.Sum();
        return [.. weights.Select(w => w / sum)];
    }

    /// <summary>Planes of one frame, reused over the frames of a video.</summary>
    private sealed class SsimScratch(int height, int width)
    {
        public readonly int Width = width;
        public readonly double[] X = new double[height * width], Y = new double[height * width];
        public readonly double[] XX = new double[height * width], YY = new double[height * width], XY = new double[height * width];
        public readonly double[] MeanX = Valid(height, width), MeanY = Valid(height, width);
        public readonly double[] MeanXX = Valid(height, width), MeanYY = Valid(height, width), MeanXY = Valid(height, width);
        private readonly double[] _rows = new double[height * (width - Window + 1)];

        /// <summary>Weighted means <c>[H-10, W-10]</c>: the Gaussian is separable, so rows first, then columns.</summary>
        public void Blur(double[] plane, double[] output)
        {
            int outWidth = Width - Window + 1;
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < outWidth; x++)
                {
                    double sum = 0;
                    for (int k = 0; k < Window; k++)
                        sum += Gaussian[k] * plane[y * Width + x + k];
                    _rows[y * outWidth + x] = sum;
                }
            }
            for (int i = 0; i < output.Length; i++)
            {
                double sum = 0;
                for (int k = 0; k < Window; k++)
                    sum += Gaussian[k] * _rows[i + k * outWidth];
                output[i] = sum;
            }
        }

        private static double[] Valid(int height, int width) => new double[(height - Window + 1) * (width - Window + 1)];
    }
}
