using AniSora.Pictures;

namespace AniSora.Display.Svg;

internal sealed partial class CartesianDrawing
{
    private void Bars(BarTrace bars, string color, AxisScale y)
    {
        var all = _figure.Traces.OfType<BarTrace>().ToList();
        double slot = (_right - _left) / _categories.Count * 0.74 / all.Count, width = Math.Min(slot * 0.92, 64);
        int place = all.FindIndex(t => ReferenceEquals(t, bars));
        double ground = y.At(0) is var zero && double.IsFinite(zero) ? zero : _bottom;
        for (int i = 0; i < bars.Values.Length; i++)
        {
            double value = bars.Values[i];
            if (!double.IsFinite(value))
                continue;
            int category = Index(bars.Categories[i]);
            double middle = _x.At(category) + (place - (all.Count - 1) / 2.0) * Math.Min(slot, width / 0.92), top = y.At(value);
            _drawing.Rectangle(middle - width / 2, Math.Min(top, ground), width, Math.Abs(ground - top), color, radius: 1.5, title: $"{bars.Name} {bars.Categories[i]}: {Number(value)}".Trim());
            ErrorBar(middle, value, bars.Error, i, y);
        }
    }

    private int Index(string category)
    {
        for (int i = 0; i < _categories.Count; i++)
        {
            if (_categories[i] == category)
                return i;
        }
        return 0;
    }

    private void Histogram(HistogramTrace histogram, string color, AxisScale y)
    {
        var (start, width, heights) = histogram;
        double opacity = _figure.Traces.Count(t => t is HistogramTrace) > 1 ? 0.6 : 0.9;
        for (int i = 0; i < heights.Length; i++)
        {
            if (heights[i] <= 0)
                continue;
            double from = _x.At(start + i * width), to = _x.At(start + (i + 1) * width), top = y.At(heights[i]);
            double gap = Math.Min(0.6, (to - from) * 0.06);
            _drawing.Rectangle(from + gap, top, Math.Max(0.5, to - from - 2 * gap), _bottom - top, color, opacity, title: $"{Number(start + i * width)} … {Number(start + (i + 1) * width)}: {Number(heights[i])}");
        }
    }

    private void Box(BoxTrace box, string color, AxisScale y)
    {
        var s = box.Summary;
        double middle = _x.At(Index(box.Category)), half = Math.Min(36, (_right - _left) / _categories.Count * 0.28);
        string title = $"{box.Category}: median {Number(s.Median)}, quartiles {Number(s.Q1)} and {Number(s.Q3)}, whiskers {Number(s.Low)} and {Number(s.High)}";
        string M(double dx, double value) => $"M{Drawing.N(middle + dx)} {Drawing.N(y.At(value))}";
        _drawing.Path($"{M(0, s.Low)}V{Drawing.N(y.At(s.Q1))}{M(0, s.Q3)}V{Drawing.N(y.At(s.High))}{M(-half / 2, s.Low)}h{Drawing.N(half)}{M(-half / 2, s.High)}h{Drawing.N(half)}", color, 1.6);
        _drawing.Path($"{M(-half, s.Q1)}h{Drawing.N(2 * half)}V{Drawing.N(y.At(s.Q3))}h{Drawing.N(-2 * half)}Z", color, 1.6, color, fillOpacity: 0.22, title: title);
        _drawing.Path($"{M(-half, s.Median)}h{Drawing.N(2 * half)}", color, 2.6);
        foreach (double value in s.Outliers)
            _drawing.Circle(middle, y.At(value), 2.4, color, 0.7, Number(value));
    }

    private void Heatmap(HeatmapTrace heatmap)
    {
        int rows = heatmap.Values.Length, columns = heatmap.Values.Select(r => r.Length).DefaultIfEmpty(0).Min();
        if (rows == 0 || columns == 0)
            return;
        double low = heatmap.Values.SelectMany(r => r).Where(double.IsFinite).DefaultIfEmpty(0).Min();
        double high = heatmap.Values.SelectMany(r => r).Where(double.IsFinite).DefaultIfEmpty(1).Max();
        var pixels = new byte[rows * columns * 4];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                double value = heatmap.Values[rows - 1 - r][c]; // the first row is at the bottom
                if (!double.IsFinite(value))
                    continue; // a gap is transparent
                ColorScale.At(heatmap.ColorScale, high > low ? (value - low) / (high - low) : 0.5).CopyTo(pixels.AsSpan((r * columns + c) * 4));
            }
        }
        _drawing.Image(_left, _top, _right - _left, _bottom - _top, Png.Encode(pixels, columns, rows, 4));
        CategoryLabels(Names(heatmap.Columns, columns));
        double each = (_bottom - _top) / rows;
        string[] names = Names(heatmap.Rows, rows);
        for (int i = 0; i < rows; i += Math.Max(1, (int)Math.Ceiling(15 / each)))
            _drawing.Text(_left - 8, _bottom - (i + 0.5) * each + 4, names[i], "end");
        Bar(heatmap, low, high);
    }

    /// <summary>As many names as there are places: those given, then numbers.</summary>
    private static string[] Names(IReadOnlyList<string>? names, int count) =>
        [.. Enumerable.Range(0, count).Select(i => names is not null && i < names.Count ? names[i] : i.ToString(System.Globalization.CultureInfo.InvariantCulture))];

    /// <summary>Which colour means what.</summary>
    private void Bar(HeatmapTrace heatmap, double low, double high)
    {
        var colors = new byte[32 * 4];
        for (int i = 0; i < 32; i++)
            ColorScale.At(heatmap.ColorScale, 1 - i / 31.0).CopyTo(colors.AsSpan(i * 4));
        _drawing.Image(_right + 12, _top, 12, _bottom - _top, Png.Encode(colors, 1, 32, 4));
        if (high <= low)
            return;
        var scale = new AxisScale(new Axis(Minimum: low, Maximum: high), [], _bottom, _top);
        foreach (var (value, text) in scale.Ticks(4))
            _drawing.Text(_right + 29, scale.At(value) + 4, text, size: 11);
    }
}
