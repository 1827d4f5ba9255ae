using System.Globalization;
using AniSora.Data;
using AniSora.Display;
using AniSora.Evaluation;
using AniSora.Evaluation.Benchmark;

namespace AniSora.Cli.Report;

/// <summary>The page of an evaluation: the table, metrics by action, pairs, and the worst clips beside the real ones.</summary>
internal static class EvaluationPage
{
    private const int WorstClips = 4, MostLabelCharts = 8;

    /// <summary>Metrics by which the worst clips are shown, the first two that were measured.</summary>
    private static readonly string[] _telling = ["psnr", "perceptual_distance", "subject_consistency", "temporal_flicker", "motion_score"];

    /// <summary>Writes the page.</summary>
    /// <param name="path">The HTML file.</param>
    /// <param name="sets">The measured folders.</param>
    /// <param name="bench">The real clips; null for none.</param>
    /// <returns>The page's path.</returns>
    /// <exception cref="InputException">The page cannot be written.</exception>
    public static string Write(string path, IReadOnlyList<SetScores> sets, BenchmarkFolder? bench)
    {
        var page = new HtmlPage("Evaluation", "Metrics of generated videos, by action, with the worst clips.");
        page.Add(Html.Of($"""
            <main><header class="hero"><p class="eyebrow">Evaluation</p><h1>{string.Join(" · ", sets.Select(s => s.Videos.Name))}</h1>
            <p class="lead">{sets.Sum(s => s.Clips.Count)} clips measured{(bench is null ? "" : $" against {bench.Clips.Count} real ones")}. Means with 95 % intervals, drawn by identity.</p></header>
            {Numbers(sets)}{Pairs(sets)}{Labels(page, sets)}{sets.Select((set, i) => Worst(page, $"worst-{i + 1}", set, bench))}{Problems(sets)}</main>
            """));
        try
        {
            AtomicFile.WriteText(path, page.Render());
        }
        catch (FileNotFoundException e)
        {
            throw new InputException(e.Message, e);
        }
        return path;
    }

    private static Html Numbers(IReadOnlyList<SetScores> sets)
    {
        var columns = sets.SelectMany(s => s.Metrics).Select(m => m.Column).DistinctBy(c => c.Metric);
        var rows = columns.Select(column => Html.Of($"""
            <tr><th scope="row">{column.Title}<small>{(column.Metric.HigherIsBetter ? "higher is better" : "lower is better")}{(column.Metric.Unit.Length > 0 ? ", " + column.Metric.Unit : "")}</small></th>
            {sets.Select(s => Html.Of($"<td class=\"number\">{EvaluationFiles.Shown(s.Metrics.FirstOrDefault(m => m.Column.Metric == column.Metric)?.All)}</td>"))}</tr>
            """));
        var frechet = sets.Any(s => s.Frechet is not null) ? Html.Of($"""
            <tr><th scope="row">Fréchet distance (ResNet-18 video features)<small>extrapolated to infinitely many clips; measured; lower is better</small></th>
            {sets.Select(s => Html.Of($"<td class=\"number\">{(s.Frechet is { } f ? string.Create(CultureInfo.InvariantCulture, $"{f.Unbiased:0.0}; {f.Value:0.0} at N = {f.Samples}, D = {f.Dimension}{(f.IsFullRank ? "" : ", not of full rank")}") : "–")}</td>"))}</tr>
            """) : Html.Empty;
        return HtmlPage.Section("numbers", "Numbers", Html.Of($"""
            <p class="what">“Stand-in” says that another network than the published one computed a metric: such numbers compare what was measured here, and nothing with published tables.</p>
            <div class="scroll"><table class="cost"><thead><tr><th scope="col">Metric</th>{sets.Select(s => Html.Of($"<th scope=\"col\">{s.Videos.Name}</th>"))}</tr></thead><tbody>{rows}{frechet}</tbody></table></div>
            """));
    }

    private static Html Pairs(IReadOnlyList<SetScores> sets)
    {
        if (sets.Count < 2)
            return Html.Empty;
        var rows = EvaluationFiles.Comparisons(sets).Where(c => c.Found.Difference.Count > 0).Select(c => Html.Of($"""
            <tr><th scope="row">{c.Column.Title}<small>{c.First.Videos.Name} less {c.Second.Videos.Name}</small></th><td class="number">{EvaluationFiles.Shown(c.Found.Difference)}</td>
            <td class="number">{c.Found.EffectSize:0.00}</td><td class="number">{100 * c.Found.ShareHigher:0} %</td></tr>
            """));
        return HtmlPage.Section("pairs", "Clip by clip", Html.Of($"""
            <div class="scroll"><table class="cost"><thead><tr><th scope="col">Metric</th><th scope="col">Difference</th><th scope="col">Effect size (d)</th><th scope="col">Higher on</th></tr></thead><tbody>{rows}</tbody></table></div>
            """));
    }

    private static Html Labels(HtmlPage page, IReadOnlyList<SetScores> sets)
    {
        string[] labels = [.. sets.SelectMany(s => s.Clips).Select(c => c.Label).Where(l => l.Length > 0).Distinct().Order(StringComparer.Ordinal)];
        if (labels.Length < 2)
            return Html.Empty;
        var charts = sets[0].Metrics.OrderByDescending(m => _telling.Contains(m.Column.Metric.Key)).Take(MostLabelCharts).Select(metric =>
        {
            var bars = sets.Select(s => (s.Videos.Name, Found: s.Metrics.FirstOrDefault(m => m.Column.Metric == metric.Column.Metric))).Where(s => s.Found is not null).Select(s =>
            {
                Interval[] values = [.. labels.Select(l => s.Found!.Labels.GetValueOrDefault(l, new Interval(double.NaN, double.NaN, double.NaN, 0, 0)))];
                return Charts.Bars(labels, [.. values.Select(v => v.Mean)], s.Name, null, [.. values.Select(v => double.IsNaN(v.Low) ? 0 : (v.High - v.Low) / 2)]);
            });
            return page.Figure(Charts.Together(bars).Styled(x: "action", y: metric.Column.Metric.Unit.Length > 0 ? metric.Column.Metric.Unit : metric.Column.Metric.Title), $"{metric.Column.Title} by action, with half of the 95 % interval.");
        });
        return HtmlPage.Section("labels", "By action", Html.Of($"{charts}"));
    }

    private static Html Worst(HtmlPage page, string id, SetScores set, BenchmarkFolder? bench)
    {
        var metrics = _telling.Select(key => set.Metrics.FirstOrDefault(m => m.Column.Metric.Key == key)).OfType<MetricSummary>().Take(2);
        return HtmlPage.Section(id, $"Worst clips of {set.Videos.Name}", Html.Join(metrics.Select(summary =>
        {
            var metric = summary.Column.Metric;
            var clips = set.Clips.Where(c => !double.IsNaN(c.Values[metric.Key])).OrderBy(c => (metric.HigherIsBetter ? 1 : -1) * c.Values[metric.Key]).Take(WorstClips);
            return Html.Of($"<h3>By {summary.Column.Title}</h3>{clips.Select(clip => Player(page, set, bench, clip, metric))}");
        })));
    }

    private static Html Player(HtmlPage page, SetScores set, BenchmarkFolder? bench, ClipScores clip, Metric metric)
    {
        var video = Media.ReadVideo(set.Videos.Videos[clip.Id]);
        var made = page.Tile(new ClipTile(Shown(video), "Made", ClipRole.Model, clip.Prompt) { Note = string.Create(CultureInfo.InvariantCulture, $"{metric.Title} {clip.Values[metric.Key]:0.###} {metric.Unit}") });
        var real = bench?.Find(clip.Id) is { } row ? page.Tile(new ClipTile(Shown(bench.ReadClip(row)), "Real", ClipRole.Real, clip.Prompt) { Note = clip.Prompt }) : Html.Empty;
        return HtmlPage.Player(new PlayerOptions(clip.Id, video.Frames) { FramesPerSecond = video.Fps }, Html.Of($"<p><code>{clip.Id}</code></p><div class=\"tiles\">{made}{real}</div>"));
    }

    private static VideoFrames Shown(Video video) => new(video.Rgb, video.Frames, video.Height, video.Width);

    private static Html Problems(IReadOnlyList<SetScores> sets)
    {
        var rows = sets.SelectMany(s => s.Problems).Select(p => Html.Of($"<tr><th scope=\"row\"><code>{p.Id}</code></th><td>{p.What}</td></tr>")).ToList();
        return rows.Count == 0 ? Html.Empty : HtmlPage.Section("problems", "Not measured", Html.Of($"<div class=\"scroll\"><table class=\"cost\"><tbody>{rows}</tbody></table></div>"));
    }
}
