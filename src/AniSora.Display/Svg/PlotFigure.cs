using System.Text.Json;
using Plotly.NET;

namespace AniSora.Display.Svg;

/// <summary>A Plotly.NET chart as plotly.js takes it, and read for drawing without a browser.</summary>
internal sealed class PlotFigure
{
    private PlotFigure(string json) => Json = json;

    /// <summary><c>{"data": […], "layout": {…}}</c>, fit to stand in a script element.</summary>
    public string Json { get; }

    public IReadOnlyList<PlotTrace> Traces { get; private init; } = [];

    public string? Title { get; private init; }

    public Axis X { get; private init; } = new();

    public Axis Y { get; private init; } = new();

    public Axis? Right { get; private init; }

    public Axis Z { get; private init; } = new();

    /// <summary>In CSS pixels.</summary>
    public int Height { get; private init; } = 320;

    /// <summary>In CSS pixels; null fills what there is.</summary>
    public double? Width { get; private init; }

    public bool Legend { get; private init; } = true;

    /// <summary>What of it only plotly.js can draw; null when the drawing is whole.</summary>
    public string? Undrawn { get; private init; }

    /// <summary>Reads a chart as it is now; later changes to it do not show.</summary>
    public static PlotFigure Of(GenericChart chart)
    {
        ArgumentNullException.ThrowIfNull(chart);
        // In JSON < stands in texts only.
        string json = GenericChart.toFigureJson(chart).Replace("<", "\\u003c", StringComparison.Ordinal);
        using var document = JsonDocument.Parse(json);
        JsonElement data = document.RootElement.GetProperty("data"), layout = document.RootElement.GetProperty("layout");
        var space = layout.At("scene");
        var right = layout.At("yaxis2");
        bool secondAxis = right.At("overlaying").Text() == "y";
        string? undrawn = data.EnumerateArray().Select(trace => PlotReader.Undrawn(trace, secondAxis)).FirstOrDefault(u => u is not null);
        IReadOnlyList<PlotTrace> traces = undrawn is null ? [.. data.EnumerateArray().SelectMany(PlotReader.Read)] : [];
        foreach (var alone in new[] { typeof(Scatter3DTrace), typeof(RadarTrace) })
        {
            if (traces.Any(t => t.GetType() == alone) && traces.Any(t => t.GetType() != alone))
                undrawn = "kinds with and without axes in one figure";
        }
        if (traces.OfType<RadarTrace>().Any(t => !t.Measures.SequenceEqual(traces.OfType<RadarTrace>().First().Measures)))
            undrawn = "radars of different measures in one figure";
        return new PlotFigure(json)
        {
            Traces = undrawn is null ? traces : [],
            Undrawn = undrawn,
            Title = TextOf(layout.At("title")),
            X = AxisOf(space?.At("xaxis") ?? layout.At("xaxis")),
            Y = AxisOf(layout.At("polar", "radialaxis") ?? space?.At("yaxis") ?? layout.At("yaxis")),
            Z = AxisOf(space?.At("zaxis")),
            Right = secondAxis ? AxisOf(right) : null,
            Height = (int)Math.Clamp(layout.At("height").Number() ?? 320, 40, 4000),
            Width = layout.At("width").Number(),
            Legend = layout.At("showlegend")?.ValueKind != JsonValueKind.False,
        };
    }

    private static string? TextOf(JsonElement? title) => title.Text() ?? title.At("text").Text();

    private static Axis AxisOf(JsonElement? axis)
    {
        bool logarithmic = axis.At("type").Text() == "log";
        double[]? range = axis.At("range").Numbers() is [var low, var high] ends && double.IsFinite(low + high) && low != high ? ends : null;
        double? End(int i) => range is null ? null : logarithmic ? Math.Pow(10, range[i]) : range[i];
        return new Axis(TextOf(axis.At("title")), logarithmic, End(0), End(1), axis.At("dtick").Number(), axis.At("tickformat").Text(), axis.At("ticksuffix").Text());
    }
}
