using DynamicObj;
using Microsoft.FSharp.Collections;
using Plotly.NET;

namespace AniSora.Display;

/// <summary>
/// Plotly.NET charts of the kinds that this project draws, in one line of C# each. What they return is Plotly.NET's own
/// <see cref="GenericChart"/>: its functions go on from there, and <see cref="Together"/> lays charts over each other.
/// A colour is any CSS colour or a variable of the page such as <c>var(--model)</c>, so that a figure follows the light and the
/// dark theme; null takes the next of the palette. <c>onRight</c> measures on the right axis, <c>hover</c> is what the pointer shows, in plotly.js's template language.
/// </summary>
/// <remarks>Traces are filled by plotly.js's names: Plotly.NET's typed functions take five times as long to start.</remarks>
public static partial class Charts
{
    /// <summary>Points joined by a line; NaN leaves a gap.</summary>
    /// <param name="x">Positions; as many as <paramref name="y"/>.</param>
    /// <param name="y">Values.</param>
    /// <param name="name">In the legend and when pointed at.</param>
    /// <param name="color">A CSS colour.</param>
    /// <param name="width">Of the line, in CSS pixels.</param>
    /// <param name="opacity">0 (invisible) … 1.</param>
    /// <param name="dashed">Dashed instead of solid.</param>
    /// <param name="onRight">On the right axis.</param>
    /// <param name="inLegend">False leaves it out of the legend.</param>
    /// <param name="hover">What the pointer shows.</param>
    /// <exception cref="ArgumentException">There are not as many x as y values.</exception>
    public static GenericChart Line(
        IReadOnlyList<double> x, IReadOnlyList<double> y, string? name = null, string? color = null, double width = 2, double opacity = 1,
        bool dashed = false, bool onRight = false, bool inLegend = true, string? hover = null)
    {
        CheckSameLength("line", x.Count, y.Count);
        return Of(Begin("scatter", name, onRight, inLegend, hover).With("mode", "lines").With("x", Numbers(x)).With("y", Numbers(y)).With("opacity", opacity)
            .With("line", new Line().With("width", width).With("color", color).With("dash", dashed ? "dot" : null)));
    }

    /// <summary>A measure that jumps from step to step: each step thin and pale, and the smoothed line.</summary>
    /// <param name="steps">Positions.</param>
    /// <param name="values">As many; NaN leaves a gap.</param>
    /// <param name="name">Of the smoothed line.</param>
    /// <param name="color">Of both.</param>
    /// <param name="smoothed">As many; an exponential mean of a fiftieth of the steps when null.</param>
    /// <exception cref="ArgumentException">There are not as many of each.</exception>
    public static GenericChart LossCurve(
        IReadOnlyList<double> steps, IReadOnlyList<double> values, string name = "smoothed", string color = "var(--model)", IReadOnlyList<double>? smoothed = null) =>
        Together(
            Line(steps, values, name + ", each step", color, width: 1, opacity: 0.25, inLegend: false),
            Line(steps, smoothed ?? Samples.Smoothed(values), name, color, width: 2.2));

    /// <summary>Points by themselves.</summary>
    /// <param name="x">Positions; as many as <paramref name="y"/>.</param>
    /// <param name="y">Values.</param>
    /// <param name="name">In the legend and when pointed at.</param>
    /// <param name="color">A CSS colour.</param>
    /// <param name="size">Diameter of a point, in CSS pixels.</param>
    /// <param name="error">Half the length of each point's error bar, in data units; none when null.</param>
    /// <param name="labels">A text per point, shown when pointed at.</param>
    /// <param name="onRight">On the right axis.</param>
    /// <param name="inLegend">False leaves it out of the legend.</param>
    /// <param name="hover">What the pointer shows.</param>
    /// <exception cref="ArgumentException">There are not as many x as y values.</exception>
    public static GenericChart Scatter(
        IReadOnlyList<double> x, IReadOnlyList<double> y, string? name = null, string? color = null, double size = 7, IReadOnlyList<double>? error = null,
        IReadOnlyList<string>? labels = null, bool onRight = false, bool inLegend = true, string? hover = null)
    {
        CheckSameLength("scatter", x.Count, y.Count);
        return Of(Begin("scatter", name, onRight, inLegend, hover).With("mode", "markers").With("x", Numbers(x)).With("y", Numbers(y)).With("text", labels)
            .With("error_y", Error(error)).With("marker", new Plotly.NET.TraceObjects.Marker().With("size", size).With("color", color)));
    }

    /// <summary>A bar per category; several such charts stand side by side.</summary>
    /// <param name="categories">Names along the horizontal axis.</param>
    /// <param name="values">Heights; as many as <paramref name="categories"/>.</param>
    /// <param name="name">In the legend and when pointed at.</param>
    /// <param name="color">A CSS colour.</param>
    /// <param name="error">Half the length of each error bar, in data units; none when null.</param>
    /// <param name="hover">What the pointer shows.</param>
    /// <exception cref="ArgumentException">There are not as many categories as values.</exception>
    public static GenericChart Bars(
        IReadOnlyList<string> categories, IReadOnlyList<double> values, string? name = null, string? color = null, IReadOnlyList<double>? error = null, string? hover = null)
    {
        CheckSameLength("bar", categories.Count, values.Count);
        return Of(Begin("bar", name, hover: hover).With("x", categories).With("y", Numbers(values)).With("error_y", Error(error))
            .With("marker", color is null ? null : new Plotly.NET.TraceObjects.Marker().With("color", color)));
    }

    /// <summary>A table of numbers as colours.</summary>
    /// <param name="values">Row by row, the first row at the bottom; all rows equally long. NaN leaves a gap.</param>
    /// <param name="columns">Names of the columns; numbered when null.</param>
    /// <param name="rows">Names of the rows; numbered when null.</param>
    /// <param name="scale">A colour scale known to plotly.js.</param>
    /// <exception cref="ArgumentException">A row is longer or shorter than the first.</exception>
    public static GenericChart Heatmap(
        IReadOnlyList<IReadOnlyList<double>> values, IReadOnlyList<string>? columns = null, IReadOnlyList<string>? rows = null, string scale = "Viridis")
    {
        if (values.FirstOrDefault(r => r.Count != values[0].Count) is { } odd)
            throw new ArgumentException($"a heatmap row has {odd.Count} values, the first has {values[0].Count}; make them equal");
        return Of(Begin("heatmap").With("z", values.Select(Numbers).ToArray()).With("x", columns).With("y", rows).With("colorscale", scale));
    }

    /// <summary>Charts over each other, the first at the bottom. The charts themselves stay as they are.</summary>
    /// <param name="charts">Each with its traces; of what their layouts say, the last counts.</param>
    public static GenericChart Together(params IEnumerable<GenericChart> charts)
    {
        var traces = new List<Trace>();
        var layout = new Layout();
        foreach (var chart in charts)
        {
            traces.AddRange(GenericChart.getTraces(chart).Select(t => t.CopyTo((Trace)Activator.CreateInstance(t.GetType(), t.type)!)));
            GenericChart.getLayout(chart).CopyTo(layout);
        }
        return GenericChart.setLayout(layout, GenericChart.ofTraceObjects(false, ListModule.OfSeq(traces)));
    }

    /// <summary>The chart with a heading, named axes, a height and a legend; the chart itself stays as it is.</summary>
    /// <param name="chart">Any chart.</param>
    /// <param name="title">A heading inside the figure; pages mostly put it in the text instead.</param>
    /// <param name="x">The horizontal axis.</param>
    /// <param name="y">The left vertical axis; of a radar the one from the centre outwards.</param>
    /// <param name="right">A second vertical axis on the right, for traces with <c>onRight</c>.</param>
    /// <param name="z">The axis upwards of points in space.</param>
    /// <param name="height">On the page, in CSS pixels.</param>
    /// <param name="legend">Whether the traces are named above the plot.</param>
    public static GenericChart Styled(
        this GenericChart chart, string? title = null, Axis? x = null, Axis? y = null, Axis? right = null, Axis? z = null, int height = 320, bool legend = true)
    {
        var layout = GenericChart.getLayout(chart).CopyTo(new Layout()).With("title", title is null ? null : new Title().With("text", title)).With("height", height).With("showlegend", legend);
        string kind = GenericChart.getTraces(chart).FirstOrDefault()?.type ?? "";
        if (kind == "scatter3d")
            layout.With("scene", new Plotly.NET.LayoutObjects.Scene().With("xaxis", x?.ToPlotly()).With("yaxis", y?.ToPlotly()).With("zaxis", z?.ToPlotly()));
        else if (kind == "scatterpolar")
            layout.With("polar", new Plotly.NET.LayoutObjects.Polar().With("radialaxis", y?.ToPlotly()));
        else
            layout.With("xaxis", x?.ToPlotly()).With("yaxis", y?.ToPlotly()).With("yaxis2", right?.ToPlotly().With("overlaying", "y").With("side", "right").With("showgrid", false).With("tickmode", "auto"));
        return GenericChart.setLayout(layout, chart);
    }

    /// <summary>The chart's still picture as a file of its own, for documents: light or dark as the reader has it.</summary>
    /// <param name="chart">Any chart.</param>
    /// <param name="label">Read to those who cannot see it.</param>
    /// <param name="width">In CSS pixels.</param>
    public static string ToSvg(this GenericChart chart, string label, double width = 720)
    {
        string drawing = Svg.FigureDrawing.Draw(Svg.PlotFigure.Of(chart), label, width).ToString();
        string style = $":root{{{Palette.Light}color:#1c1b1f}}@media(prefers-color-scheme:dark){{:root{{{Palette.Dark}color:#efedf4}}}}";
        return drawing.Replace("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", StringComparison.Ordinal).Insert(drawing.IndexOf('>') + "xmlns=\"http://www.w3.org/2000/svg\" ".Length + 1, $"<style>{style}</style>");
    }

    /// <summary>Sets one of plotly.js's properties; null leaves it out.</summary>
    internal static T With<T>(this T target, string property, object? value)
        where T : DynamicObj.DynamicObj
    {
        if (value is not null)
            target.SetProperty(property, value);
        return target;
    }

    private static T CopyTo<T>(this T source, T target)
        where T : DynamicObj.DynamicObj
    {
        foreach (var property in source.GetProperties(includeInstanceProperties: false))
            target.SetProperty(property.Key, property.Value);
        return target;
    }

    private static GenericChart Of(Trace trace) => GenericChart.ofTraceObject(false, trace);

    /// <summary>Of the class that Plotly.NET's functions know the kind by: a grid asks which axes it takes.</summary>
    private static Trace Empty(string type) => type switch
    {
        "scatterpolar" => new TracePolar(type),
        "scatter3d" => new Trace3D(type),
        _ => new Trace2D(type),
    };

    private static Trace Begin(string type, string? name = null, bool onRight = false, bool inLegend = true, string? hover = null) =>
        Empty(type).With("name", name).With("showlegend", inLegend ? null : false).With("yaxis", onRight ? "y2" : null).With("hovertemplate", hover);

    /// <summary>JSON has no NaN; null is a gap to plotly.js. A copy: the caller's list may grow.</summary>
    private static object Numbers(IEnumerable<double> values)
    {
        double[] copy = [.. values];
        return copy.All(double.IsFinite) ? copy : copy.Select(v => double.IsFinite(v) ? v : (double?)null).ToArray();
    }

    private static DynamicObj.DynamicObj? Error(IReadOnlyList<double>? half) => half is null ? null
        : new Plotly.NET.TraceObjects.Error().With("type", "data").With("array", Numbers(half)).With("color", "var(--ink)").With("thickness", 1.2).With("width", 3);

    private static void CheckSameLength(string kind, int x, int y, string other = "y")
    {
        if (x != y)
            throw new ArgumentException($"a {kind} trace has {x} x values and {y} {other} values; give as many of each");
    }
}
