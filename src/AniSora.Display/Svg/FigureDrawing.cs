namespace AniSora.Display.Svg;

/// <summary>
/// Draws a figure without a browser: the compact picture that stands in a committed notebook, where plotly.js (4.6 MB) may not.
/// What many points would draw in one pixel is drawn once.
/// </summary>
internal static partial class FigureDrawing
{
    private const double PlainWidth = 720;

    /// <summary>The figure as inline SVG.</summary>
    /// <param name="figure">What to draw.</param>
    /// <param name="label">Read to those who cannot see it.</param>
    /// <param name="width">In CSS pixels.</param>
    public static Html Draw(PlotFigure figure, string label, double width = PlainWidth)
    {
        var drawing = new Drawing(Math.Min(width, figure.Width ?? width), figure.Height);
        double top = figure.Title is null ? 8 : 34;
        if (figure.Title is not null)
            drawing.Text(0, 18, figure.Title, opacity: 1, size: 14.5, bold: true);
        var legend = figure.Traces.Select((trace, i) => (Trace: trace, Color: ColorOf(trace, i)))
            .Where(t => figure.Legend && t.Trace is { InLegend: true, Name: not null } and not HeatmapTrace and not BoxTrace).ToList();
        if (legend.Count > 1 || (legend.Count == 1 && figure.Traces.Count > 1) || (legend.Count == 1 && figure.Traces[0] is LineTrace))
            top = Legend(drawing, legend, top);
        if (figure.Undrawn is not null)
            Say(drawing, figure.Undrawn);
        else if (figure.Traces.Any(t => t is RadarTrace))
            Radar(drawing, figure, top);
        else if (figure.Traces.Any(t => t is Scatter3DTrace))
            Space(drawing, figure, top);
        else
            new CartesianDrawing(drawing, figure, top).Draw();
        return drawing.Render(label);
    }

    internal static string ColorOf(PlotTrace trace, int index) => trace.Color ?? Palette.Series[index % Palette.Series.Length];

    private static double Legend(Drawing drawing, List<(PlotTrace Trace, string Color)> entries, double top)
    {
        double x = 2, y = top + 8;
        foreach (var (trace, color) in entries)
        {
            double length = 30 + Drawing.WidthOf(trace.Name!, 12.5);
            if (x > 2 && x + length > drawing.Width)
                (x, y) = (2, y + 20);
            if (trace is LineTrace line)
                drawing.Path($"M{Drawing.N(x)} {Drawing.N(y)}h16", color, 2.5, dash: line.Dashed ? "3 3" : null, opacity: line.Opacity);
            else
                drawing.Rectangle(x + 3, y - 5, 10, 10, color, radius: 2.5);
            drawing.Text(x + 21, y + 4.2, trace.Name!, size: 12.5, opacity: 0.85);
            x += length + 14;
        }
        return y + 16;
    }

    /// <summary>No picture is better than half of one.</summary>
    private static void Say(Drawing drawing, string undrawn)
    {
        drawing.Text(drawing.Width / 2, drawing.Height / 2 - 6, $"This still picture does not draw {undrawn}.", "middle", 0.85, 13);
        drawing.Text(drawing.Width / 2, drawing.Height / 2 + 14, "In a live notebook, Explore shows the figure.", "middle");
    }

    private static void Radar(Drawing drawing, PlotFigure figure, double top)
    {
        var traces = figure.Traces.Cast<RadarTrace>().ToList();
        var measures = traces[0].Measures;
        double cx = drawing.Width / 2, cy = (top + drawing.Height) / 2, radius = (drawing.Height - top) / 2 - 30;
        var scale = new AxisScale(figure.Y, traces.SelectMany(t => t.Values).Append(0), 0, radius, margin: 0);
        (double X, double Y) Point(int i, double r) => (cx + r * Math.Sin(Math.Tau * i / measures.Length), cy - r * Math.Cos(Math.Tau * i / measures.Length));
        string Polygon(Func<int, double> r) => "M" + string.Join('L', Enumerable.Range(0, measures.Length).Select(i => Point(i, r(i))).Select(p => $"{Drawing.N(p.X)} {Drawing.N(p.Y)}")) + "Z";
        foreach (var (value, text) in scale.Ticks(4).Where(t => scale.At(t.Value) > 1))
        {
            drawing.Path(Polygon(_ => scale.At(value)), "currentColor", 1, opacity: 0.16);
            drawing.Text(cx + 4, cy - scale.At(value) - 3, text, size: 10.5, opacity: 0.55);
        }
        drawing.Path(Polygon(_ => radius), "currentColor", 1, opacity: 0.16);
        for (int i = 0; i < measures.Length; i++)
        {
            var (x, y) = Point(i, radius);
            drawing.Line(cx, cy, x, y, 0.16);
            var (tx, ty) = Point(i, radius + 12);
            drawing.Text(tx, ty + 4, measures[i], Math.Abs(tx - cx) < 4 ? "middle" : tx > cx ? "start" : "end", size: 12.5, opacity: 0.85);
        }
        foreach (var (index, trace) in traces.Index())
            drawing.Path(Polygon(i => double.IsFinite(trace.Values[i]) ? scale.At(trace.Values[i]) : 0), ColorOf(trace, index), 2, ColorOf(trace, index), fillOpacity: 0.18, title: trace.Name);
    }

    private static void Space(Drawing drawing, PlotFigure figure, double top)
    {
        var traces = figure.Traces.Cast<Scatter3DTrace>().ToList();
        var (x, y, z) = (new AxisScale(figure.X, traces.SelectMany(t => t.X), -1, 1), new AxisScale(figure.Y, traces.SelectMany(t => t.Y), -1, 1), new AxisScale(figure.Z, traces.SelectMany(t => t.Z), -1, 1));
        double scale = Math.Min(drawing.Width / 3.4, (drawing.Height - top) / 3.1), cx = drawing.Width / 2, cy = (top + drawing.Height) / 2;
        // From the front right and above, without perspective: x to the lower right, y to the upper right, z up.
        (double X, double Y) Project(double a, double b, double c) => (cx + scale * (0.80 * a + 0.60 * b), cy - scale * (-0.24 * a + 0.32 * b + 0.92 * c));
        void Edge(double a, double b, double c, double d, double e, double f, double opacity)
        {
            var (from, to) = (Project(a, b, c), Project(d, e, f));
            drawing.Line(from.X, from.Y, to.X, to.Y, opacity);
        }
        for (int i = -2; i <= 2; i++)
        {
            double at = i / 2.0;
            Edge(at, -1, -1, at, 1, -1, 0.14);
            Edge(-1, at, -1, 1, at, -1, 0.14);
            Edge(-1, at, -1, -1, at, 1, 0.10);
            Edge(-1, -1, at, -1, 1, at, 0.10);
            Edge(at, 1, -1, at, 1, 1, 0.10);
            Edge(-1, 1, at, 1, 1, at, 0.10);
        }
        foreach (var (title, a, b, c, anchor) in new[] { (figure.X.Title ?? "x", 0.0, -1.22, -1.0, "end"), (figure.Y.Title ?? "y", 1.22, 0.0, -1.0, "start"), (figure.Z.Title ?? "z", -1.12, -1.0, 0.0, "end") })
        {
            var (px, py) = Project(a, b, c);
            drawing.Text(px, py + 4, title, anchor);
        }
        var points = traces.SelectMany((t, k) => Enumerable.Range(0, Math.Min(t.X.Length, Math.Min(t.Y.Length, t.Z.Length))).Select(i => (A: x.At(t.X[i]), B: y.At(t.Y[i]), C: z.At(t.Z[i]), t.Size, Color: ColorOf(t, k))))
            .Where(p => double.IsFinite(p.A + p.B + p.C)).ToList();
        int step = Math.Max(1, (points.Count + 1999) / 2000);
        foreach (var p in points.Where((_, i) => i % step == 0).OrderByDescending(p => p.B - p.A))
        {
            var (px, py) = Project(p.A, p.B, p.C);
            double near = (p.A - p.B + 2) / 4;
            drawing.Circle(px, py, p.Size * (0.45 + 0.35 * near), p.Color, 0.45 + 0.5 * near);
        }
    }
}
