using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AniSora.Data.Tables;
using AniSora.Evaluation.Benchmark;

namespace AniSora.Evaluation;

/// <summary>A value: a row of <c>scores.parquet</c> (columns in <c>docs/metrics.md</c>).</summary>
/// <param name="Videos">The folder's name for tables.</param>
/// <param name="Id">The clip's id.</param>
/// <param name="Label">Its action; empty without benchmark.</param>
/// <param name="Identity">What it shows.</param>
/// <param name="Metric">The metric's key.</param>
/// <param name="Network">What computed it; empty for a formula by itself.</param>
/// <param name="Version">Formula and network to the weights.</param>
/// <param name="StandIn">Whether that is another network than the published one.</param>
/// <param name="Value">The value, raw; NaN where there was nothing to measure.</param>
public sealed record ScoreRow(string Videos, string Id, string Label, string Identity, string Metric, string Network, string Version, bool StandIn, double Value) : ITableRow
{
    /// <inheritdoc/>
    public static string TableName => "scores";
    /// <inheritdoc/>
    public static int SchemaVersion => 1;
}

/// <summary>What an evaluation leaves behind: <c>scores.parquet</c>, <c>summary.json</c>, and a table for people.</summary>
public static class EvaluationFiles
{
    /// <summary>Writes the scores and their summary.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="sets">The measured folders; each further one is compared with the first.</param>
    /// <param name="bench">The real clips; null for none.</param>
    /// <exception cref="InputException">A file cannot be written.</exception>
    public static void Write(string folder, IReadOnlyList<SetScores> sets, BenchmarkFolder? bench)
    {
        Table<ScoreRow>.Write(Path.Combine(folder, "scores.parquet"),
            from set in sets
            from metric in set.Metrics
            from clip in set.Clips
            select new ScoreRow(set.Videos.Name, clip.Id, clip.Label, clip.Identity, metric.Column.Metric.Key, metric.Column.Network, metric.Column.Version, metric.Column.IsStandIn, clip.Values[metric.Column.Metric.Key]));
        var summary = new JsonObject
        {
            ["benchmark"] = bench is null ? null : new JsonObject { ["folder"] = bench.Root, ["clips"] = bench.Clips.Count, ["checksum"] = bench.Checksum },
            ["sets"] = new JsonArray([.. sets.Select(s => s.ToJson())]),
            ["comparisons"] = new JsonArray([.. Comparisons(sets).Select(c => new JsonObject
            {
                ["first"] = c.First.Videos.Name,
                ["second"] = c.Second.Videos.Name,
                ["metric"] = c.Column.Metric.Key,
                ["difference"] = SetScores.Json(c.Found.Difference),
                ["effect_size"] = SetScores.Number(c.Found.EffectSize),
                ["share_higher"] = SetScores.Number(c.Found.ShareHigher),
            })]),
        };
        AtomicFile.WriteText(Path.Combine(folder, "summary.json"), summary.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }

    /// <summary>The first set against each other one, metric by metric.</summary>
    public static IEnumerable<(SetScores First, SetScores Second, MetricColumn Column, PairedComparison Found)> Comparisons(IReadOnlyList<SetScores> sets) =>
        from second in sets.Skip(1)
        from metric in sets[0].Metrics
        select (sets[0], second, metric.Column, sets[0].Against(second, metric.Column.Metric.Key));

    /// <summary>The table for people, in Markdown: a row per metric, a column per folder, mean and 95 % interval.</summary>
    public static string Markdown(IReadOnlyList<SetScores> sets)
    {
        var text = new StringBuilder($"| metric | | {string.Join(" | ", sets.Select(s => Cell(s.Videos.Name)))} |\n|---|---|{string.Concat(sets.Select(_ => "---:|"))}\n");
        foreach (var column in sets.SelectMany(s => s.Metrics).Select(m => m.Column).DistinctBy(c => c.Metric))
        {
            string direction = $"{(column.Metric.HigherIsBetter ? "↑" : "↓")}{(column.Metric.Unit.Length > 0 ? $" {column.Metric.Unit}" : "")}";
            text.Append(CultureInfo.InvariantCulture, $"| {column} | {direction} | {string.Join(" | ", sets.Select(s => Shown(s.Metrics.FirstOrDefault(m => m.Column.Metric == column.Metric)?.All)))} |\n");
        }
        if (sets.Any(s => s.Frechet is not null))
            text.Append(CultureInfo.InvariantCulture, $"| Fréchet distance (ResNet-18 video features) | ↓ | {string.Join(" | ", sets.Select(s => s.Frechet is { } f ? string.Create(CultureInfo.InvariantCulture, $"{f.Unbiased:0.0} (N → ∞; {f.Value:0.0} at N = {f.Samples}, D = {f.Dimension}{(f.IsFullRank ? "" : ", not of full rank")})") : "–"))} |\n");
        text.Append(CultureInfo.InvariantCulture, $"| clips | | {string.Join(" | ", sets.Select(s => $"{s.Clips.Count}{(s.Problems.Count > 0 ? $", {s.Problems.Count} with problems" : "")}"))} |\n");
        return text.ToString();
    }

    /// <summary>A mean with its interval, in four figures.</summary>
    public static string Shown(Interval? found) => found is not { Count: > 0 } i ? "–"
        : double.IsNaN(i.Low) ? Number(i.Mean) : $"{Number(i.Mean)} ({Number(i.Low)} … {Number(i.High)})";

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 10 ? "0.00" : "0.0000", CultureInfo.InvariantCulture);

    private static string Cell(string text) => text.Replace("|", "\\|").ReplaceLineEndings(" ");
}
