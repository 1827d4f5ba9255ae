using System.Buffers;
using System.Numerics;

namespace AniSora.Kernels;

/// <summary>Makes the edges of masks soft.</summary>
public static class MaskFeather
{
    /// <summary>The widest blur, in pixels of standard deviation.</summary>
    public const double WidestSigma = 64;

    /// <summary>Weights are whole numbers that sum to this: small enough that both passes are exact in 24 bits, so in float on any device.</summary>
    internal const int WeightSum = 1 << 12;

    private const int LeastBand = 64;

    /// <summary>A Gaussian blur, cut off at three standard deviations; outside its edge a picture continues with the edge's value.</summary>
    /// <param name="mask"><c>[T, H, W]</c>, any byte values; T follows from the length.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="sigma">Standard deviation in pixels, 0 (no change) … <see cref="WidestSigma"/>.</param>
    /// <param name="threads">Threads at most; 0 = one on every core.</param>
    /// <returns>A new mask <c>[T, H, W]</c>, within one level of the blur in real numbers.</returns>
    /// <exception cref="ArgumentException">The mask is not made of whole frames, or sigma is out of range.</exception>
    public static unsafe byte[] Gaussian(ReadOnlySpan<byte> mask, int width, int height, double sigma, int threads = 0)
    {
        int frames = MaskFrames.Count(mask.Length, width, height);
        float[] weights = [.. Weights(sigma).Select(w => (float)w)];
        int radius = weights.Length - 1, band = Math.Max(LeastBand, 4 * radius), bands = (height + band - 1) / band;
        var result = GC.AllocateUninitializedArray<byte>(mask.Length);
        fixed (byte* maskAt = mask, resultAt = result)
        {
            byte* source = maskAt, target = resultAt;
            Cores.For(checked(frames * bands), 2L * mask.Length, threads, i =>
            {
                nint offset = (nint)(i / bands) * width * height;
                int from = i % bands * band;
                Band(source + offset, target + offset, width, height, from, Math.Min(height, from + band), weights);
            });
        }

        return result;
    }

    /// <summary>The blur's weights from the centre outwards; the centre's and twice the others' sum to <see cref="WeightSum"/>.</summary>
    /// <remarks>
    /// The sums of the tails are rounded, not each weight by itself: then no error adds up, and the blur of a straight edge, which is what a
    /// mask has, is right everywhere.
    /// </remarks>
    internal static int[] Weights(double sigma)
    {
        if (!(sigma >= 0 && sigma <= WidestSigma))
            throw new ArgumentOutOfRangeException(nameof(sigma), sigma, $"a blur's standard deviation is 0 … {WidestSigma} pixels");
        int radius = (int)Math.Ceiling(3 * sigma);
        double[] bell = [.. Enumerable.Range(0, radius + 1).Select(k => sigma > 0 ? Math.Exp(-k * k / (2 * sigma * sigma)) : 1)];
        double all = 2 * bell.Sum() - bell[0], tail = 0;
        var weights = new int[radius + 1];
        int used = 0;
        for (int k = radius; k > 0; k--)
        {
            tail += bell[k] / all;
            int sum = (int)Math.Round(tail * WeightSum);
            (weights[k], used) = (sum - used, sum);
        }

        weights[0] = WeightSum - 2 * used;
        return weights;
    }

    // Rows of the band and a margin are blurred along x into floats that hold whole numbers of 1/16 level, then along y.
    private static unsafe void Band(byte* mask, byte* result, int width, int height, int from, int to, float[] weights)
    {
        int radius = weights.Length - 1, rows = to - from + 2 * radius, lanes = Vector<float>.Count;
        int stride = (width + lanes - 1) / lanes * lanes;
        float[] padded = ArrayPool<float>.Shared.Rent(stride + 2 * radius), blurred = ArrayPool<float>.Shared.Rent(rows * stride), sums = ArrayPool<float>.Shared.Rent(stride);
        for (int row = 0; row < rows; row++)
        {
            var line = new ReadOnlySpan<byte>(mask + (nint)Math.Clamp(from - radius + row, 0, height - 1) * width, width);
            padded.AsSpan(0, radius).Fill(line[0]);
            padded.AsSpan(radius + width).Fill(line[^1]);
            Convert(line, padded.AsSpan(radius));
            Convolve(padded, 0, 1, weights, 1f / 256, blurred.AsSpan(row * stride, stride));
        }

        for (int y = from; y < to; y++)
        {
            Convolve(blurred, (y - from) * stride, stride, weights, 1f / 65536, sums.AsSpan(0, stride));
            var line = new Span<byte>(result + (nint)y * width, width);
            for (int x = 0; x < width; x++)
                line[x] = (byte)sums[x];
        }

        foreach (float[] rented in (ReadOnlySpan<float[]>)[padded, blurred, sums])
            ArrayPool<float>.Shared.Return(rented);
    }

    private static void Convert(ReadOnlySpan<byte> line, Span<float> values)
    {
        for (int x = 0; x < line.Length; x++)
            values[x] = line[x];
    }

    /// <summary>result[x] = floor(scale · Σₖ wₖ·values[at + x + (k + radius)·step] + ½) for k = −radius … radius.</summary>
    private static void Convolve(float[] values, int at, int step, float[] weights, float scale, Span<float> result)
    {
        int radius = weights.Length - 1, centre = at + radius * step;
        var half = new Vector<float>(0.5f);
        for (int x = 0; x < result.Length; x += Vector<float>.Count)
        {
            var sum = new Vector<float>(values, centre + x) * weights[0];
            for (int k = 1; k <= radius; k++)
                sum += (new Vector<float>(values, centre + x - k * step) + new Vector<float>(values, centre + x + k * step)) * weights[k];
            Vector.Floor(sum * scale + half).CopyTo(result[x..]);
        }
    }
}
