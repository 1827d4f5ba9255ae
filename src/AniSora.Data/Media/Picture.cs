using AniSora.Data.Pipeline;
using AniSora.Kernels;

namespace AniSora.Data;

/// <summary>A decoded picture.</summary>
/// <param name="Width">W in pixels.</param>
/// <param name="Height">H in pixels.</param>
/// <param name="Rgba"><c>[H, W, 4]</c>, straight (not premultiplied) alpha.</param>
public sealed record Picture(int Width, int Height, byte[] Rgba)
{
    /// <summary>
    /// Scales to a size and keeps the aspect ratio; what is missing becomes transparent. Shrinking averages the covered area, enlarging is
    /// bilinear, both with premultiplied colours so that transparent pixels do not bleed into edges.
    /// </summary>
    /// <param name="width">New W.</param>
    /// <param name="height">New H.</param>
    /// <param name="cover">True: fill the whole size and cut off what overhangs. False: show everything, centred.</param>
    public Picture Fitted(int width, int height, bool cover = false)
    {
        if (width == Width && height == Height)
            return this;
        var result = new byte[4 * width * height];
        new FrameScaler(Width, Height, null, width, height, cover).Scale(Rgba, result);
        return new Picture(width, height, result);
    }

    /// <summary>Copies part of another picture to a place in this one, replacing what is there.</summary>
    /// <param name="other">The other picture.</param>
    /// <param name="box">The part of it; inside it.</param>
    /// <param name="left">Where its left edge goes; all of it must fit.</param>
    /// <param name="top">Where its upper edge goes.</param>
    internal void Put(Picture other, CropBox box, int left, int top)
    {
        for (int y = 0; y < box.Height; y++)
            other.Rgba.AsSpan(4 * ((box.Y + y) * other.Width + box.X), 4 * box.Width).CopyTo(Rgba.AsSpan(4 * ((top + y) * Width + left)));
    }

    /// <summary>The picture over an opaque colour.</summary>
    /// <param name="background">0xRRGGBB.</param>
    /// <returns><c>[H, W, 3]</c>.</returns>
    public byte[] Over(int background = 0xFFFFFF)
    {
        byte[] rgb = new byte[3 * Width * Height], alpha = new byte[Width * Height];
        MaskBlend.Over(Rgba, Backgrounds.Render(new BackgroundSpec(BackgroundKind.Plain, background, background, 0, 0), Width, Height), rgb, alpha);
        return rgb;
    }
}
