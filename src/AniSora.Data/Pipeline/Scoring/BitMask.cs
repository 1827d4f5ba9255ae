using AniSora.Kernels;

namespace AniSora.Data.Pipeline.Scoring;

/// <summary>Masks of one bit a pixel: most significant bit first, rows padded with zeros to whole bytes.</summary>
internal static class BitMask
{
    /// <summary>Bytes of a row.</summary>
    public static int Stride(int width) => (width + 7) / 8;

    /// <summary>Packs one mask.</summary>
    /// <param name="mask"><c>[H, W]</c>; bytes of 128 and more are inside.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="bits">Receives <c>[H, ⌈W / 8⌉]</c>.</param>
    public static void Pack(ReadOnlySpan<byte> mask, int width, int height, Span<byte> bits)
    {
        int stride = Stride(width);
        bits.Clear();
        for (int y = 0, i = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, i++)
                bits[y * stride + x / 8] |= (byte)((mask[i] >> 7) << (7 - x % 8));
        }
    }

    /// <summary>Unpacks one mask.</summary>
    /// <param name="bits"><c>[H, ⌈W / 8⌉]</c>.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="mask">Receives <c>[H, W]</c>, 0 or <see cref="MaskShape.Inside"/>.</param>
    public static void Unpack(ReadOnlySpan<byte> bits, int width, int height, Span<byte> mask)
    {
        int stride = Stride(width);
        for (int y = 0, i = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, i++)
                mask[i] = (bits[y * stride + x / 8] >> (7 - x % 8) & 1) != 0 ? MaskShape.Inside : (byte)0;
        }
    }

    /// <summary>The mean share of the frames that is inside, and the share of the picture that is inside in at least one of them.</summary>
    /// <param name="bits"><c>[T, H, ⌈W / 8⌉]</c>.</param>
    /// <param name="frames">T.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    public static (double Cover, double Union) Covers(ReadOnlySpan<byte> bits, int frames, int width, int height)
    {
        var union = new byte[height * Stride(width)];
        long inside = 0, once = 0;
        for (int i = 0; i < bits.Length; i++)
        {
            inside += byte.PopCount(bits[i]);
            union[i % union.Length] |= bits[i];
        }
        foreach (byte b in union)
            once += byte.PopCount(b);
        return ((double)inside / ((long)frames * width * height), (double)once / (width * height));
    }
}
