namespace AniSora.Data.Text;

/// <summary>A rectangle that may be turned, in pixels.</summary>
/// <param name="CentreX">Centre from the left.</param>
/// <param name="CentreY">Centre from the top.</param>
/// <param name="Width">Extent along the axis that is nearer to the horizontal.</param>
/// <param name="Height">Extent across it.</param>
/// <param name="Angle">Direction of that axis in radians, clockwise on the screen, -π/4 … π/4.</param>
public readonly record struct RotatedBox(double CentreX, double CentreY, double Width, double Height, double Angle)
{
    /// <summary>The smallest rectangle around some points: one of its sides lies on a side of their convex hull (Freeman and Shapira 1975).</summary>
    /// <param name="points">Points, one or more.</param>
    public static RotatedBox Around(IEnumerable<(int X, int Y)> points)
    {
        var hull = ConvexHull(points);
        RotatedBox best = default;
        double smallest = double.PositiveInfinity;
        for (int i = 0; i < hull.Count; i++)
        {
            var (from, to) = (hull[i], hull[(i + 1) % hull.Count]);
            var box = Along(hull, Math.Atan2(to.Y - from.Y, to.X - from.X));
            if (box.Width * box.Height < smallest - 1e-9)
                (best, smallest) = (box, box.Width * box.Height);
        }
        return best;
    }

    /// <summary>The box with every side moved outwards.</summary>
    /// <param name="distance">By so many pixels.</param>
    public RotatedBox Grown(double distance) => this with { Width = Width + 2 * distance, Height = Height + 2 * distance };

    /// <summary>The same box in a picture of another size.</summary>
    /// <param name="factor">New pixels per old pixel.</param>
    public RotatedBox Scaled(double factor) => new(CentreX * factor, CentreY * factor, Width * factor, Height * factor, Angle);

    /// <summary>Calls an action for every pixel of a picture whose centre is inside.</summary>
    /// <param name="width">The picture's W.</param>
    /// <param name="height">The picture's H.</param>
    /// <param name="action">Receives the pixel's index <c>y · W + x</c>.</param>
    public void ForEachPixel(int width, int height, Action<int> action)
    {
        var (sin, cos) = Math.SinCos(Angle);
        double reachX = Math.Abs(cos) * Width / 2 + Math.Abs(sin) * Height / 2, reachY = Math.Abs(sin) * Width / 2 + Math.Abs(cos) * Height / 2;
        int left = Math.Max(0, (int)(CentreX - reachX)), right = Math.Min(width - 1, (int)(CentreX + reachX));
        int top = Math.Max(0, (int)(CentreY - reachY)), bottom = Math.Min(height - 1, (int)(CentreY + reachY));
        for (int y = top; y <= bottom; y++)
        {
            for (int x = left; x <= right; x++)
            {
                double dx = x + 0.5 - CentreX, dy = y + 0.5 - CentreY;
                if (Math.Abs(cos * dx + sin * dy) <= Width / 2 && Math.Abs(cos * dy - sin * dx) <= Height / 2)
                    action(y * width + x);
            }
        }
    }

    private static RotatedBox Along(List<(int X, int Y)> hull, double angle)
    {
        // Quarter turns give the same rectangle.
        angle -= Math.Round(angle / (Math.PI / 2)) * (Math.PI / 2);
        var (sin, cos) = Math.SinCos(angle);
        double left = double.PositiveInfinity, right = double.NegativeInfinity, top = double.PositiveInfinity, bottom = double.NegativeInfinity;
        foreach (var (x, y) in hull)
        {
            double u = cos * x + sin * y, v = cos * y - sin * x;
            (left, right, top, bottom) = (Math.Min(left, u), Math.Max(right, u), Math.Min(top, v), Math.Max(bottom, v));
        }
        double centreU = (left + right) / 2, centreV = (top + bottom) / 2;
        return new RotatedBox(cos * centreU - sin * centreV, sin * centreU + cos * centreV, right - left, bottom - top, angle);
    }

    // Andrew's monotone chain (1979).
    private static List<(int X, int Y)> ConvexHull(IEnumerable<(int X, int Y)> points)
    {
        var sorted = points.Distinct().Order().ToList();
        if (sorted.Count < 3)
            return sorted;
        List<(int X, int Y)> Half(IEnumerable<(int X, int Y)> along)
        {
            var chain = new List<(int X, int Y)>();
            foreach (var p in along)
            {
                while (chain.Count >= 2 && Turn(chain[^2], chain[^1], p) <= 0)
                    chain.RemoveAt(chain.Count - 1);
                chain.Add(p);
            }
            chain.RemoveAt(chain.Count - 1);
            return chain;
        }
        return [.. Half(sorted), .. Half(sorted.AsEnumerable().Reverse())];
    }

    private static long Turn((int X, int Y) a, (int X, int Y) b, (int X, int Y) c) =>
        (long)(b.X - a.X) * (c.Y - a.Y) - (long)(b.Y - a.Y) * (c.X - a.X);
}
