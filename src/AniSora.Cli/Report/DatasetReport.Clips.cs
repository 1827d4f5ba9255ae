using System.Globalization;
using AniSora.Data;
using AniSora.Data.Pipeline.Reporting;
using AniSora.Data.Pipeline.Selection;
using AniSora.Display;

namespace AniSora.Cli.Report;

internal static partial class DatasetReport
{
    private static Html Kept(HtmlPage page, DatasetSummary summary, FrameStore store)
    {
        var clips = summary.KeptExamples(ShownKept).Select(id => CandidateClip.Read(summary, store, id)).ToList();
        // Clips of one bucket play under one clock.
        var players = clips.GroupBy(c => (c.Frames, c.Height, c.Width)).Select(bucket => HtmlPage.Player(
            new PlayerOptions($"Kept clips of {bucket.Key.Frames} frames", bucket.Key.Frames) { FramesPerSecond = double.Parse(bucket.First().Facts["fps"], CultureInfo.InvariantCulture) },
            Html.Of($"""<div class="pairs narrow">{bucket.Select(c => page.Tile(new ClipTile(new VideoFrames(c.Rgb, c.Frames, c.Height, c.Width), c.Facts["caption"], ClipRole.Real, c.Facts["caption"]) { Note = Short(c.Facts) }))}</div>""")));
        return HtmlPage.Section("kept", "What is kept", Html.Of($"""<p class="what">One clip of each label first, chosen by a fixed rule.</p>{players}"""));
    }

    private static Html RemovedSection(HtmlPage page, DatasetSummary summary, FrameStore store)
    {
        var sheets = summary.Funnel.Removed.Where(r => r.Clips > 0 && r.Rule != DatasetSelection.NearDuplicate).Select(removal => Html.Of($"""
            <h3>{removal.Rule} <small>{Counted(removal.Clips, "clip")}; kept would be {removal.Keep}</small></h3>
            <div class="examples">{removal.Examples.Select(id => Still(page, CandidateClip.Read(summary, store, id), removal.Keep))}</div>
            """));
        var pairs = summary.Duplicates(ShownDuplicates).Select(pair => Html.Of($"""
            <div class="twins">{Still(page, CandidateClip.Read(summary, store, pair.Removed), "")}{Still(page, CandidateClip.Read(summary, store, pair.Original), "")}</div>
            """)).ToList();
        var duplicates = pairs.Count == 0 ? Html.Empty : Html.Of($"""
            <h3>near-duplicates <small>left: removed, right: kept instead</small></h3><div class="examples">{pairs}</div>
            """);
        return HtmlPage.Section("removed", "What is removed", Html.Of($"""
            <p class="what">Examples of every rule, to see whether it means what it should. Change the rules with <code>anisora data merge DATASET --config rules.yaml</code>; nothing is decoded again.</p>
            {sheets}{duplicates}
            """));
    }

    /// <summary>First, middle and last frame, and the numbers that a rule speaks of.</summary>
    private static Html Still(HtmlPage page, CandidateClip clip, string rule)
    {
        var video = new VideoFrames(clip.Rgb, clip.Frames, clip.Height, clip.Width);
        string numbers = string.Join(", ", clip.Facts.Where(f => rule.Contains(f.Key, StringComparison.Ordinal) && double.TryParse(f.Value, CultureInfo.InvariantCulture, out _))
            .Select(f => $"{f.Key} {double.Parse(f.Value, CultureInfo.InvariantCulture):0.##}"));
        var three = new VideoFrames([.. video.Frame(0), .. video.Frame(clip.Frames / 2), .. video.Frame(clip.Frames - 1)], 3, clip.Height, clip.Width);
        return Html.Of($"""<figure class="example-clip" title="{clip.Facts["clip_id"]}">{page.Stills(three, [0, 1, 2], clip.Facts["caption"])}<figcaption><small>{(numbers.Length > 0 ? numbers : clip.Facts["caption"])}</small></figcaption></figure>""");
    }

    private static string Short(IReadOnlyDictionary<string, string> facts) => string.Create(CultureInfo.InvariantCulture,
        $"{(facts["label"].Length > 0 ? facts["label"] + ", " : "")}motion {double.Parse(facts["motion_score"], CultureInfo.InvariantCulture):0.0}, {facts["camera_motion"]}");
}
