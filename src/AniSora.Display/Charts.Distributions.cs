using Plotly.NET;

namespace AniSora.Display;

public static partial class Charts
{
    /// <summary>How often values occur. Counted here, so that a million values make a light figure.</summary>
    /// <param name="values">In any order; what is not finite is left out.</param>
    /// <param name="name">In the legend and when pointed at.</param>
    /// <param name="color">A CSS colour.</param>
    /// <param name="bins">Their number; from the data's spread (Freedman and Diaconis 1981) when null, at most 100.</param>
    /// <param name="shares">Shares of the whole instead of counts.</param>
    /// <exception cref="ArgumentException"><paramref name="bins"/> is below 1.</exception>
    public static GenericChart Histogram(IReadOnlyList<double> values, string? name = null, string? color = null, int? bins = null, bool shares = false)
    {
        var (start, width, heights) = Samples.Count(values, bins, shares);
        var chart = Of(Begin("bar", name).With("x", heights.Select((_, i) => start + (i + 0.5) * width).ToArray()).With("y", heights).With("width", width).With("offset", -width / 2)
            .With("marker", new Plotly.NET.TraceObjects.Marker().With("color", color).With("opacity", 0.85)));
        return GenericChart.setLayout(new Layout().With("barmode", "overlay"), chart);
    }

    /// <summary>A distribution in five numbers: quartiles as a box, whiskers to the farthest values within 1.5 box lengths (Tukey 1977), the rest as points.</summary>
    /// <param name="values">In any order; what is not finite is left out.</param>
    /// <param name="name">Below it.</param>
    /// <param name="color">A CSS colour.</param>
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static GenericChart Box(IReadOnlyList<double> values, string name = "", string? color = null)
    {
        var s = Samples.Summarise(values) ?? throw new ArgumentException($"the box \"{name}\" has no values");
        return Of(Begin("box", name).With("x", new[] { name }).With("lowerfence", new[] { s.Low }).With("q1", new[] { s.Q1 }).With("median", new[] { s.Median })
            .With("q3", new[] { s.Q3 }).With("upperfence", new[] { s.High }).With("y", new[] { s.Outliers }).With("boxpoints", "all").With("pointpos", 0).With("jitter", 0)
            .With("line", color is null ? null : new Line().With("color", color)).With("marker", color is null ? null : new Plotly.NET.TraceObjects.Marker().With("color", color)));
    }

    /// <summary>Several measures of one thing as a polygon around a centre. Such charts share a figure with each other only.</summary>
    /// <param name="measures">Names around the circle, from the top clockwise; the same for all of a figure.</param>
    /// <param name="values">Distances from the centre, from 0; as many as <paramref name="measures"/>.</param>
    /// <param name="name">In the legend and when pointed at.</param>
    /// <param name="color">A CSS colour.</param>
    /// <exception cref="ArgumentException">There are not as many of each.</exception>
    public static GenericChart Radar(IReadOnlyList<string> measures, IReadOnlyList<double> values, string? name = null, string? color = null)
    {
        CheckSameLength("radar", measures.Count, values.Count);
        // plotly.js does not close the polygon by itself.
        return Of(Begin("scatterpolar", name).With("mode", "lines").With("fill", "toself").With("theta", measures.Concat(measures.Take(1)).ToArray())
            .With("r", Numbers(values.Concat(values.Take(1)))).With("opacity", 0.75).With("line", color is null ? null : new Line().With("color", color)));
    }

    /// <summary>Points in space, for example latents after a projection. Such charts share a figure with each other only.</summary>
    /// <param name="x">Positions to the right.</param>
    /// <param name="y">Positions into the depth; as many.</param>
    /// <param name="z">Heights; as many.</param>
    /// <param name="name">In the legend and when pointed at.</param>
    /// <param name="color">A CSS colour.</param>
    /// <param name="size">Diameter of a point, in CSS pixels.</param>
    /// <exception cref="ArgumentException">There are not as many of each.</exception>
    public static GenericChart Scatter3D(
        IReadOnlyList<double> x, IReadOnlyList<double> y, IReadOnlyList<double> z, string? name = null, string? color = null, double size = 4)
    {
        CheckSameLength("3D scatter", x.Count, y.Count);
        CheckSameLength("3D scatter", x.Count, z.Count, "z");
        // plotly.js draws its spheres larger than its circles.
        return Of(Begin("scatter3d", name).With("mode", "markers").With("x", Numbers(x)).With("y", Numbers(y)).With("z", Numbers(z))
            .With("marker", new Plotly.NET.TraceObjects.Marker().With("size", size * SphereSize).With("color", color)));
    }

    internal const double SphereSize = 0.6;
}
