using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AniSora.Kernels;

/// <summary>
/// What shot detection compares: colours, their histograms and edges of frames, on bytes. Frames are interleaved RGB or RGBA
/// <c>[H, W, 3 or 4]</c>; a fourth channel is ignored. Every function uses one thread: callers have many frames.
/// </summary>
public static partial class FrameFeatures
{
    /// <summary>Sobel magnitude (|gx| + |gy|, 0…2040) from which a pixel can be an edge: an 8-bit step of 32 levels or more.</summary>
    public const int EdgeThreshold = 128;

    /// <summary>How far an edge may move between frames and still be the same edge, in pixels at about 320×240.</summary>
    public const int EdgeRadius = 4;

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
        if (a.Length != b.Length || a.Length == 0)
            throw new ArgumentException($"frames of {a.Length} and {b.Length} bytes can't be compared");
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

    /// <summary>
    /// Thin edges: pixels whose Sobel magnitude reaches the threshold and is the largest across the edge (between the two neighbours in the
    /// direction, horizontal or vertical, in which brightness changes most).
    /// </summary>
    /// <param name="pixels"><c>[H, W, channels]</c>.</param>
    /// <param name="channels">3 or 4.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="edges">Receives <c>[H, W]</c>: 255 on edges, otherwise 0. The outermost two pixels are never edges.</param>
    /// <param name="threshold">On |gx| + |gy|.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static void EdgeMap(ReadOnlySpan<byte> pixels, int channels, int width, int height, Span<byte> edges, int threshold = EdgeThreshold)
    {
        int n = PixelLanes.Pixels(pixels, channels);
        if (n != (long)width * height || edges.Length != n)
            throw new ArgumentException($"{width}×{height} pixels, got {n} and an edge map of {edges.Length}");
        edges.Clear();
        if (width < 5 || height < 5)
            return;
        byte[] luma = ArrayPool<byte>.Shared.Rent(n);
        short[] magnitude = ArrayPool<short>.Shared.Rent(n), direction = ArrayPool<short>.Shared.Rent(n);
        try
        {
            Luma(pixels, channels, luma.AsSpan(0, n));
            for (int y = 1; y < height - 1; y++)
                SobelRow(luma, width, y, magnitude, direction);
            for (int y = 2; y < height - 2; y++)
                ThinRow(magnitude, direction, width, y, (short)Math.Clamp(threshold, 1, short.MaxValue), edges);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(luma);
            ArrayPool<short>.Shared.Return(magnitude);
            ArrayPool<short>.Shared.Return(direction);
        }
    }

    /// <summary>
    /// The edge change ratio of two frames (Zabih, Miller and Mai 1995): the larger of the share of edges that appear (none of the first
    /// frame's edges is near) and the share that disappear. 0 = every edge stays, 1 = all are new. 0 where neither frame has edges.
    /// </summary>
    /// <param name="first"><see cref="EdgeMap"/> of the first frame.</param>
    /// <param name="second">Of the second.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="radius">Edges this far away (in x and in y) are near, 0 or more.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static double EdgeChangeRatio(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, int width, int height, int radius = EdgeRadius)
    {
        int n = width * height;
        if (first.Length != n || second.Length != n)
            throw new ArgumentException($"{width}×{height} pixels, got edge maps of {first.Length} and {second.Length}");
        ArgumentOutOfRangeException.ThrowIfNegative(radius);
        byte[] near = ArrayPool<byte>.Shared.Rent(n), scratch = ArrayPool<byte>.Shared.Rent(n);
        try
        {
            Widen(first, near, scratch, width, height, radius);
            var (appeared, newEdges) = Outside(second, near);
            Widen(second, near, scratch, width, height, radius);
            var (gone, oldEdges) = Outside(first, near);
            return Math.Max(newEdges > 0 ? (double)appeared / newEdges : 0, oldEdges > 0 ? (double)gone / oldEdges : 0);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(near);
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private static void SobelRow(byte[] luma, int width, int y, short[] magnitude, short[] direction)
    {
        int row = y * width, x = 1;
        // Eight-bit brightness as 16-bit lanes; the last group is read again from further left instead of a scalar rest.
        int lanes = Vector128<short>.Count;
        if (width - 2 < lanes)
        {
            for (; x < width - 1; x++)
            {
                int i = row + x;
                int gx = luma[i - width + 1] - luma[i - width - 1] + 2 * (luma[i + 1] - luma[i - 1]) + luma[i + width + 1] - luma[i + width - 1];
                int gy = luma[i + width - 1] - luma[i - width - 1] + 2 * (luma[i + width] - luma[i - width]) + luma[i + width + 1] - luma[i - width + 1];
                (magnitude[i], direction[i]) = ((short)(Math.Abs(gx) + Math.Abs(gy)), (short)(Math.Abs(gx) - Math.Abs(gy)));
            }

            return;
        }

        ref byte at = ref MemoryMarshal.GetArrayDataReference(luma);
        for (; x < width - 1; x += lanes)
        {
            x = Math.Min(x, width - 1 - lanes);
            nuint i = (nuint)(row + x), w = (nuint)width;
            Vector128<short> a = Wide(ref at, i - w - 1), b = Wide(ref at, i - w), c = Wide(ref at, i - w + 1), d = Wide(ref at, i - 1), e = Wide(ref at, i + 1);
            Vector128<short> f = Wide(ref at, i + w - 1), g = Wide(ref at, i + w), h = Wide(ref at, i + w + 1);
            var across = Vector128.Abs(c - a + (e - d) * 2 + h - f);
            var down = Vector128.Abs(f - a + (g - b) * 2 + h - c);
            (across + down).StoreUnsafe(ref magnitude[0], i);
            (across - down).StoreUnsafe(ref direction[0], i);
        }

        static Vector128<short> Wide(ref byte at, nuint i) =>
            Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(
                ref Unsafe.Add(ref at, i))).AsByte()).AsInt16();
    }

    // Larger than the neighbour before and no smaller than the one behind: a plateau of two equal pixels keeps one of them.
    private static void ThinRow(short[] magnitude, short[] direction, int width, int y, short threshold, Span<byte> edges)
    {
        int row = y * width, x = 2, lanes = Vector128<short>.Count;
        ref short m = ref magnitude[0];
        for (; x <= width - 2 - lanes; x += lanes)
        {
            nuint i = (nuint)(row + x), w = (nuint)width;
            var here = Vector128.LoadUnsafe(ref m, i);
            var flat = Vector128.GreaterThanOrEqual(Vector128.LoadUnsafe(ref direction[0], i), Vector128<short>.Zero);
            var before = Vector128.ConditionalSelect(flat, Vector128.LoadUnsafe(ref m, i - 1), Vector128.LoadUnsafe(ref m, i - w));
            var behind = Vector128.ConditionalSelect(flat, Vector128.LoadUnsafe(ref m, i + 1), Vector128.LoadUnsafe(ref m, i + w));
            var edge = Vector128.GreaterThanOrEqual(here, Vector128.Create(threshold)) & Vector128.GreaterThan(here, before) & Vector128.GreaterThanOrEqual(here, behind);
            var bytes = Vector128.Narrow(edge.AsUInt16() & Vector128.Create((ushort)255), Vector128<ushort>.Zero);
            bytes.GetLower().StoreUnsafe(ref edges[0], i);
        }

        for (; x < width - 2; x++)
        {
            int i = row + x, step = direction[i] >= 0 ? 1 : width;
            if (magnitude[i] >= threshold && magnitude[i] > magnitude[i - step] && magnitude[i] >= magnitude[i + step])
                edges[i] = 255;
        }
    }

    /// <summary>The maximum over a square, as along rows then down columns.</summary>
    private static void Widen(ReadOnlySpan<byte> edges, Span<byte> result, Span<byte> scratch, int width, int height, int radius)
    {
        scratch[..edges.Length].Clear();
        for (int y = 0; y < height; y++)
        {
            var row = edges.Slice(y * width, width);
            var wide = scratch.Slice(y * width, width);
            for (int shift = -Math.Min(radius, width - 1); shift <= Math.Min(radius, width - 1); shift++)
                Or(row[Math.Max(0, shift)..Math.Min(width, width + shift)], wide[Math.Max(0, -shift)..]);
        }

        result[..edges.Length].Clear();
        for (int y = 0; y < height; y++)
        {
            for (int other = Math.Max(0, y - radius); other <= Math.Min(height - 1, y + radius); other++)
                Or(scratch.Slice(other * width, width), result.Slice(y * width, width));
        }
    }

    private static void Or(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int i = 0;
        for (; i <= source.Length - Vector<byte>.Count; i += Vector<byte>.Count)
            (new Vector<byte>(source[i..]) | new Vector<byte>(target[i..])).CopyTo(target[i..]);
        for (; i < source.Length; i++)
            target[i] |= source[i];
    }

    /// <summary>How many edges there are, and how many of them lie outside a region.</summary>
    private static (int Outside, int All) Outside(ReadOnlySpan<byte> edges, ReadOnlySpan<byte> region)
    {
        int all = edges.Length - edges.Count((byte)0), outside = 0, i = 0;
        for (; i <= edges.Length - Vector<byte>.Count; i += Vector<byte>.Count)
            outside += Vector.Sum(Vector.AndNot(new Vector<byte>(edges[i..]), new Vector<byte>(region[i..])) & Vector<byte>.One);
        for (; i < edges.Length; i++)
            outside += edges[i] != 0 && region[i] == 0 ? 1 : 0;
        return (outside, all);
    }
}
