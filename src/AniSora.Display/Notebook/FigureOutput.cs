using AniSora.Display.Svg;
using Plotly.NET;

namespace AniSora.Display.Notebook;

/// <summary>
/// A figure as a notebook output: SVG drawn here, a few kilobytes, which every viewer shows and a repository can hold. In a
/// live classic notebook a click fetches plotly.js and the figure's full data from the kernel, once per page and not into the file.
/// </summary>
/// <param name="chart">What to draw.</param>
internal sealed class FigureOutput(GenericChart chart) : IDisplayable
{
    public string? Caption { get; init; }

    /// <summary>A lasting name, for a figure that is drawn again and again.</summary>
    public string? Id { get; init; }

    /// <summary>Whether the output holds plotly.js and the figure's data, and so is interactive anywhere.</summary>
    public bool Interactive { get; init; }

    /// <inheritdoc/>
    public MimeBundle ToMime()
    {
        var figure = PlotFigure.Of(chart);
        string label = Caption ?? Describe(figure);
        return Formatters.TextAndHtml(label, Element([figure], FigureDrawing.Draw(figure, label), Caption, Id is null ? null : [Id], Interactive));
    }

    /// <summary>The output of some figures that were drawn.</summary>
    /// <param name="figures">For plotly.js.</param>
    /// <param name="drawn">The SVG.</param>
    /// <param name="caption">A line below; null for none.</param>
    /// <param name="names">Lasting names; new ones when null.</param>
    /// <param name="interactive">Whether the output holds plotly.js, unless an earlier one does, and the data.</param>
    internal static Html Element(IReadOnlyList<PlotFigure> figures, Html drawn, string? caption, IReadOnlyList<string>? names = null, bool interactive = false)
    {
        string ids = string.Join(' ', figures.Select((figure, i) => PlotlyService.Keep(figure.Json, names?[i])));
        var embedded = !interactive ? Html.Empty : Html.Of($"""
            <script type="application/json" data-json>[{Html.Raw(string.Join(',', figures.Select(f => f.Json)))}]</script>{PlotlyService.Embed()}
            """);
        var below = caption is null ? Html.Empty : Html.Of($"""<figcaption style="font-size:13px;opacity:.7;max-width:720px">{caption}</figcaption>""");
        return OutputElement.Figure.Of(Html.Of($""" data-figures="{ids}" style="display:block;position:relative;margin:4px 0 8px" """), Html.Of($"<figure style=\"margin:0\">{drawn}{below}</figure>{embedded}"));
    }

    internal static string Describe(PlotFigure figure)
    {
        string what = string.Join(", ", figure.Traces.Select(t => t.Name is { Length: > 0 } name ? $"{name} ({Kind(t)})" : Kind(t)));
        return $"{figure.Title ?? "Figure"}: {what}{(figure.Y.Title is null ? "" : $"; {figure.Y.Title}")}{(figure.X.Title is null ? "" : $" over {figure.X.Title}")}";
    }

    private static string Kind(PlotTrace trace) => trace.GetType().Name.Replace("Trace", "", StringComparison.Ordinal).ToLowerInvariant();
}
