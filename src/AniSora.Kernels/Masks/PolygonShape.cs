namespace AniSora.Kernels;

/// <summary>A place in a picture, in pixels from its upper left corner.</summary>
/// <param name="X">To the right.</param>
/// <param name="Y">Downwards.</param>
public readonly record struct MaskPoint(double X, double Y);

/// <summary>What is inside where a polygon's outline crosses itself.</summary>
public enum FillRule
{
    /// <summary>Inside where a ray to infinity crosses the outline an odd number of times: a five-pointed star has a hole.</summary>
    EvenOdd,

    /// <summary>Inside where the outline goes round at all: the star is full.</summary>
    NonZero,
}

/// <summary>A closed polygon, convex or not, through any points; the last is joined to the first.</summary>
/// <param name="Points">Corners in order, either way round; fewer than three draw nothing.</param>
/// <param name="Rule">What is inside where the outline crosses itself.</param>
public sealed record PolygonShape(IReadOnlyList<MaskPoint> Points, FillRule Rule = FillRule.EvenOdd) : MaskShape
{
    /// <inheritdoc/>
    public override void Paint(Span<byte> mask, int width, int height)
    {
        if (Points.Count < 3)
            return;
        var edges = Edges();
        var active = new List<Edge>();
        var crossings = new List<(double X, int Winding)>();
        int next = 0;
        for (int y = FirstFrom(edges[0].Top.Y, height); y < height && (next < edges.Count || active.Count > 0); y++)
        {
            double centre = y + 0.5;
            for (; next < edges.Count && edges[next].Top.Y <= centre; next++)
                active.Add(edges[next]);
            active.RemoveAll(edge => edge.Bottom.Y <= centre);

            crossings.Clear();
            foreach (var edge in active)
                crossings.Add((edge.At(centre), edge.Winding));
            crossings.Sort(static (a, b) => a.X.CompareTo(b.X));
            for (int i = 0, winding = 0; i + 1 < crossings.Count; i++)
            {
                winding += crossings[i].Winding;
                if (Rule == FillRule.EvenOdd ? (i & 1) == 0 : winding != 0)
                    PaintRow(mask, width, y, FirstFrom(crossings[i].X, width), FirstFrom(crossings[i + 1].X, width));
            }
        }
    }

    /// <inheritdoc/>
    public override MaskShape Towards(MaskShape other, double share)
    {
        var end = Same<PolygonShape>(other);
        return end.Rule == Rule
            ? new PolygonShape(Between(Points, end.Points, share), Rule)
            : throw new ArgumentException("polygons of different fill rules have no shape in between");
    }

    /// <summary>Points half way, one by one.</summary>
    /// <exception cref="ArgumentException">Their numbers differ.</exception>
    internal static MaskPoint[] Between(IReadOnlyList<MaskPoint> from, IReadOnlyList<MaskPoint> to, double share) => from.Count == to.Count
        ? [.. from.Zip(to, (a, b) => new MaskPoint(Mix(a.X, b.X, share), Mix(a.Y, b.Y, share)))]
        : throw new ArgumentException($"{from.Count} points cannot turn into {to.Count}: give all key frames the same number");

    /// <summary>All edges that are not horizontal, from the uppermost down.</summary>
    private List<Edge> Edges()
    {
        var edges = new List<Edge>(Points.Count);
        for (int i = 0; i < Points.Count; i++)
        {
            MaskPoint a = Points[i], b = Points[(i + 1) % Points.Count];
            if (!double.IsFinite(a.X) || !double.IsFinite(a.Y))
                throw new ArgumentException($"point {i} is at ({a.X}, {a.Y})");
            // Always from the upper end: two polygons that share an edge compute the same crossings and so leave no seam.
            edges.Add(a.Y <= b.Y ? new Edge(a, b, 1) : new Edge(b, a, -1));
        }

        edges.Sort(static (p, q) => p.Top.Y.CompareTo(q.Top.Y));
        return edges;
    }

    /// <summary>An edge holds rows whose centre is at its top or below, and above its bottom: horizontal ones hold none.</summary>
    private readonly record struct Edge(MaskPoint Top, MaskPoint Bottom, int Winding)
    {
        public double At(double y) => Top.X + (Bottom.X - Top.X) * ((y - Top.Y) / (Bottom.Y - Top.Y));
    }
}
