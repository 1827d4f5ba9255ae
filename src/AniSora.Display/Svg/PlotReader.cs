using System.Text.Json;

namespace AniSora.Display.Svg;

/// <summary>Reads plotly.js's traces. What it does not know it says, so that no picture is silently wrong.</summary>
internal static class PlotReader
{
    /// <summary>What of a trace cannot be drawn here; null when all can.</summary>
    /// <param name="trace">An element of <c>data</c>.</param>
    /// <param name="secondAxis">Whether the figure has a right axis.</param>
    public static string? Undrawn(JsonElement trace, bool secondAxis)
    {
        string kind = Kind(trace);
        if (kind is not ("scatter" or "scattergl" or "bar" or "histogram" or "box" or "heatmap" or "scatterpolar" or "scatter3d"))
            return $"the kind “{kind}”";
        if (trace.At("xaxis").Text() is not (null or "x") || (trace.At("yaxis").Text() is { } y && y != "y" && !(y == "y2" && secondAxis)))
            return "a grid of several plots in one chart";
        if (trace.At("orientation").Text() == "h")
            return "bars and boxes that lie";
        if (kind.StartsWith("scatter", StringComparison.Ordinal) && kind != "scatterpolar" && new[] { "x", "y", "z" }.Any(p => trace.At(p).Strings() is { } texts && texts.Length > 0 && trace.At(p).Numbers() is null))
            return "lines and points over names or dates";
        return kind == "scatterpolar" && trace.At("theta").Strings() is null ? "a radar without named directions" : null;
    }

    /// <summary>A trace as what there is to draw: lines with markers are two.</summary>
    public static IEnumerable<PlotTrace> Read(JsonElement trace)
    {
        string? name = trace.At("name").Text();
        return (Kind(trace) switch
        {
            "bar" => [Bars(trace)],
            "histogram" => [Histogram(trace)],
            "box" => [.. Boxes(trace, name)],
            "heatmap" => [new HeatmapTrace([.. Items(trace.At("z")).Select(row => ((JsonElement?)row).Numbers() ?? [])], trace.At("x").Strings(), trace.At("y").Strings(), trace.At("colorscale").Text() ?? "Viridis")],
            "scatterpolar" => Radar(trace),
            "scatter3d" => [new Scatter3DTrace(X(trace), Y(trace), trace.At("z").Numbers() ?? [], (trace.At("marker", "size").Number() ?? 6) / Charts.SphereSize)],
            _ => Points(trace),
        }).Select((read, i) => read with
        {
            Name = name,
            Color = trace.At("line", "color").Text() ?? trace.At("marker", "color").Text(),
            OnRight = trace.At("yaxis").Text() == "y2",
            InLegend = i == 0 && trace.At("showlegend")?.ValueKind != JsonValueKind.False,
        });
    }

    private static string Kind(JsonElement trace) => trace.At("type").Text() ?? "scatter";

    private static double[] X(JsonElement trace) => trace.At("x").Numbers() ?? [.. Y(trace).Select((_, i) => (double)i)];

    private static double[] Y(JsonElement trace) => trace.At("y").Numbers() ?? [];

    private static PlotTrace[] Points(JsonElement trace)
    {
        double[] x = X(trace), y = Y(trace);
        int count = Math.Min(x.Length, y.Length); // plotly.js passes over the rest
        (x, y) = (x[..count], y[..count]);
        string mode = trace.At("mode").Text() ?? (count < 20 ? "lines+markers" : "lines");
        var read = new List<PlotTrace>();
        if (mode.Contains("lines", StringComparison.Ordinal))
            read.Add(new LineTrace(x, y) { Width = trace.At("line", "width").Number() ?? 2, Opacity = trace.At("opacity").Number() ?? 1, Dashed = trace.At("line", "dash").Text() is not (null or "solid") });
        if (mode.Contains("markers", StringComparison.Ordinal))
            read.Add(new ScatterTrace(x, y) { Size = trace.At("marker", "size").Number() ?? 7, Error = Error(trace, count), Labels = trace.At("text").Strings() is { } labels && labels.Length >= count ? labels : null });
        return [.. read];
    }

    private static double[]? Error(JsonElement trace, int count) => trace.At("error_y", "array").Numbers() is { } error && error.Length >= count ? error : null;

    private static PlotTrace Bars(JsonElement trace)
    {
        double[] values = Y(trace);
        // Bars of one given width over numbers are bins; other bars stand on names.
        if (trace.At("width").Number() is { } width && trace.At("x").Numbers() is [var first, ..])
            return new HistogramTrace(first - width / 2, width, values);
        string[] names = trace.At("x").Strings() ?? [.. values.Select((_, i) => $"{i}")];
        int count = Math.Min(names.Length, values.Length);
        return new BarTrace(names[..count], values[..count]) { Error = Error(trace, count) };
    }

    private static HistogramTrace Histogram(JsonElement trace)
    {
        var (start, width, heights) = Samples.Count(X(trace), (int?)trace.At("nbinsx").Number(), trace.At("histnorm").Text() is "probability");
        return new HistogramTrace(start, width, heights);
    }

    private static IEnumerable<BoxTrace> Boxes(JsonElement trace, string? name)
    {
        string[]? names = trace.At("x").Strings();
        double[]? One(string part) => trace.At(part).Numbers();
        if ((One("lowerfence"), One("q1"), One("median"), One("q3"), One("upperfence")) is ([var low, ..], [var q1, ..], [var median, ..], [var q3, ..], [var high, ..]))
            return [new BoxTrace(names?[0] ?? name ?? "", new Samples.Box(low, q1, median, q3, high, ((JsonElement?)Items(trace.At("y")).FirstOrDefault()).Numbers() ?? []))];
        // A name per value makes a box per name.
        return Y(trace).Select((value, i) => (Name: names is not null && i < names.Length ? names[i] : name ?? "", value)).GroupBy(v => v.Name, v => v.value)
            .Select(g => Samples.Summarise(g) is { } box ? new BoxTrace(g.Key, box) : null).OfType<BoxTrace>();
    }

    private static RadarTrace[] Radar(JsonElement trace)
    {
        string[] measures = trace.At("theta").Strings()!;
        double[] values = trace.At("r").Numbers() ?? [];
        int count = Math.Min(measures.Length, values.Length);
        // The first once more closes the polygon.
        if (count > 1 && measures[count - 1] == measures[0])
            count--;
        return [new RadarTrace(measures[..count], values[..count])];
    }

    private static IEnumerable<JsonElement> Items(JsonElement? array) => array is { ValueKind: JsonValueKind.Array } items ? items.EnumerateArray() : [];
}
