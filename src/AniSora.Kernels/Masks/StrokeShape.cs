namespace AniSora.Kernels;

/// <summary>A brush stroke: all that is within a radius of a line through points, so with round caps and joints. One point is a disc.</summary>
/// <param name="Points">The line, in order, one point or more.</param>
/// <param name="Radius">Half the stroke's width in pixels, &gt; 0.</param>
public sealed record StrokeShape(IReadOnlyList<MaskPoint> Points, double Radius) : MaskShape
{
    /// <inheritdoc/>
    public override void Paint(Span<byte> mask, int width, int height)
    {
        for (int i = 0; i < Points.Count; i++)
            PaintCapsule(mask, width, height, Points[Math.Max(0, i - 1)], Points[i]);
    }

    /// <inheritdoc/>
    public override MaskShape Towards(MaskShape other, double share)
    {
        var end = Same<StrokeShape>(other);
        return new StrokeShape(PolygonShape.Between(Points, end.Points, share), Mix(Radius, end.Radius, share));
    }

    // A capsule is convex, so a row cuts one interval out of it: the hull of what the row cuts out of both discs and of the rectangle between.
    private void PaintCapsule(Span<byte> mask, int width, int height, MaskPoint a, MaskPoint b)
    {
        double dx = b.X - a.X, dy = b.Y - a.Y, length = Math.Sqrt(dx * dx + dy * dy);
        int bottom = FirstBeyond(Math.Max(a.Y, b.Y) + Radius, height);
        for (int y = FirstFrom(Math.Min(a.Y, b.Y) - Radius, height); y < bottom; y++)
        {
            double from = double.PositiveInfinity, to = double.NegativeInfinity;
            AddDisc(a, y + 0.5, ref from, ref to);
            AddDisc(b, y + 0.5, ref from, ref to);
            if (length > 0)
            {
                // In the rectangle: 0 ≤ x·ux + y·uy ≤ length along the line and −radius ≤ y·ux − x·uy ≤ radius across it.
                double ux = dx / length, uy = dy / length, v = y + 0.5 - a.Y;
                double low = double.NegativeInfinity, high = double.PositiveInfinity;
                Limit(ux, -v * uy, length - v * uy, ref low, ref high);
                Limit(-uy, -Radius - v * ux, Radius - v * ux, ref low, ref high);
                if (low <= high)
                    (from, to) = (Math.Min(from, a.X + low), Math.Max(to, a.X + high));
            }

            if (from <= to)
                PaintRow(mask, width, y, FirstFrom(from, width), FirstBeyond(to, width));
        }
    }

    private void AddDisc(MaskPoint centre, double y, ref double from, ref double to)
    {
        double squared = Radius * Radius - (y - centre.Y) * (y - centre.Y);
        if (squared < 0)
            return;
        double half = Math.Sqrt(squared);
        (from, to) = (Math.Min(from, centre.X - half), Math.Max(to, centre.X + half));
    }

    /// <summary>Narrows [low, high] to the x with <paramref name="least"/> ≤ factor·x ≤ <paramref name="most"/>.</summary>
    private static void Limit(double factor, double least, double most, ref double low, ref double high)
    {
        if (factor == 0)
        {
            if (least > 0 || most < 0)
                low = double.PositiveInfinity;
            return;
        }

        double p = least / factor, q = most / factor;
        low = Math.Max(low, Math.Min(p, q));
        high = Math.Min(high, Math.Max(p, q));
    }
}
