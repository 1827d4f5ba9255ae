namespace AniSora.Kernels;

/// <summary>
/// A shape that can be drawn as a byte mask <c>[H, W]</c>: <see cref="Inside"/> (255) where the shape is, 0 elsewhere. Coordinates are in
/// pixels from the picture's upper left corner. A pixel belongs to a shape when its centre (x + ½, y + ½) does, so neighbouring boxes
/// neither overlap nor leave a seam. What lies outside the picture is cut off. Immutable.
/// </summary>
public abstract record MaskShape
{
    /// <summary>The value of a pixel inside a shape: the same scale as alpha, so a mask can be blended with as it is.</summary>
    public const byte Inside = 255;

    /// <summary>The shape as a mask of its own.</summary>
    /// <param name="width">Picture width W in pixels, 1 or more.</param>
    /// <param name="height">Picture height H in pixels, 1 or more.</param>
    /// <returns><c>[H, W]</c>, 0 or <see cref="Inside"/>.</returns>
    public byte[] Rasterise(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var mask = new byte[checked(width * height)];
        Paint(mask, width, height);
        return mask;
    }

    /// <summary>Sets the shape's pixels to <see cref="Inside"/> and leaves all others as they are: a union with what is there.</summary>
    /// <param name="mask"><c>[H, W]</c>.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    public abstract void Paint(Span<byte> mask, int width, int height);

    /// <summary>The first row or column whose centre is at <paramref name="edge"/> or beyond, within 0 … <paramref name="size"/>.</summary>
    private protected static int FirstFrom(double edge, int size) => (int)Math.Clamp(Math.Ceiling(edge - 0.5), 0, size);

    /// <summary>The first row or column whose centre is beyond <paramref name="edge"/>, within 0 … <paramref name="size"/>.</summary>
    private protected static int FirstBeyond(double edge, int size) => (int)Math.Clamp(Math.Floor(edge - 0.5) + 1, 0, size);

    /// <summary>Sets columns <paramref name="from"/> … <paramref name="to"/>−1 of a row.</summary>
    private protected static void PaintRow(Span<byte> mask, int width, int y, int from, int to)
    {
        if (to > from)
            mask.Slice(y * width + from, to - from).Fill(Inside);
    }
}
