namespace AniSora.Kernels;

/// <summary>An axis-parallel rectangle; its left and upper edges belong to it, the others do not.</summary>
/// <param name="Left">Left edge in pixels.</param>
/// <param name="Top">Upper edge in pixels.</param>
/// <param name="Width">Width in pixels; nothing is drawn if it is 0 or less.</param>
/// <param name="Height">Height in pixels.</param>
public sealed record BoxShape(double Left, double Top, double Width, double Height) : MaskShape
{
    /// <inheritdoc/>
    public override void Paint(Span<byte> mask, int width, int height)
    {
        int from = FirstFrom(Left, width), to = FirstFrom(Left + Width, width);
        for (int y = FirstFrom(Top, height), bottom = FirstFrom(Top + Height, height); y < bottom; y++)
            PaintRow(mask, width, y, from, to);
    }
}
