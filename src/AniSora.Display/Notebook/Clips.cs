using System.Globalization;

namespace AniSora.Display.Notebook;

/// <summary>
/// Clips in step under one scrub bar, with layers for masks and movement, a slider between two videos, and a film strip with
/// the key frames marked. Without scripts, all frames of each clip stand side by side.
/// </summary>
/// <param name="Views">The clips.</param>
public sealed record Clips(IReadOnlyList<ClipView> Views) : IDisplayable
{
    private const double SmallWidth = 192, LargeWidth = 320;

    /// <summary>Names the group to a screen reader.</summary>
    public string Label { get; init; } = "Clips";

    /// <summary>Pictures per second at normal speed.</summary>
    public double FramesPerSecond { get; init; } = 10;

    /// <summary>Which frames were given whole to the model (length T): marked below the strip, and the borders of the model's clips turn teal there.</summary>
    public IReadOnlyList<bool>? GivenFrames { get; init; }

    /// <summary>All frames of a clip in a row below the clips, to point at; transparent places (<see cref="VideoFrames.Masked"/>) are hatched as "to be made".</summary>
    public VideoFrames? Strip { get; init; }

    /// <summary>Width of each clip, in CSS pixels; chosen when null.</summary>
    public int? Width { get; init; }

    /// <inheritdoc/>
    public MimeBundle ToMime()
    {
        if (Views.Count == 0)
            throw new ArgumentException("there is no clip to show");
        int frames = Views[0].Video.Frames;
        foreach (var view in Views)
            view.Check(frames);
        if (Strip is { } strip && strip.Frames != frames)
            throw new ArgumentException($"the strip has {strip.Frames} frames, the clips have {frames}; give as many");

        var sheets = new SheetList();
        var tiles = Views.Select(view => Tile(view, sheets)).ToArray();
        var options = new PlayerOptions(Label, frames) { FramesPerSecond = FramesPerSecond, GivenFrames = GivenFrames, Steps = true, Tools = Layers() };
        var player = HtmlPage.Player(options, Html.Of($"""<div class="tiles">{tiles}</div>{StripAndKeys(sheets, frames)}"""));
        string text = $"{Label}: {string.Join(", ", Views.Select(v => $"{v.Title} [{v.Video.Frames}, {v.Video.Height}, {v.Video.Width}, {v.Video.Channels}]"))}";
        return Formatters.TextAndHtml(text, OutputElement.Player.Of(Html.Empty, Html.Of($"{sheets.Render()}<template>{player}</template>")));
    }

    private Html Tile(ClipView view, SheetList sheets)
    {
        var video = view.Video;
        int width = Width ?? WidthOf(video, view.Large || (Views.Count == 1 && video.Width > 96) || view.Against is not null);
        string role = view.Role.ToString().ToLowerInvariant();
        var wipe = Html.Empty;
        var wipeAttributes = Html.Empty;
        var canvas = sheets.Add(video, view.Title, width);
        if (view.Against is { } other)
        {
            var second = sheets.Add(other, view.AgainstTitle, width);
            wipeAttributes = Html.Of($""" data-against="{second.Index}" data-against-columns="{second.Columns}" """);
            wipe = Html.Of($"""
                <i class="divider"></i><span class="name first">{view.Title}</span><span class="name second">{view.AgainstTitle}</span>
                <input class="share" type="range" min="0" max="100" value="50" aria-label="{$"Divider: {view.Title} to the left, {view.AgainstTitle} to the right"}">
                """);
        }
        var mask = view.Mask is null ? Html.Empty : Canvas(sheets.Add(MaskTint.Of(view.Mask, video), null, width), video, "layer mask", Html.Empty);
        var flow = view.Flow is null ? Html.Empty : FlowArrows.Canvas(view.Flow, video);
        var caption = view.Against is null
            ? Html.Of($"""<figcaption><b>{view.Title}</b>{(view.Note is null ? Html.Empty : Html.Of($"<span>{view.Note}</span>"))}</figcaption>""")
            : view.Note is null ? Html.Empty : Html.Of($"<figcaption><span>{view.Note}</span></figcaption>");
        var attributes = Html.Of($""" role="img" aria-label="{view.Alt ?? view.Title}"{wipeAttributes}""");
        return Html.Of($"""
            <figure class="clip {role}" style="--width:{width}px"><div class="stage{(view.Against is null ? "" : " wipe")}">{Canvas(canvas, video, "frame", attributes)}{mask}{flow}{wipe}</div>{caption}</figure>
            """);
    }

    private static Html Canvas(SheetList.Entry sheet, VideoFrames video, string name, Html attributes) => Html.Of($"""
        <canvas class="{name}" width="{video.Width}" height="{video.Height}" data-image="{sheet.Index}" data-columns="{sheet.Columns}" data-w="{video.Width}" data-h="{video.Height}"{attributes}></canvas>
        """);

    private Html StripAndKeys(SheetList sheets, int frames)
    {
        var strip = Html.Empty;
        if (Strip is { } video)
        {
            var sheet = sheets.Add(video, null, 0);
            strip = Html.Of($"""
                <div class="strip" style="--frames:{frames}"><canvas width="{frames * video.Width}" height="{video.Height}" data-image="{sheet.Index}" data-strip data-columns="{sheet.Columns}" data-w="{video.Width}" data-h="{video.Height}" data-frames="{frames}" role="img" aria-label="All frames in a row"></canvas><i class="playhead"></i></div>
                """);
        }
        if (GivenFrames is null || Strip is null)
            return strip;
        var keys = GivenFrames.Index().Where(f => f.Item).Select(f => Html.Of($"""
            <button type="button" style="--t:{f.Index}" data-seek="{f.Index}" aria-label="{$"Go to key frame {(f.Index + 1).ToString(CultureInfo.InvariantCulture)}"}">{f.Index + 1}</button>
            """));
        return Html.Of($"""{strip}<div class="keys" style="--frames:{frames}">{keys}</div>""");
    }

    private Html? Layers()
    {
        var names = new[] { ("mask", "Mask", Views.Any(v => v.Mask is not null)), ("flow", "Flow", Views.Any(v => v.Flow is not null)) };
        return Html.Join(names.Where(n => n.Item3).Select(n => Html.Of($"""<button type="button" data-layer="{n.Item1}" aria-pressed="true">{n.Item2}</button>""")));
    }

    /// <summary>Whole multiples keep drawn pixels square and sharp.</summary>
    internal static int WidthOf(VideoFrames video, bool large)
    {
        double wanted = large ? LargeWidth : SmallWidth;
        return video.Width >= wanted ? (int)Math.Min(video.Width, 2 * wanted) : video.Width * Math.Max(1, (int)Math.Round(wanted / video.Width));
    }
}
