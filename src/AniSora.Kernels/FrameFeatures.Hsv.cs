using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AniSora.Kernels;

public static partial class FrameFeatures
{
    /// <summary>Bins of hue, 5 of cv2's 180 steps each.</summary>
    public const int HueBins = 36;

    /// <summary>Bins of saturation.</summary>
    public const int SaturationBins = 32;

    /// <summary>Bins of value.</summary>
    public const int ValueBins = 32;

    /// <summary>Length of a histogram: hue, then saturation, then value.</summary>
    public const int HistogramBins = HueBins + SaturationBins + ValueBins;

    /// <summary>
    /// Hue, saturation and value in 8 bits, bit for bit as OpenCV's <c>COLOR_RGB2HSV</c>: hue in steps of 2° (0…179), the others 0…255.
    /// </summary>
    /// <param name="pixels"><c>[N, channels]</c>.</param>
    /// <param name="channels">3 or 4.</param>
    /// <param name="hsv">Receives three planes <c>[3, N]</c>.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static void ToHsv(ReadOnlySpan<byte> pixels, int channels, Span<byte> hsv)
    {
        int n = PixelLanes.Pixels(pixels, channels);
        if (hsv.Length != 3 * n)
            throw new ArgumentException($"{n} pixels have {3 * n} values of hue, saturation and value, not {hsv.Length}");
        Span<byte> hue = hsv[..n], saturation = hsv.Slice(n, n), value = hsv[(2 * n)..];
        ref byte first = ref MemoryMarshal.GetReference(pixels);
        int i = 0;
        for (int whole = PixelLanes.Whole(n, channels) & ~15; i < whole; i += 2 * PixelLanes.Count)
        {
            PixelLanes.Load(ref first, i, channels, out var r, out var g, out var b);
            Convert(r, g, b, out var h0, out var s0, out var v0);
            PixelLanes.Load(ref first, i + PixelLanes.Count, channels, out r, out g, out b);
            Convert(r, g, b, out var h1, out var s1, out var v1);
            PixelLanes.Store(h0, h1, hue, i);
            PixelLanes.Store(s0, s1, saturation, i);
            PixelLanes.Store(v0, v1, value, i);
        }

        for (; i < n; i++)
        {
            int p = i * channels;
            Convert(Vector256.Create((int)pixels[p]), Vector256.Create((int)pixels[p + 1]), Vector256.Create((int)pixels[p + 2]), out var h, out var s, out var v);
            (hue[i], saturation[i], value[i]) = ((byte)h[0], (byte)s[0], (byte)v[0]);
        }
    }

    /// <summary>
    /// The mean absolute differences of hue, saturation and value (8 bits, as <see cref="ToHsv"/>; hue as a number, not as an angle). The mean
    /// of the three is PySceneDetect's content value. Keep frames' <see cref="ToHsv"/> and use <see cref="MeanAbsDifference"/> on the planes to
    /// convert each frame only once.
    /// </summary>
    /// <param name="a"><c>[N, channels]</c>.</param>
    /// <param name="b">As many.</param>
    /// <param name="channels">3 or 4.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static (double Hue, double Saturation, double Value) MeanHsvDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, int channels)
    {
        int n = PixelLanes.Pixels(a, channels);
        if (a.Length != b.Length)
            throw new ArgumentException($"frames of {a.Length} and {b.Length} bytes can't be compared");
        byte[] rented = ArrayPool<byte>.Shared.Rent(6 * n);
        try
        {
            Span<byte> first = rented.AsSpan(0, 3 * n), second = rented.AsSpan(3 * n, 3 * n);
            ToHsv(a, channels, first);
            ToHsv(b, channels, second);
            return (MeanAbsDifference(first[..n], second[..n]), MeanAbsDifference(first.Slice(n, n), second.Slice(n, n)),
                MeanAbsDifference(first[(2 * n)..], second[(2 * n)..]));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// Three histograms in one: hue weighted by saturation × value, saturation weighted by value, and value. So a grey or black pixel, whose
    /// hue is noise, says nothing about hue. The value part sums to 1, the others to the mean weight (0…1).
    /// </summary>
    /// <param name="pixels"><c>[N, channels]</c>, one pixel or more.</param>
    /// <param name="channels">3 or 4.</param>
    /// <param name="histogram">Receives <see cref="HistogramBins"/> shares.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static void HsvHistogram(ReadOnlySpan<byte> pixels, int channels, Span<float> histogram)
    {
        int n = PixelLanes.Pixels(pixels, channels);
        byte[] hsv = ArrayPool<byte>.Shared.Rent(3 * n);
        try
        {
            ToHsv(pixels, channels, hsv.AsSpan(0, 3 * n));
            HistogramOfHsv(hsv.AsSpan(0, 3 * n), histogram);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(hsv);
        }
    }

    /// <summary><see cref="HsvHistogram"/> of a frame that is converted already.</summary>
    /// <param name="hsv"><c>[3, N]</c> from <see cref="ToHsv"/>.</param>
    /// <param name="histogram">Receives <see cref="HistogramBins"/> shares.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static void HistogramOfHsv(ReadOnlySpan<byte> hsv, Span<float> histogram)
    {
        int n = hsv.Length / 3;
        if (n == 0 || hsv.Length != 3 * n || histogram.Length != HistogramBins)
            throw new ArgumentException($"a histogram has {HistogramBins} bins over three planes of one pixel or more, got {histogram.Length} bins and {hsv.Length} values");
        // By level, two copies: neighbouring pixels are often alike, and an addition would wait for the one before it.
        const int copies = 2;
        Span<long> hues = stackalloc long[copies * 256], saturations = stackalloc long[copies * 256], values = stackalloc long[copies * 256];
        hues.Clear();
        saturations.Clear();
        values.Clear();
        ReadOnlySpan<byte> hue = hsv[..n], saturation = hsv.Slice(n, n), value = hsv.Slice(2 * n, n);
        for (int i = 0; i < n; i++)
        {
            int copy = (i & 1) << 8, s = saturation[i], v = value[i];
            hues[copy | hue[i]] += s * v;
            saturations[copy | s] += v;
            values[copy | v]++;
        }

        histogram.Clear();
        for (int level = 0; level < 256; level++)
        {
            if (level < 5 * HueBins)
                histogram[level / 5] += (float)((hues[level] + hues[256 + level]) / (255.0 * 255.0 * n));
            histogram[HueBins + level / (256 / SaturationBins)] += (float)((saturations[level] + saturations[256 + level]) / (255.0 * n));
            histogram[HueBins + SaturationBins + level / (256 / ValueBins)] += (float)((values[level] + values[256 + level]) / (double)n);
        }
    }

    // OpenCV divides by tables of round(2¹² · 255 / v) and round(2¹² · 180 / (6 · diff)), rounded to integers. A float division, rounded, gives the
    // same numbers for all 255 divisors (no quotient lies near a half); a divisor of 0 meets a factor of 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Convert(Vector256<int> r, Vector256<int> g, Vector256<int> b, out Vector256<int> hue, out Vector256<int> saturation, out Vector256<int> value)
    {
        var half = Vector256.Create(1 << 11);
        value = Vector256.Max(r, Vector256.Max(g, b));
        var diff = value - Vector256.Min(r, Vector256.Min(g, b));
        saturation = (diff * Quotient(255 << 12, value) + half) >> 12;
        var sector = Vector256.ConditionalSelect(Vector256.Equals(value, r), g - b,
            Vector256.ConditionalSelect(Vector256.Equals(value, g), b - r + diff * 2, r - g + diff * 4));
        hue = (sector * Quotient(30 << 12, diff) + half) >> 12;
        hue += Vector256.LessThan(hue, Vector256<int>.Zero) & Vector256.Create(180);

        static Vector256<int> Quotient(int numerator, Vector256<int> divisor) => Vector256.ConvertToInt32(
            Vector256.Create((float)numerator) / Vector256.ConvertToSingle(Vector256.Max(divisor, Vector256<int>.One)) + Vector256.Create(0.5f));
    }
}
