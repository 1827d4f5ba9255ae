using Plotly.NET;

namespace AniSora.Display.Notebook;

/// <summary>
/// Shows things below the running cell. Each call returns a handle by which the output can be replaced; outside notebooks
/// nothing happens. What ends a cell shows itself: <c>Show</c> is for more than one output and for what changes.
/// </summary>
public static class Show
{
    /// <summary>Markup.</summary>
    /// <param name="markup">Finished HTML; <see cref="Display.Html.Of"/> escapes what stands in its holes.</param>
    public static DisplayedOutput Html(Html markup) => new(markup);

    /// <summary>A figure, drawn as SVG in the output; in a live classic notebook one click makes it a plotly.js figure.</summary>
    /// <param name="figure">What to draw.</param>
    /// <param name="caption">What one should see in it.</param>
    public static DisplayedOutput Figure(GenericChart figure, string? caption = null) => new(new FigureOutput(figure) { Caption = caption });

    /// <summary>
    /// A figure that is interactive in any notebook and saved page, because the output holds its data and plotly.js: 2 MB in the
    /// first such output, none in later ones. Not for notebooks that are committed.
    /// </summary>
    /// <param name="figure">What to draw.</param>
    /// <param name="caption">What one should see in it.</param>
    /// <param name="library">Whether to hold plotly.js again, for instance when the first such cell is run again.</param>
    /// <exception cref="FileNotFoundException">plotly.js is not installed.</exception>
    public static DisplayedOutput Interactive(GenericChart figure, string? caption = null, bool library = false)
    {
        if (library)
            PlotlyService.EmbedAgain();
        return new(new FigureOutput(figure) { Caption = caption, Interactive = true });
    }

    /// <summary>Figures side by side.</summary>
    /// <param name="columns">How many stand in a row.</param>
    /// <param name="figures">The figures.</param>
    public static DisplayedOutput Figures(int columns, params IReadOnlyList<GenericChart> figures) => new(new Subplots(figures) { Columns = columns });

    /// <summary>A clip with play, speed and scrub bar.</summary>
    /// <param name="video">The frames.</param>
    /// <param name="title">A few words below it.</param>
    public static DisplayedOutput Clip(VideoFrames video, string title = "") => new(new Clips([new ClipView(video, title)]) { Label = title.Length == 0 ? "Clip" : title });

    /// <summary>Clips in step under one scrub bar.</summary>
    /// <param name="views">The clips; all have equally many frames.</param>
    public static DisplayedOutput Clips(params IReadOnlyList<ClipView> views) => new(new Clips(views));

    /// <summary>Two videos of one size, uncovered by a slider.</summary>
    /// <param name="first">To the left of it.</param>
    /// <param name="second">To the right of it.</param>
    /// <param name="firstTitle">Names the first.</param>
    /// <param name="secondTitle">Names the second.</param>
    public static DisplayedOutput Wipe(VideoFrames first, VideoFrames second, string firstTitle = "A", string secondTitle = "B") =>
        new(new Clips([new ClipView(first, firstTitle) { Against = second, AgainstTitle = secondTitle }]) { Label = $"{firstTitle} against {secondTitle}" });

    /// <summary>A clip's frames side by side, as a picture.</summary>
    /// <param name="video">The frames.</param>
    /// <param name="frames">Which, 0 … T-1; all when none is given.</param>
    public static DisplayedOutput Strip(VideoFrames video, params IReadOnlyList<int> frames) => new(new Strip(video) { Frames = frames.Count == 0 ? null : frames });

    /// <summary>A picture.</summary>
    /// <param name="pixels">uint8 <c>[H, W, C]</c>, C = 1, 3 or 4.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    public static DisplayedOutput Picture(byte[] pixels, int height, int width) => new(new Picture(pixels, height, width));

    /// <summary>Rows under named columns.</summary>
    /// <typeparam name="T">A record, tuple or class: a column per public member.</typeparam>
    /// <param name="rows">The rows.</param>
    /// <param name="limit">How many are shown.</param>
    public static DisplayedOutput Table<T>(IEnumerable<T> rows, int limit = 20)
        where T : notnull => new(Notebook.Table.Of(rows) with { Limit = limit });

    /// <summary>A place for something that changes: <c>var live = Show.Live("starting"); live.Update(figure);</c></summary>
    /// <param name="value">Shown first; anything.</param>
    public static DisplayedOutput Live(object? value) => new(value);
}
