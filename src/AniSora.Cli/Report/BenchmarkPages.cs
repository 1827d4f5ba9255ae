using AniSora.Data;
using AniSora.Display;
using AniSora.Evaluation.Benchmark;

namespace AniSora.Cli.Report;

/// <summary>Pages to browse a benchmark: <c>index.html</c> with a clip of each label, and a page for each label with all its clips.</summary>
internal static class BenchmarkPages
{
    // Of clips whose size nobody has said: large ones are shown small, and their beginning.
    private const int ForeignWidth = 160, ForeignHeight = 90, ForeignFrames = 49;

    private const double OverviewRate = 12;

    /// <summary>Writes the pages; one label's clips are in memory at a time.</summary>
    /// <param name="bench">The benchmark.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="done">Hears how many clips are on a page.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>The overview's path.</returns>
    /// <exception cref="InputException">A file is missing or damaged, or a page cannot be written.</exception>
    public static string Write(BenchmarkFolder bench, string folder, Action<int> done, CancellationToken cancellation)
    {
        string name = Path.GetFileName(bench.Root.TrimEnd('/'));
        var overview = new HtmlPage($"{name}: benchmark", "Labelled animation clips with prompts, key frames and motion masks.");
        var labels = bench.Clips.GroupBy(c => (c.Source, c.Label)).OrderBy(g => g.Key).ToList();
        var tiles = new List<(string Source, Html Tile, int Frames)>();
        int read = 0;
        foreach (var label in labels)
        {
            var clips = label.AsParallel().AsOrdered().WithCancellation(cancellation).Select(clip =>
            {
                var shown = Read(bench, clip, cancellation);
                done(Interlocked.Increment(ref read));
                return (Clip: clip, Shown: shown);
            }).ToList();
            Save(Path.Combine(folder, FileOf(label.Key)), LabelPage(bench, name, label.Key, clips));
            var (first, picture) = clips[0];
            tiles.Add((first.Source, Html.Of($"""<a href="{FileOf(label.Key)}">{overview.Tile(new ClipTile(picture.Video, first.Label, ClipRole.Real, first.Prompt) { Note = DatasetReport.Counted(clips.Count, "clip") })}</a>"""), picture.Video.Frames));
        }
        overview.Add(Html.Of($"<main>{Opening(bench, name)}{tiles.GroupBy(t => t.Source).Select(source => Section(source.Key, [.. source.Select(t => (t.Tile, t.Frames))]))}{Origins(bench)}</main>"));
        string path = Path.Combine(folder, "index.html");
        Save(path, overview);
        return path;
    }

    private static HtmlPage LabelPage(BenchmarkFolder bench, string name, (string Source, string Label) label, List<(BenchmarkClip Clip, Shown Shown)> clips)
    {
        var page = new HtmlPage($"{label.Label}: {name}", $"{clips.Count} clips of {label.Label} with prompts, key frames and masks.");
        var first = clips[0].Clip;
        page.Add(Html.Of($"""
            <main><header class="hero"><p class="eyebrow"><a href="index.html">{name}</a>{(label.Source.Length > 0 ? $" · {label.Source}" : "")}</p><h1>{label.Label}</h1>
            <p class="lead">{DatasetReport.Counted(clips.Count, "clip")}{(first.Attribution.Length > 0 ? $". {first.Attribution}; {first.Licence}." : "")}{(bench.HasManifest && clips.Exists(c => c.Clip.FigureInDemo) ? " The shipped model was trained on these figures in other actions and directions." : "")}</p></header>
            """));
        foreach (var clock in clips.GroupBy(c => (c.Shown.Video.Frames, c.Shown.Rate)).OrderBy(g => g.Key))
        {
            var pairs = clock.Select(c => Html.Of($"""
                <div class="pair">{page.Tile(new ClipTile(c.Shown.Video, c.Clip.Prompt, ClipRole.Real, c.Clip.Prompt))}{Guides(page, c.Clip, c.Shown)}<small>{c.Clip.Id}</small></div>
                """));
            var player = HtmlPage.Player(new PlayerOptions($"Clips of {label.Label}", clock.Key.Frames) { FramesPerSecond = clock.Key.Rate, Steps = true }, Html.Of($"""<div class="pairs">{pairs}</div>"""));
            page.Add(Html.Of($"""<section><p class="what">{clock.Key.Frames} frames at {clock.Key.Rate:0.##} a second.</p>{player}</section>"""));
        }
        page.Add(Html.Of($"</main>"));
        return page;
    }

    /// <summary>First, middle and last frame, and what may move.</summary>
    private static Html Guides(HtmlPage page, BenchmarkClip clip, Shown shown)
    {
        var video = shown.Video;
        var given = new VideoFrames([.. video.Frame(0), .. video.Frame((video.Frames - 1) / 2), .. video.Frame(video.Frames - 1), .. shown.Mask.SelectMany(m => new[] { m, m, m })], shown.Mask.Length > 0 ? 4 : 3, video.Height, video.Width);
        return page.Stills(given, Enumerable.Range(0, given.Frames), clip.Prompt, ["first", "middle", "last", "mask"]);
    }

    private static Html Opening(BenchmarkFolder bench, string name)
    {
        var facts = new (string Value, string What)[]
        {
            (DatasetReport.Grouped(bench.Clips.Count), "clips"), (DatasetReport.Grouped(bench.Clips.Select(c => (c.Source, c.Label)).Distinct().Count()), "labels"),
            (DatasetReport.Grouped(bench.Clips.Select(c => c.Identity).Distinct().Count()), "different things shown"), (DatasetReport.Grouped(bench.Clips.Count(c => c.HasMask)), "motion masks"),
        };
        return Html.Of($"""
            <header class="hero"><p class="eyebrow">Benchmark</p><h1>{name}</h1>
            <p class="lead">Real animation, each clip with its action, a prompt, its first, middle and last frame, and where it moves. Choose a label to see all its clips.</p>
            <dl class="facts">{facts.Select(f => Html.Of($"<div><dt>{f.What}</dt><dd>{f.Value}</dd></div>"))}</dl></header>
            """);
    }

    private static Html Section(string source, IReadOnlyList<(Html Tile, int Frames)> tiles) => Html.Of($"""
        <section><h2>{(source.Length > 0 ? source : "Clips")}</h2><p class="what">A clip of each of {DatasetReport.Counted(tiles.Count, "label")}.</p>{tiles.GroupBy(t => t.Frames).Select(clock => HtmlPage.Player(
            new PlayerOptions($"A clip of each label of {source}", clock.Key) { FramesPerSecond = OverviewRate }, Html.Of($"""<div class="pairs narrow">{clock.Select(t => t.Tile)}</div>""")))}</section>
        """);

    private static Html Origins(BenchmarkFolder bench)
    {
        var rows = bench.Clips.GroupBy(c => (c.Source, c.Licence, c.Attribution)).Select(g => Html.Of($"""
            <tr><th scope="row">{(g.Key.Source.Length > 0 ? g.Key.Source : "unknown")}<small>{g.Key.Attribution}</small></th><td>{g.Key.Licence}</td><td class="number">{g.Select(c => c.Label).Distinct().Count()}</td><td class="number">{g.Select(c => c.Identity).Distinct().Count()}</td><td class="number">{g.Count()}</td></tr>
            """));
        return Html.Of($"""
            <section><h2>Where the pictures come from</h2><div class="scroll"><table class="cost"><thead><tr><th scope="col">Source</th><th scope="col">Licence</th><th scope="col">Labels</th><th scope="col">Identities</th><th scope="col">Clips</th></tr></thead><tbody>{rows}</tbody></table></div>
            <p class="colophon">Checksum <code>{bench.Checksum}</code></p></section>
            """);
    }

    private sealed record Shown(VideoFrames Video, double Rate, byte[] Mask);

    private static Shown Read(BenchmarkFolder bench, BenchmarkClip clip, CancellationToken cancellation)
    {
        var video = bench.HasManifest ? bench.ReadClip(clip, cancellation) : Media.ReadVideo(bench.VideoOf(clip.Id), ForeignWidth, ForeignHeight, ForeignFrames, cancellation);
        return new(new VideoFrames(video.Rgb, video.Frames, video.Height, video.Width), Math.Round(video.Fps, 2), clip.HasMask ? bench.ReadMask(clip, video.Height, video.Width) : []);
    }

    private static void Save(string path, HtmlPage page) => AtomicFile.WriteText(path, page.Render());

    private static string FileOf((string Source, string Label) label) => string.Concat($"{label.Source}_{label.Label}".Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-')) + ".html";
}
