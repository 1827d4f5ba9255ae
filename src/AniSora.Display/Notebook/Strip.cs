namespace AniSora.Display.Notebook;

/// <summary>A clip's frames side by side, as one picture that every viewer shows.</summary>
/// <param name="Video">The clip.</param>
public sealed record Strip(VideoFrames Video) : IDisplayable
{
    private const int MaximumWidth = 960, MaximumFrame = 128;

    /// <summary>Which frames, 0 … T-1; all when null.</summary>
    public IReadOnlyList<int>? Frames { get; init; }

    /// <summary>A line below it.</summary>
    public string? Caption { get; init; }

    /// <inheritdoc/>
    public MimeBundle ToMime()
    {
        var chosen = Frames ?? [.. Enumerable.Range(0, Video.Frames)];
        if (chosen.Count == 0 || chosen.Any(t => t < 0 || t >= Video.Frames))
            throw new ArgumentException($"the strip's frames are {string.Join(", ", chosen)}; this clip has 0 … {Video.Frames - 1}");
        var pixels = new byte[chosen.Count * Video.Frame(0).Length];
        for (int i = 0; i < chosen.Count; i++)
            Video.Frame(chosen[i]).CopyTo(pixels.AsSpan(i * Video.Frame(0).Length));
        var sheet = SpriteSheet.Of(new VideoFrames(pixels, chosen.Count, Video.Height, Video.Width), chosen.Count);
        int frame = Math.Min(MaximumFrame, Math.Max(Video.Width, MaximumWidth / chosen.Count));
        string text = Caption ?? $"Clip [{Video.Frames}, {Video.Height}, {Video.Width}, {Video.Channels}]";
        var numbers = chosen.Select(t => Html.Of($"""<span style="flex:1;text-align:center">{t + 1}</span>"""));
        int width = Math.Min(MaximumWidth, frame * chosen.Count);
        var caption = Html.Of($"""
            <span style="display:flex;width:{width}px;max-width:100%;font-variant-numeric:tabular-nums">{numbers}</span>{Caption}
            """);
        return Formatters.TextAndHtml(text, Picture.Figure(sheet.PngBytes, width, frame >= Video.Width, text, caption));
    }
}
