using System.Numerics;

namespace AniSora.Kernels;

/// <summary>How a mask is shown over a picture.</summary>
/// <param name="Red">0…255.</param>
/// <param name="Green">0…255.</param>
/// <param name="Blue">0…255.</param>
/// <param name="Opacity">How much of the colour covers what is inside, 0…1.</param>
/// <param name="Outline">Width of an opaque line along the inside of the outline, in pixels; 0 = none. None is drawn along the picture's edge.</param>
public readonly record struct OverlayStyle(byte Red, byte Green, byte Blue, double Opacity = 0.4, int Outline = 1)
{
    /// <summary>The colour's values for a picture of 3 or 4 channels; the fourth is opaque.</summary>
    internal byte[] Colour(int channels) => channels switch
    {
        3 => [Red, Green, Blue],
        4 => [Red, Green, Blue, 255],
        _ => throw new ArgumentOutOfRangeException(nameof(channels), channels, "pictures have 3 or 4 channels"),
    };

    /// <summary>The opacity in 255ths.</summary>
    internal byte Weight => Opacity is >= 0 and <= 1
        ? (byte)Math.Round(255 * Opacity)
        : throw new ArgumentOutOfRangeException(nameof(Opacity), Opacity, "an opacity is 0 … 1");
}

/// <summary>Shows masks over pictures, for people to look at.</summary>
public static class MaskOverlay
{
    private const int PixelsPerPiece = 1 << 15;

    /// <summary>Pictures with a colour over what is inside.</summary>
    /// <param name="pictures"><c>[T, H, W, C]</c>, C = 3 or 4.</param>
    /// <param name="mask"><c>[T, H, W]</c>; soft masks shine through by their value, the outline runs where they reach half.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="style">Colour, opacity and outline.</param>
    /// <param name="threads">Threads at most; 0 = one on every core.</param>
    /// <returns>New pictures <c>[T, H, W, C]</c>.</returns>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static unsafe byte[] Paint(ReadOnlySpan<byte> pictures, ReadOnlySpan<byte> mask, int width, int height, OverlayStyle style, int threads = 0)
    {
        int channels = Channels(pictures.Length, mask.Length);
        byte[] colour = style.Colour(channels);
        byte[] opacity = [.. Enumerable.Repeat(style.Weight, PixelsPerPiece)], none = new byte[PixelsPerPiece];
        byte[]? core = style.Outline > 0 ? MaskMorphology.Erode(mask, width, height, style.Outline, threads) : null;
        var result = GC.AllocateUninitializedArray<byte>(pictures.Length);
        int pixels = mask.Length;
        fixed (byte* picturesAt = pictures, maskAt = mask)
        {
            byte* from = picturesAt, masks = maskAt;
            Cores.For((pixels + PixelsPerPiece - 1) / PixelsPerPiece, 2L * pictures.Length, threads, piece =>
            {
                int start = piece * PixelsPerPiece, count = Math.Min(PixelsPerPiece, pixels - start);
                byte[] weights = System.Buffers.ArrayPool<byte>.Shared.Rent(count);
                var some = new ReadOnlySpan<byte>(masks + start, count);
                MaskBlend.Blend(some, opacity.AsSpan(0, count), none.AsSpan(0, count), weights.AsSpan(0, count), threads: 1);
                if (core is not null)
                    Outline(some, core.AsSpan(start), weights);
                MaskBlend.BlendColour(weights.AsSpan(0, count), colour, new ReadOnlySpan<byte>(from + (nint)start * channels, count * channels),
                    result.AsSpan(start * channels, count * channels));
                System.Buffers.ArrayPool<byte>.Shared.Return(weights);
            });
        }

        return result;
    }

    /// <summary>C of pictures that belong to a mask.</summary>
    /// <exception cref="ArgumentException">Neither 3 nor 4 fits.</exception>
    internal static int Channels(int pictures, int mask) =>
        pictures == 3L * mask ? 3
        : pictures == 4L * mask ? 4
        : throw new ArgumentException($"a mask of {mask} pixels belongs to 3 or 4 times as many bytes, got {pictures}");

    // 255 where the mask is inside, but not any more once it has lost the outline's width.
    private static void Outline(ReadOnlySpan<byte> mask, ReadOnlySpan<byte> core, Span<byte> weights)
    {
        int at = 0;
        var half = new Vector<byte>(MaskFeather.InsideFrom);
        for (; at <= mask.Length - Vector<byte>.Count; at += Vector<byte>.Count)
        {
            var outline = Vector.AndNot(
                Vector.GreaterThanOrEqual(new Vector<byte>(mask[at..]), half), Vector.GreaterThanOrEqual(new Vector<byte>(core[at..]), half));
            (new Vector<byte>(weights[at..]) | outline).CopyTo(weights[at..]);
        }

        for (; at < mask.Length; at++)
        {
            if (mask[at] >= MaskFeather.InsideFrom && core[at] < MaskFeather.InsideFrom)
                weights[at] = 255;
        }
    }
}
