namespace AniSora.Display.Notebook;

/// <summary>The sprite sheets of one output. They stand in it as pictures, so that they are what a viewer without scripts shows.</summary>
internal sealed class SheetList
{
    private readonly List<(SpriteSheet Sheet, string? Title, int Width)> _sheets = [];

    /// <summary>Where a canvas finds its frames.</summary>
    public readonly record struct Entry(int Index, int Columns);

    /// <summary>Adds a video; equal ones are kept once.</summary>
    /// <param name="video">The frames.</param>
    /// <param name="title">Shown with the frames where no script runs; null shows nothing there.</param>
    /// <param name="width">How wide a frame is shown, in CSS pixels.</param>
    public Entry Add(VideoFrames video, string? title, int width)
    {
        // Rows of up to twenty, equally long: where no script runs, the sheet reads like a film strip.
        int rows = (video.Frames + 19) / 20;
        var sheet = SpriteSheet.Of(video, (video.Frames + rows - 1) / rows);
        int index = _sheets.FindIndex(s => s.Sheet.Id == sheet.Id);
        if (index < 0)
        {
            index = _sheets.Count;
            _sheets.Add((sheet, title, width));
        }
        else if (title is not null && _sheets[index].Title is null)
        {
            _sheets[index] = (sheet, title, width);
        }
        return new Entry(index, sheet.Columns);
    }

    /// <summary>The pictures.</summary>
    public Html Render() => Html.Join(_sheets.Select(s => s.Title is null
        ? Html.Of($"""<img hidden alt="" src="{s.Sheet.DataUri}">""")
        : Html.Of($"""
            <figure style="margin:0 0 10px"><img alt="{$"{s.Title}, {s.Sheet.Video.Frames} frames"}" src="{s.Sheet.DataUri}" style="width:{Math.Min(s.Width, 96) * s.Sheet.Columns}px;max-width:100%;image-rendering:pixelated"><figcaption>{s.Title}</figcaption></figure>
            """)));
}
