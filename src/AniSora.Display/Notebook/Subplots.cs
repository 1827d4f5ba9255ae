using AniSora.Display.Svg;

namespace AniSora.Display.Notebook;

/// <summary>Figures side by side in one output.</summary>
/// <param name="Figures">Row by row.</param>
public sealed record Subplots(IReadOnlyList<Figure> Figures) : IDisplayable
{
    private const double Width = 960, Gap = 28;

    /// <summary>How many stand in a row, from 1.</summary>
    public int Columns { get; init; } = 2;

    /// <summary>A line below them.</summary>
    public string? Caption { get; init; }

    /// <inheritdoc/>
    public MimeBundle ToMime() =>
        Formatters.TextAndHtml(string.Join('\n', Figures.Select(FigureOutput.Describe)), FigureOutput.Element(Figures, Draw(), Caption));

    internal Html Draw()
    {
        if (Columns < 1)
            throw new ArgumentException($"{Columns} columns of figures; give at least 1");
        double each = (Width - Gap * (Columns - 1)) / Columns;
        var cells = Figures.Select(figure => Html.Of($"""<div style="min-width:0">{FigureDrawing.Draw(figure, FigureOutput.Describe(figure), each)}</div>"""));
        return Html.Of($"""<div style="display:grid;grid-template-columns:repeat({Columns},minmax(0,{each:0}px));gap:18px {Gap}px">{cells}</div>""");
    }
}
