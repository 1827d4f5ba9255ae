using System.Globalization;
using System.Text;
using AniSora.Display.Svg;
using AniSora.Pictures;
using Plotly.NET;

namespace AniSora.Display;

/// <summary>
/// A self-contained HTML page: style, scripts, videos and plotly.js inside one file that opens from anywhere and asks the
/// network for nothing (a content security policy in the page forbids it). Pieces that need the page's store of
/// sprite sheets or figures are made by its methods. Not thread-safe.
/// </summary>
/// <param name="title">The browser's title.</param>
/// <param name="description">One sentence for search and link previews.</param>
public sealed class HtmlPage(string title, string description)
{
    private readonly StringBuilder _body = new();
    private readonly Dictionary<string, SpriteSheet> _sheets = [];
    private readonly Dictionary<VideoFrames, SpriteSheet> _packed = [];
    private int _figures;

    /// <summary>Appends to the body.</summary>
    /// <param name="html">Finished HTML.</param>
    public void Add(Html html) => _body.Append(html).Append('\n');

    /// <summary>A figure; plotly.js is embedded once, whatever their number.</summary>
    /// <param name="chart">What to draw.</param>
    /// <param name="caption">What one should see in it; read to those who cannot.</param>
    public Html Figure(GenericChart chart, string caption)
    {
        var figure = PlotFigure.Of(chart);
        int number = ++_figures;
        return Html.Of($"""
            <figure class="plot"><div class="plot-area" id="figure-{number}" style="height:{figure.Height}px" role="img" aria-label="{caption}"></div>
            <script type="application/json" data-figure="figure-{number}">{Html.Raw(figure.Json)}</script>
            <figcaption>{caption}</figcaption></figure>
            """);
    }

    /// <summary>One clip of a player.</summary>
    /// <param name="tile">What to show.</param>
    public Html Tile(ClipTile tile)
    {
        ArgumentNullException.ThrowIfNull(tile);
        string role = tile.Role.ToString().ToLowerInvariant();
        return Html.Of($"""
            <figure class="clip {role}{(tile.Large ? " large" : "")}">{Canvas(tile.Video, tile.Alt)}
            <figcaption><b>{tile.Title}</b>{(tile.Note is null ? Html.Empty : Html.Of($"<span>{tile.Note}</span>"))}</figcaption></figure>
            """);
    }

    /// <summary>All frames of a clip side by side, with a mark at the one now playing; pointing at a frame goes there.</summary>
    /// <param name="video">Usually <see cref="VideoFrames.Masked"/>: transparent places are hatched as "unknown".</param>
    /// <param name="alt">What a person who cannot see it should know.</param>
    public Html Strip(VideoFrames video, string alt)
    {
        var sheet = Keep(video);
        return Html.Of($"""
            <div class="strip" style="--frames:{video.Frames}"><canvas width="{video.Frames * video.Width}" height="{video.Height}" data-sheet="{sheet.Id}" data-strip
            data-columns="{sheet.Columns}" data-w="{video.Width}" data-h="{video.Height}" data-frames="{video.Frames}" role="img" aria-label="{alt}"></canvas><i class="playhead"></i></div>
            """);
    }

    /// <summary>Still frames of a clip, for example its key frames, each with its number.</summary>
    /// <param name="video">The clip.</param>
    /// <param name="frames">Which frames, 0 … T-1.</param>
    /// <param name="alt">What a person who cannot see them should know.</param>
    /// <param name="names">What stands below each in place of its number.</param>
    public Html Stills(VideoFrames video, IEnumerable<int> frames, string alt, IReadOnlyList<string>? names = null)
    {
        ArgumentNullException.ThrowIfNull(video);
        var stills = frames.Select((t, i) => Html.Of($"""
            <figure class="still">{Canvas(video, $"{alt}, {names?[i] ?? $"frame {t + 1} of {video.Frames}"}", t)}<figcaption>{names?[i] ?? $"{t + 1}"}</figcaption></figure>
            """));
        return Html.Of($"""<div class="stills">{stills}</div>""");
    }

    /// <summary>A part of the page under a heading.</summary>
    /// <param name="id">What links to it say after <c>#</c>.</param>
    /// <param name="title">The heading.</param>
    /// <param name="content">All below it.</param>
    public static Html Section(string id, string title, Html content) => Html.Of($"""
        <section id="{id}"><h2>{title}</h2>{content}</section>
        """);

    /// <summary>Puts tiles and strips under one clock and adds the controls.</summary>
    /// <param name="options">Label, length, speed.</param>
    /// <param name="content">Tiles, strips and whatever stands between them.</param>
    public static Html Player(PlayerOptions options, Html content)
    {
        ArgumentNullException.ThrowIfNull(options);
        string given = options.GivenFrames is { } flags ? string.Concat(flags.Select(f => f ? '1' : '0')) : "";
        if (given.Length > 0 && given.Length != options.Frames)
            throw new ArgumentException($"{given.Length} flags for {options.Frames} frames; give one per frame", nameof(options));
        return Html.Of($"""
            <div class="player {options.Class}" role="group" aria-label="{options.Label}" tabindex="0" data-frames="{options.Frames}" data-fps="{options.FramesPerSecond}" data-given="{given}" data-playing="false">
            {content}
            <div class="controls">{(options.Steps ? Step(-1) : Html.Empty)}<button type="button" class="play" aria-label="Play"><svg viewBox="0 0 16 16" aria-hidden="true"><path class="is-paused" d="M4 2.5v11l9-5.5z"/><path class="is-playing" d="M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z"/></svg></button>{(options.Steps ? Step(1) : Html.Empty)}
            <input class="scrub" type="range" min="0" max="{options.Frames - 1}" value="0" step="1" aria-label="Frame"><output class="count">1/{options.Frames}</output>
            <button type="button" class="speed" aria-label="Speed: 1×">1×</button>{options.Tools}</div></div>
            """);
    }

    /// <summary>The whole page.</summary>
    /// <exception cref="FileNotFoundException">The page has figures and plotly.js is not installed.</exception>
    public string Render()
    {
        var html = new StringBuilder(1 << 16);
        // 'unsafe-inline' because everything is inline; the point is that nothing can be loaded from anywhere else.
        html.Append(Html.Of($"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="description" content="{description}">
            <title>{title}</title>
            <link rel="icon" href="data:image/png;base64,{Convert.ToBase64String(Icon())}">
            <style>{Html.Raw(Palette.Sheet + Assets.Text("player.css") + Assets.Text("page.css"))}</style>
            </head>
            <body>

            """));
        html.Append(_body);
        html.Append("<div hidden>");
        foreach (var sheet in _sheets.Values)
            html.Append(CultureInfo.InvariantCulture, $"<img id=\"{sheet.Id}\" alt=\"\" src=\"{sheet.DataUri}\">");
        html.Append("</div>\n<script>").Append(Assets.Script("player-core.js", "players.js")).Append("</script>\n");
        if (_figures > 0)
        {
            html.Append("<script>").Append(PlotlyLibrary.Read()).Append("</script>\n");
            html.Append("<script>").Append(Assets.Script("figure-core.js", "figures.js")).Append("</script>\n");
        }
        return html.Append("</body>\n</html>\n").ToString();
    }

    private static Html Step(int by) => Html.Of($"""
        <button type="button" class="step" data-step="{by}" aria-label="{(by < 0 ? "Previous frame" : "Next frame")}"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="{(by < 0 ? "M10.5 3l-5 5 5 5" : "M5.5 3l5 5-5 5")}"/></svg></button>
        """);

    private Html Canvas(VideoFrames video, string alt, int? still = null)
    {
        var sheet = Keep(video);
        string fixedFrame = still is { } t ? $"data-still={t.ToString(CultureInfo.InvariantCulture)}" : "";
        return Html.Of($"""
            <canvas width="{video.Width}" height="{video.Height}" data-sheet="{sheet.Id}" data-columns="{sheet.Columns}" data-w="{video.Width}" data-h="{video.Height}" {fixedFrame} role="img" aria-label="{alt}"></canvas>
            """);
    }

    /// <summary>Equal videos, such as one real clip beside several results, are stored once.</summary>
    private SpriteSheet Keep(VideoFrames video)
    {
        ArgumentNullException.ThrowIfNull(video);
        if (_packed.TryGetValue(video, out var known))
            return known;
        var sheet = SpriteSheet.Of(video);
        _packed[video] = sheet;
        return _sheets.TryAdd(sheet.Id, sheet) ? sheet : _sheets[sheet.Id];
    }

    /// <summary>A given frame and a made one, 2×1 of the page's two colours, scaled by the browser.</summary>
    private static byte[] Icon() => Png.Encode([0x12, 0x8a, 0x7d, 0xe4, 0x57, 0x2e, 0xe4, 0x57, 0x2e, 0x12, 0x8a, 0x7d], 2, 2, 3);
}
