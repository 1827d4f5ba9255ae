namespace AniSora.Kernels;

/// <summary>An ellipse, turned by an angle; its outline belongs to it.</summary>
/// <param name="CentreX">Centre in pixels from the left.</param>
/// <param name="CentreY">Centre in pixels from the top.</param>
/// <param name="RadiusX">Half axis along the turned x direction, in pixels, &gt; 0.</param>
/// <param name="RadiusY">Half axis along the turned y direction, in pixels, &gt; 0.</param>
/// <param name="Angle">Turn in radians, clockwise on the screen (y points down).</param>
public sealed record EllipseShape(double CentreX, double CentreY, double RadiusX, double RadiusY, double Angle = 0) : MaskShape
{
    /// <inheritdoc/>
    public override void Paint(Span<byte> mask, int width, int height)
    {
        // With d = x − centre, u²/rx² + v²/ry² ≤ 1 is a·d² + 2·b·d + c ≤ 0 along a row.
        var (sin, cos) = Math.SinCos(Angle);
        double p = 1 / (RadiusX * RadiusX), q = 1 / (RadiusY * RadiusY), a = cos * cos * p + sin * sin * q;
        double reach = Math.Max(RadiusX, RadiusY);
        for (int y = FirstFrom(CentreY - reach, height), bottom = FirstBeyond(CentreY + reach, height); y < bottom; y++)
        {
            double dy = y + 0.5 - CentreY, b = dy * sin * cos * (p - q), c = dy * dy * (sin * sin * p + cos * cos * q) - 1;
            double discriminant = b * b - a * c;
            if (!(discriminant >= 0))
                continue;
            double half = Math.Sqrt(discriminant) / a, middle = CentreX - b / a;
            PaintRow(mask, width, y, FirstFrom(middle - half, width), FirstBeyond(middle + half, width));
        }
    }
}
