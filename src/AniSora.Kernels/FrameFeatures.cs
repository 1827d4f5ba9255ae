using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AniSora.Kernels;

/// <summary>
/// What shot detection compares: brightness and differences of frames, on bytes. Frames are interleaved RGB or RGBA
/// <c>[H, W, 3 or 4]</c>; a fourth channel is ignored. Every function uses one thread: callers have many frames.
/// </summary>
public static class FrameFeatures
{
    /// <summary>Brightness of every pixel by Rec. 601, rounded: (77 R + 150 G + 29 B + 128) / 256.</summary>
    /// <param name="pixels"><c>[N, channels]</c>.</param>
    /// <param name="channels">3 or 4.</param>
    /// <param name="luma">Receives <c>[N]</c>, 0…255.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static void Luma(ReadOnlySpan<byte> pixels, int channels, Span<byte> luma)
    {
        int n = PixelLanes.Pixels(pixels, channels);
        if (luma.Length != n)
            throw new ArgumentException($"{n} pixels have {n} values of brightness, not {luma.Length}");
        ref byte first = ref MemoryMarshal.GetReference(pixels);
        int i = 0;
        for (int whole = PixelLanes.Whole(n, channels) & ~15; i < whole; i += 2 * PixelLanes.Count)
            PixelLanes.Store(Lanes(ref first, i, channels), Lanes(ref first, i + PixelLanes.Count, channels), luma, i);
        for (; i < n; i++)
            luma[i] = (byte)((77 * pixels[i * channels] + 150 * pixels[i * channels + 1] + 29 * pixels[i * channels + 2] + 128) >> 8);

        static Vector256<int> Lanes(ref byte first, int pixel, int channels)
        {
            PixelLanes.Load(ref first, pixel, channels, out var r, out var g, out var b);
            return (r * 77 + g * 150 + b * 29 + Vector256.Create(128)) >>> 8;
        }
    }

    /// <summary>The mean of |a - b| over all bytes, 0…255. For RGBA frames alpha counts; compare planes where it should not.</summary>
    /// <param name="a">Any bytes.</param>
    /// <param name="b">As many.</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0.</exception>
    public static double MeanAbsDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        CheckPair(a.Length, b.Length);
        long sum = 0;
        int i = 0;
        while (i <= a.Length - Vector<byte>.Count)
        {
            // Sums of 16 bits hold 128 rounds of two bytes each.
            var words = Vector<ushort>.Zero;
            for (int round = 0; round < 128 && i <= a.Length - Vector<byte>.Count; round++, i += Vector<byte>.Count)
            {
                Vector<byte> x = new(a[i..]), y = new(b[i..]);
                Vector.Widen(Vector.Max(x, y) - Vector.Min(x, y), out var low, out var high);
                words += low + high;
            }

            Vector.Widen(words, out var left, out var right);
            sum += Vector.Sum(left + right);
        }

        for (; i < a.Length; i++)
            sum += Math.Abs(a[i] - b[i]);
        return (double)sum / a.Length;
    }

    /// <summary>Refuses frames that can't be compared.</summary>
    internal static void CheckPair(int a, int b)
    {
        if (a != b || a == 0)
            throw new ArgumentException($"frames of {a} and {b} bytes can't be compared");
    }
}
