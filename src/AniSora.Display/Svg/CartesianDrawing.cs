using System.Globalization;
using System.Text;

namespace AniSora.Display.Svg;

/// <summary>Traces over two axes.</summary>
internal sealed partial class CartesianDrawing
{
    private readonly Drawing _drawing;
    private readonly PlotFigure _figure;
    private readonly IReadOnlyList<string> _categories;
    private readonly double _left, _right, _top, _bottom;
    private readonly AxisScale _x, _y;
    private readonly AxisScale? _second;
    private readonly string _clip;

    public CartesianDrawing(Drawing drawing, PlotFigure figure, double top)
    {
        (_drawing, _figure, _top) = (drawing, figure, top + 4);
        _categories = [.. figure.Traces.SelectMany(CategoriesOf).Distinct()];
        var heatmap = figure.Traces.OfType<HeatmapTrace>().FirstOrDefault();
        var names = heatmap?.Columns ?? _categories;
        int lines = names.Select(name => Wrapped(name, Letters(0.6 * drawing.Width / names.Count)).Count).DefaultIfEmpty(1).Max();
        _bottom = drawing.Height - (figure.X.Title is null ? 28 : 46) - 14 * (lines - 1);
        bool zero = figure.Traces.Any(t => t is BarTrace or HistogramTrace);
        _y = new AxisScale(figure.Y, Vertical(right: false), _bottom, _top, heatmap is null ? 0.05 : 0);
        // Bars stand on the axis, not above it.
        if (zero && !figure.Y.Logarithmic && figure.Y.Minimum is null && Vertical(right: false).All(v => !(v < 0)))
            _y = new AxisScale(figure.Y with { Minimum = 0, Maximum = Math.Max(1e-12, Vertical(right: false).Where(double.IsFinite).DefaultIfEmpty(1).Max() * 1.06) }, [], _bottom, _top);
        if (figure.Right is { } axis)
            _second = new AxisScale(axis, Vertical(right: true), _bottom, _top, 0.05);
        double labels = heatmap?.Rows is { Length: > 0 } rows ? rows.Max(r => Drawing.WidthOf(r)) : Ticks(_y, vertical: true).Select(t => Drawing.WidthOf(t.Text)).DefaultIfEmpty(20).Max();
        _left = Math.Min(drawing.Width * 0.4, labels + (figure.Y.Title is null ? 12 : 32));
        double after = _second is null ? 0 : _second.Ticks(5).Select(t => Drawing.WidthOf(t.Text)).DefaultIfEmpty(20).Max() + (figure.Right!.Title is null ? 12 : 32);
        _right = drawing.Width - (heatmap is null ? Math.Max(8, after) : 70);
        _x = _categories.Count > 0
            ? new AxisScale(new Axis(Minimum: -0.5, Maximum: _categories.Count - 0.5), [], _left, _right)
            : new AxisScale(figure.X, Horizontal(heatmap), _left, _right, heatmap is null && !figure.Traces.Any(t => t is HistogramTrace) ? 0.02 : 0);
        _clip = drawing.Clip(_left - 1, _top - 4, _right - _left + 2, _bottom - _top + 6);
    }

    public void Draw()
    {
        Frame();
        foreach (var (index, trace) in _figure.Traces.Index())
        {
            string color = FigureDrawing.ColorOf(trace, index);
            var y = trace.OnRight && _second is not null ? _second : _y;
            switch (trace)
            {
                case HeatmapTrace heatmap:
                    Heatmap(heatmap);
                    break;
                case BarTrace bars:
                    Bars(bars, color, y);
                    break;
                case HistogramTrace histogram:
                    Histogram(histogram, color, y);
                    break;
                case BoxTrace box:
                    Box(box, color, y);
                    break;
                case LineTrace line:
                    Line(line, color, y);
                    break;
                case ScatterTrace scatter:
                    Scatter(scatter, color, y);
                    break;
            }
        }
    }

    private static List<(double Value, string Text)> Ticks(AxisScale scale, bool vertical) => scale.Ticks(vertical ? 5 : 7);

    private static IEnumerable<string> CategoriesOf(PlotTrace trace) => trace switch
    {
        BarTrace bars => bars.Categories,
        BoxTrace box => [box.Category],
        _ => [],
    };

    private IEnumerable<double> Vertical(bool right) => _figure.Traces.Where(t => t.OnRight == right).SelectMany(trace => trace switch
    {
        LineTrace line => line.Y,
        ScatterTrace { Error: { } error } scatter => scatter.Y.Zip(error).SelectMany(p => new[] { p.First - Finite(p.Second), p.First + Finite(p.Second) }),
        ScatterTrace scatter => scatter.Y,
        BarTrace { Error: { } error } bars => bars.Values.Zip(error).SelectMany(p => new[] { 0, p.First - Finite(p.Second), p.First + Finite(p.Second) }),
        BarTrace bars => bars.Values.Append(0),
        HistogramTrace histogram => histogram.Heights.Append(0),
        BoxTrace { Summary: var s } => s.Outliers.Append(s.Low).Append(s.High),
        HeatmapTrace heatmap => [-0.5, heatmap.Values.Length - 0.5],
        _ => Array.Empty<double>(),
    });

    private IEnumerable<double> Horizontal(HeatmapTrace? heatmap) => _figure.Traces.SelectMany(trace => trace switch
    {
        LineTrace line => line.X,
        ScatterTrace scatter => scatter.X,
        HistogramTrace h => [h.Start, h.Start + h.Width * h.Heights.Length],
        HeatmapTrace => heatmap!.Values.Length > 0 ? [-0.5, heatmap.Values[0].Length - 0.5] : [],
        _ => Array.Empty<double>(),
    });

    private static double Finite(double value) => double.IsFinite(value) ? value : 0;

    private void Frame()
    {
        bool heatmap = _figure.Traces.Any(t => t is HeatmapTrace);
        if (!heatmap)
        {
            foreach (var (value, text) in Ticks(_y, vertical: true))
            {
                double y = _y.At(value);
                _drawing.Line(_left, y, _right, y, value == 0 ? 0.32 : 0.13);
                _drawing.Text(_left - 8, y + 4, text, "end");
            }
        }
        if (_categories.Count > 0)
            CategoryLabels(_categories);
        else if (!heatmap)
        {
            foreach (var (value, text) in Ticks(_x, vertical: false))
            {
                double x = _x.At(value);
                _drawing.Line(x, _top, x, _bottom, value == 0 ? 0.2 : 0.09);
                _drawing.Text(x, _bottom + 18, text, "middle");
            }
        }
        foreach (var (value, text) in _second is null ? [] : Ticks(_second, vertical: true))
            _drawing.Text(_right + 8, _second!.At(value) + 4, text);
        if (_figure.X.Title is { } below)
            _drawing.Text((_left + _right) / 2, _drawing.Height - 6, below, "middle", 0.85, 12.5);
        double middle = (_top + _bottom) / 2;
        if (_figure.Y.Title is { } beside)
            _drawing.Text(13, middle, beside, "middle", 0.85, 12.5, $"rotate(-90 13 {Drawing.N(middle)})");
        if (_figure.Right?.Title is { } right)
            _drawing.Text(_drawing.Width - 6, middle, right, "middle", 0.85, 12.5, $"rotate(-90 {Drawing.N(_drawing.Width - 6)} {Drawing.N(middle)})");
    }

    /// <summary>Names below the axis: as many as there is room for, in up to four lines, the longest cut.</summary>
    private void CategoryLabels(IReadOnlyList<string> names)
    {
        double each = (_right - _left) / names.Count;
        int every = Math.Max(1, (int)Math.Ceiling(26 / each)), letters = Letters(each * every);
        for (int i = 0; i < names.Count; i += every)
        {
            foreach (var (line, text) in Wrapped(names[i], letters).Index())
                _drawing.Text(_left + (i + 0.5) * each, _bottom + 18 + 14 * line, text.Length <= letters ? text : text[..(letters - 1)] + "…", "middle");
        }
    }

    private static int Letters(double width) => Math.Max(3, (int)(width / Drawing.WidthOf("x")) - 1);

    /// <summary>Words in lines of so many letters where they fit, at most four.</summary>
    private static List<string> Wrapped(string text, int letters)
    {
        var lines = new List<string>();
        foreach (string word in text.Split(' '))
        {
            if (lines.Count > 0 && (lines.Count == 4 || lines[^1].Length + 1 + word.Length <= letters))
                lines[^1] += " " + word;
            else
                lines.Add(word);
        }
        return lines;
    }

    private void Line(LineTrace line, string color, AxisScale y)
    {
        var path = new StringBuilder();
        bool pen = false;
        foreach (var (px, py) in Thinned(line, y))
        {
            if (!double.IsFinite(px + py))
            {
                pen = false;
                continue;
            }
            path.Append(pen ? 'L' : 'M').Append(Drawing.N(px)).Append(' ').Append(Drawing.N(py));
            if (!pen)
                path.Append("h0"); // a point between two gaps shows as a dot
            pen = true;
        }
        if (path.Length > 0)
            _drawing.Path(path.ToString(), color, line.Width, opacity: line.Opacity, dash: line.Dashed ? "3 4" : null, clip: _clip + " stroke-linejoin=\"round\" stroke-linecap=\"round\"");
    }

    /// <summary>In each column of pixels only the first, the lowest, the highest and the last point, in their order.</summary>
    private IEnumerable<(double X, double Y)> Thinned(LineTrace line, AxisScale y)
    {
        var points = Enumerable.Range(0, line.X.Length).Select(i => (X: _x.At(line.X[i]), Y: y.At(line.Y[i])));
        if (line.X.Length <= 2 * (_right - _left))
            return points;
        var chosen = new List<(double, double)>();
        foreach (var column in points.Index().GroupBy(p => double.IsFinite(p.Item.X + p.Item.Y) ? Math.Floor(p.Item.X / 2) : double.NaN))
        {
            if (double.IsNaN(column.Key))
                continue;
            var all = column.ToList();
            int[] kept = [all[0].Index, all.MinBy(p => p.Item.Y).Index, all.MaxBy(p => p.Item.Y).Index, all[^1].Index];
            chosen.AddRange(kept.Distinct().Order().Select(i => all.First(p => p.Index == i).Item));
        }
        return chosen;
    }

    private void Scatter(ScatterTrace scatter, string color, AxisScale y)
    {
        int step = Math.Max(1, (scatter.X.Length + 1999) / 2000);
        for (int i = 0; i < scatter.X.Length; i += step)
        {
            double px = _x.At(scatter.X[i]), py = y.At(scatter.Y[i]);
            if (!double.IsFinite(px + py) || px < _left - 1 || px > _right + 1 || py < _top - 1 || py > _bottom + 1)
                continue;
            ErrorBar(px, scatter.Y[i], scatter.Error, i, y);
            string? title = scatter.X.Length <= 300 ? $"{scatter.Labels?[i]} ({Number(scatter.X[i])}, {Number(scatter.Y[i])})".TrimStart() : null;
            _drawing.Circle(px, py, scatter.Size / 2, color, scatter.X.Length > 200 ? 0.55 : 0.9, title);
        }
    }

    private void ErrorBar(double px, double value, double[]? error, int i, AxisScale y)
    {
        if (error is null || !double.IsFinite(error[i]))
            return;
        double low = y.At(value - error[i]), high = y.At(value + error[i]);
        _drawing.Path($"M{Drawing.N(px)} {Drawing.N(low)}V{Drawing.N(high)}M{Drawing.N(px - 3)} {Drawing.N(low)}h6M{Drawing.N(px - 3)} {Drawing.N(high)}h6", "currentColor", 1.2, opacity: 0.85);
    }

    internal static string Number(double value) => value.ToString("G5", CultureInfo.InvariantCulture).Replace('-', '−');
}
