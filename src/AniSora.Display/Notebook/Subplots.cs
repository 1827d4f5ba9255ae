using AniSora.Display.Svg;
using Plotly.NET;

namespace AniSora.Display.Notebook;

/// <summary>Figures side by side in one output.</summary>
/// <param name="Figures">Row by row.</param>
public sealed record Subplots(IReadOnlyList<GenericChart> Figures) : IDisplayable
{
    private const double Width = 960, Gap = 28;

    /// <summary>How many stand in a row, from 1.</summary>
    public int Columns { get; init; } = 2;

    /// <summary>A line below them.</summary>
    public string? Caption { get; init; }

    /// <inheritdoc/>
    public MimeBundle ToMime()
    {
        PlotFigure[] figures = [.. Figures.Select(PlotFigure.Of)];
        return Formatters.TextAndHtml(string.Join('\n', figures.Select(FigureOutput.Describe)), Element(figures));
    }

    /// <summary>The output with its figures.</summary>
    /// <param name="figures">Read from <see cref="Figures"/>.</param>
    /// <param name="names">Lasting names; new ones when null.</param>
    internal Html Element(IReadOnlyList<PlotFigure> figures, IReadOnlyList<string>? names = null)
    {
        if (Columns < 1)
            throw new ArgumentException($"{Columns} columns of figures; give at least 1");
        double each = (Width - Gap * (Columns - 1)) / Columns;
        var cells = figures.Select(figure => Html.Of($"""<div style="min-width:0">{FigureDrawing.Draw(figure, FigureOutput.Describe(figure), each)}</div>"""));
        var drawn = Html.Of($"""<div style="display:grid;grid-template-columns:repeat({Columns},minmax(0,{each:0}px));gap:18px {Gap}px">{cells}</div>""");
        return FigureOutput.Element(figures, drawn, Caption, names);
    }
}
