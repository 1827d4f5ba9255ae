using System.Numerics;

namespace AniSora.Kernels;

/// <summary>
/// Grows and shrinks masks by a square: the maximum or minimum over all pixels at most a radius away in x and in y. Works on any byte values.
/// Outside the picture there is nothing that counts, so <c>Erode(m) = 255 − Dilate(255 − m)</c>.
/// </summary>
public static class MaskMorphology
{
    private const int LeastTile = 256;

    /// <summary>Grows masks by <paramref name="radius"/> pixels in all eight directions.</summary>
    /// <param name="mask"><c>[T, H, W]</c>; T follows from the length.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="radius">Growth in pixels, 0 or more.</param>
    /// <param name="threads">Threads at most; 0 = one on every core.</param>
    /// <returns>A new mask <c>[T, H, W]</c>.</returns>
    /// <exception cref="ArgumentException">The mask is not made of whole frames.</exception>
    public static byte[] Dilate(ReadOnlySpan<byte> mask, int width, int height, int radius, int threads = 0) =>
        Square<Highest>(mask, width, height, radius, threads);

    /// <summary>Shrinks masks by <paramref name="radius"/> pixels from all eight directions, but not from the picture's edge.</summary>
    /// <inheritdoc cref="Dilate" path="/param"/>
    /// <inheritdoc cref="Dilate" path="/returns"/>
    /// <inheritdoc cref="Dilate" path="/exception"/>
    public static byte[] Erode(ReadOnlySpan<byte> mask, int width, int height, int radius, int threads = 0) =>
        Square<Lowest>(mask, width, height, radius, threads);

    /// <summary>What is larger than a picture does not grow further: keeps a huge radius cheap.</summary>
    internal static int Useful(int radius, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(radius);
        return Math.Min(radius, Math.Max(width, height) - 1);
    }

    private static unsafe byte[] Square<TPick>(ReadOnlySpan<byte> mask, int width, int height, int radius, int threads)
        where TPick : IPick
    {
        int frames = MaskFrames.Count(mask.Length, width, height);
        if (Useful(radius, width, height) is var r && r == 0)
            return mask.ToArray();
        var result = GC.AllocateUninitializedArray<byte>(mask.Length);
        int tile = Math.Max(LeastTile, 4 * r), across = (width + tile - 1) / tile, down = (height + tile - 1) / tile;
        fixed (byte* maskAt = mask, resultAt = result)
        {
            byte* source = maskAt, target = resultAt;
            Cores.For(checked(frames * down * across), 2L * mask.Length, threads, i =>
            {
                int frame = i / (down * across), y = i / across % down * tile, x = i % across * tile;
                nint offset = (nint)frame * width * height;
                Tile<TPick>(source + offset, target + offset, width, height, x, y, Math.Min(tile, width - x), Math.Min(tile, height - y), r);
            });
        }

        return result;
    }

    // The tile and a margin of the radius are copied to a buffer that stays in the core's cache; both directions then run over it as one long
    // line: a step of 1 along rows, a step of a row along columns. What rows spill into each other falls into the margin.
    private static unsafe void Tile<TPick>(byte* mask, byte* result, int width, int height, int x, int y, int w, int h, int radius)
        where TPick : IPick
    {
        int stride = w + 2 * radius, rows = h + 2 * radius, length = stride * rows;
        byte[] rented = System.Buffers.ArrayPool<byte>.Shared.Rent(length);
        var buffer = rented.AsSpan(0, length);
        buffer.Fill(TPick.Neutral);
        int left = Math.Max(0, x - radius), right = Math.Min(width, x + w + radius);
        for (int from = Math.Max(0, y - radius); from < Math.Min(height, y + h + radius); from++)
            new ReadOnlySpan<byte>(mask + (nint)from * width + left, right - left).CopyTo(buffer[((from - y + radius) * stride + left - x + radius)..]);
        Window<TPick>(buffer, 1, 2 * radius + 1);
        Window<TPick>(buffer, stride, 2 * radius + 1);
        for (int row = 0; row < h; row++)
            buffer.Slice(row * stride, w).CopyTo(new Span<byte>(result + (nint)(y + row) * width + x, w));
        System.Buffers.ArrayPool<byte>.Shared.Return(rented);
    }

    // In place: line[i] becomes the pick of line[i], line[i + step], … line[i + (size − 1)·step]. Windows double (1, 2, 4, …) and the last
    // two overlap, so it takes log₂(size) passes of one vector operation each; values behind the end are left out.
    private static void Window<TPick>(Span<byte> line, int step, int size)
        where TPick : IPick
    {
        int reach = 1;
        for (; 2 * reach <= size; reach *= 2)
            PickInto<TPick>(line, line[Math.Min(line.Length, reach * step)..]);
        if (reach < size)
            PickInto<TPick>(line, line[Math.Min(line.Length, (size - reach) * step)..]);
    }

    // Ascending, and what is read lies ahead of what is written: nothing is read that has changed.
    private static void PickInto<TPick>(Span<byte> line, ReadOnlySpan<byte> ahead)
        where TPick : IPick
    {
        int i = 0;
        for (; i <= ahead.Length - Vector<byte>.Count; i += Vector<byte>.Count)
            TPick.Pick(new Vector<byte>(line[i..]), new Vector<byte>(ahead[i..])).CopyTo(line[i..]);
        for (; i < ahead.Length; i++)
            line[i] = TPick.Pick(line[i], ahead[i]);
    }

    private interface IPick
    {
        /// <summary>The value that never wins.</summary>
        static abstract byte Neutral { get; }

        static abstract Vector<byte> Pick(Vector<byte> a, Vector<byte> b);

        static abstract byte Pick(byte a, byte b);
    }

    private readonly struct Highest : IPick
    {
        public static byte Neutral => 0;

        public static Vector<byte> Pick(Vector<byte> a, Vector<byte> b) => Vector.Max(a, b);

        public static byte Pick(byte a, byte b) => Math.Max(a, b);
    }

    private readonly struct Lowest : IPick
    {
        public static byte Neutral => 255;

        public static Vector<byte> Pick(Vector<byte> a, Vector<byte> b) => Vector.Min(a, b);

        public static byte Pick(byte a, byte b) => Math.Min(a, b);
    }
}
