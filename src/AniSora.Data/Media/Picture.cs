using AniSora.Data.Pipeline;
using AniSora.Kernels;

namespace AniSora.Data;

/// <summary>A decoded picture.</summary>
/// <param name="Width">W in pixels.</param>
/// <param name="Height">H in pixels.</param>
/// <param name="Rgba"><c>[H, W, 4]</c>, straight (not premultiplied) alpha.</param>
public sealed record Picture(int Width, int Height, byte[] Rgba)
{
    /// <summary>Whether its format leaves traces beside what was drawn.</summary>
    public bool IsLossy { get; init; }

    /// <summary>
    /// Scales to a size; what is missing becomes transparent. Shrinking averages the covered area, enlarging is bilinear, both with
    /// premultiplied colours so that transparent pixels do not bleed into edges.
    /// </summary>
    /// <param name="width">New W.</param>
    /// <param name="height">New H.</param>
    /// <param name="fit">What becomes of another aspect.</param>
    public Picture Fitted(int width, int height, Fit fit = Fit.Contain)
    {
        if (width == Width && height == Height)
            return this;
        var result = new byte[4 * width * height];
        new FrameScaler(Width, Height, null, width, height, fit).Scale(Rgba, result);
        return new Picture(width, height, result);
    }

    /// <summary>
    /// The picture as a mask: what is painted is inside, in any colour but black, opaque. The values 0 and 1, which nobody can tell apart by
    /// eye, count too.
    /// </summary>
    /// <param name="width">W of the mask; another size is scaled as a key frame is.</param>
    /// <param name="height">H of the mask.</param>
    /// <param name="fit">What becomes of another aspect; nothing is painted in borders.</param>
    /// <returns><c>[H, W]</c>: 255 inside, 0 outside.</returns>
    public byte[] Mask(int width, int height, Fit fit = Fit.Cover)
    {
        const byte opaque = 128, brightestTrace = 31;
        byte black = IsLossy ? brightestTrace : (byte)0;
        var painted = new byte[Rgba.Length];
        for (int p = 0; p < painted.Length; p += 4)
        {
            if (Rgba[p + 3] >= opaque && Math.Max(Rgba[p], Math.Max(Rgba[p + 1], Rgba[p + 2])) > black)
                painted.AsSpan(p, 4).Fill(255);
        }
        byte[] scaled = new Picture(Width, Height, painted).Fitted(width, height, fit).Rgba;
        return [.. Enumerable.Range(0, width * height).Select(i => scaled[4 * i + 3] >= opaque ? MaskShape.Inside : (byte)0)];
    }

    /// <summary>What filling a size cuts off, in words, such as "67 % of its width"; null if nothing that can be seen.</summary>
    /// <param name="width">W to fill.</param>
    /// <param name="height">H to fill.</param>
    public string? Overhang(int width, int height)
    {
        double aspect = (double)Width * height / ((double)Height * width), share = 1 - Math.Min(aspect, 1 / aspect);
        return share < 0.01 ? null : $"{Math.Round(100 * share)} % of its {(aspect > 1 ? "width" : "height")}";
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
