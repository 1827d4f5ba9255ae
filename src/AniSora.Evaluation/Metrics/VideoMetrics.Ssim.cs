using System.Numerics;
using AniSora.Kernels;

namespace AniSora.Evaluation;

// Structural similarity: with a Gaussian window as its authors published it, at several scales, and in blocks as ffmpeg computes it.
public static partial class VideoMetrics
{
    private const int Window = 11;
    private const double Sigma = 1.5, C1 = 0.01 * 255 * (0.01 * 255), C2 = 0.03 * 255 * (0.03 * 255);
    private static readonly double[] _gaussian = Gaussian();

    /// <summary>Wang, Simoncelli and Bovik (2003), table 1: how much each scale counts, from the picture's own down to a sixteenth.</summary>
    private static readonly double[] _scaleWeights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

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
        CheckSsim(video, reference, size);
        size.CheckMask(given.Length, nameof(given));
        var moments = new Moments(size.Height, size.Width);
        double sum = 0;
        long count = 0;
        for (int t = 0; t < size.Frames; t++)
        {
            var mask = given.IsEmpty ? default : given.Slice(t * size.FramePlaces, size.FramePlaces);
            if (!mask.IsEmpty && !mask.Contains((byte)0))
                continue;
            moments.Load(Frame(video, size, t), Frame(reference, size, t));
            var (similarity, _, windows) = moments.Sum(mask);
            (sum, count) = (sum + similarity, count + windows);
        }
        return count == 0 ? double.NaN : sum / count;
    }

    /// <summary>
    /// Multi-scale structural similarity (Wang, Simoncelli and Bovik 2003), eq. 7 with α = β = γ: contrast and structure at every scale, luminance
    /// at the coarsest, halved by averaging 2×2 pixels. A frame too small for all five scales has as many as keep 11 pixels a side, and their
    /// weights are stretched to add up to 1. The mean over frames.
    /// </summary>
    /// <param name="video">uint8 RGB <c>[T, H, W, 3]</c>, H and W from 11.</param>
    /// <param name="reference">The real video, of the same size.</param>
    /// <param name="size">T, H, W.</param>
    /// <returns>0 … 1, where 1 is equal.</returns>
    /// <exception cref="ArgumentException">A length does not agree with <paramref name="size"/>, or a frame is smaller than the window.</exception>
    public static double MultiScaleSsim(ReadOnlySpan<byte> video, ReadOnlySpan<byte> reference, VideoSize size)
    {
        CheckSsim(video, reference, size);
        var scales = Enumerable.Range(0, _scaleWeights.Length).TakeWhile(s => Math.Min(size.Height, size.Width) >> s >= Window)
            .Select(s => new Moments(size.Height >> s, size.Width >> s)).ToArray();
        double weights = _scaleWeights.Take(scales.Length).Sum(), sum = 0;
        for (int t = 0; t < size.Frames; t++)
        {
            double product = 1;
            for (int s = 0; s < scales.Length; s++)
            {
                if (s == 0)
                    scales[0].Load(Frame(video, size, t), Frame(reference, size, t));
                else
                    scales[s].LoadHalf(scales[s - 1]);
                var (similarity, structure, windows) = scales[s].Sum([]);
                double term = (s == scales.Length - 1 ? similarity : structure) / windows;
                // What correlates negatively has no real root; it counts as unlike as can be.
                product *= Math.Pow(Math.Max(0, term), _scaleWeights[s] / weights);
            }
            sum += product;
        }
        return sum / size.Frames;
    }

    private static ReadOnlySpan<byte> Frame(ReadOnlySpan<byte> video, VideoSize size, int t) => video.Slice(t * size.FramePlaces * 3, size.FramePlaces * 3);

    private static void CheckSsim(ReadOnlySpan<byte> video, ReadOnlySpan<byte> reference, VideoSize size, int side = Window)
    {
        size.CheckPixels(video.Length, nameof(video));
        size.CheckPixels(reference.Length, nameof(reference));
        if (size.Height < side || size.Width < side)
            throw new ArgumentException($"SSIM needs frames of at least {side}×{side} pixels; these are {size.Height}×{size.Width}", nameof(size));
    }

    private static double[] Gaussian()
    {
        double[] weights = [.. Enumerable.Range(-(Window / 2), Window).Select(i => Math.Exp(-i * i / (2 * Sigma * Sigma)))];
        double sum = weights.Sum();
        return [.. weights.Select(w => w / sum)];
    }

    /// <summary>Two frames' luma and their local moments, reused over the frames of a video.</summary>
    private sealed class Moments(int height, int width)
    {
        private readonly int _outWidth = width - Window + 1;
        private readonly double[] _x = new double[height * width], _y = new double[height * width], _product = new double[height * width];
        private readonly double[] _line = new double[width];
        private readonly double[][] _means = [.. Enumerable.Range(0, 5).Select(_ => new double[(height - Window + 1) * (width - Window + 1)])];

        /// <summary>Takes two frames <c>[H, W, 3]</c>.</summary>
        public void Load(ReadOnlySpan<byte> video, ReadOnlySpan<byte> reference)
        {
            for (int i = 0, p = 0; i < _x.Length; i++, p += 3)
            {
                _x[i] = 0.299 * video[p] + 0.587 * video[p + 1] + 0.114 * video[p + 2];
                _y[i] = 0.299 * reference[p] + 0.587 * reference[p + 1] + 0.114 * reference[p + 2];
            }
        }

        /// <summary>Takes two frames at half the size of another pair.</summary>
        public void LoadHalf(Moments finer)
        {
            int stride = finer._line.Length;
            for (int y = 0, i = 0; y < height; y++)
            {
                for (int x = 0, f = 2 * y * stride; x < width; x++, i++, f += 2)
                {
                    _x[i] = (finer._x[f] + finer._x[f + 1] + finer._x[f + stride] + finer._x[f + stride + 1]) / 4;
                    _y[i] = (finer._y[f] + finer._y[f + 1] + finer._y[f + stride] + finer._y[f + stride + 1]) / 4;
                }
            }
        }

        /// <summary>Sums of SSIM and of its contrast-structure term over the windows whose centre is scored, and how many these are.</summary>
        public (double Similarity, double Structure, long Windows) Sum(ReadOnlySpan<byte> given)
        {
            Blur(_x, _means[0]);
            Blur(_y, _means[1]);
            Blur(Product(_x, _x), _means[2]);
            Blur(Product(_y, _y), _means[3]);
            Blur(Product(_x, _y), _means[4]);
            double similarity = 0, structure = 0;
            long windows = 0;
            const int margin = Window / 2;
            for (int y = 0, i = 0; y <= height - Window; y++)
            {
                for (int x = 0; x < _outWidth; x++, i++)
                {
                    if (!given.IsEmpty && given[(y + margin) * width + x + margin] != 0)
                        continue;
                    double a = _means[0][i], b = _means[1][i], variances = _means[2][i] - a * a + _means[3][i] - b * b;
                    double term = (2 * (_means[4][i] - a * b) + C2) / (variances + C2);
                    structure += term;
                    similarity += term * (2 * a * b + C1) / (a * a + b * b + C1);
                    windows++;
                }
            }
            return (similarity, structure, windows);
        }

        private double[] Product(double[] a, double[] b)
        {
            System.Numerics.Tensors.TensorPrimitives.Multiply(a, b, _product);
            return _product;
        }

        /// <summary>Weighted means <c>[H-10, W-10]</c>: the Gaussian is separable, so columns first, then rows.</summary>
        private void Blur(double[] plane, double[] output)
        {
            for (int y = 0; y <= height - Window; y++)
            {
                Weigh(plane, y * width, width, _line);
                Weigh(_line, 0, 1, output.AsSpan(y * _outWidth, _outWidth));
            }
        }

        private static void Weigh(double[] from, int start, int stride, Span<double> to)
        {
            int i = 0;
            for (; i <= to.Length - Vector<double>.Count; i += Vector<double>.Count)
            {
                var sum = Vector<double>.Zero;
                for (int k = 0; k < Window; k++)
                    sum += _gaussian[k] * new Vector<double>(from, start + k * stride + i);
                sum.CopyTo(to[i..]);
            }
            for (; i < to.Length; i++)
            {
                double sum = 0;
                for (int k = 0; k < Window; k++)
                    sum += _gaussian[k] * from[start + k * stride + i];
                to[i] = sum;
            }
        }
    }
}
