using System.Text.Json.Nodes;
using AniSora.Evaluation.Networks;

namespace AniSora.Evaluation;

/// <summary>A metric over a set of videos.</summary>
/// <param name="Column">The metric and what computed it.</param>
/// <param name="All">Over all clips.</param>
/// <param name="Labels">By action.</param>
public sealed record MetricSummary(MetricColumn Column, Interval All, IReadOnlyDictionary<string, Interval> Labels)
{
    /// <summary>Gathers the values of a metric.</summary>
    /// <param name="column">The metric.</param>
    /// <param name="clips">With a value of it each.</param>
    public static MetricSummary Of(MetricColumn column, IEnumerable<ClipScores> clips)
    {
        Interval Mean(IEnumerable<ClipScores> some) => Bootstrap.Mean(some.Select(c => (c.Values[column.Metric.Key], c.Identity)));
        return new(column, Mean(clips), clips.GroupBy(c => c.Label, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).ToDictionary(g => g.Key, Mean));
    }
}

/// <summary>The scores of a folder of videos.</summary>
/// <param name="Videos">The folder.</param>
/// <param name="Clips">Every measured clip, by id.</param>
/// <param name="Problems">What was not measured, and why.</param>
/// <param name="Metrics">Every metric that had anything to measure, in the order of <see cref="Metric.All"/>.</param>
/// <param name="Frechet">The distance of all videos from all real ones; null without ResNet-18, or with too few clips.</param>
public sealed record SetScores(
    VideoFolder Videos, IReadOnlyList<ClipScores> Clips, IReadOnlyList<ClipProblem> Problems, IReadOnlyList<MetricSummary> Metrics, FrechetDistance? Frechet)
{
    /// <summary>Gathers the scores of a set, and computes what only a set has.</summary>
    internal static SetScores Of(VideoFolder videos, IReadOnlyList<ClipScores> clips, IReadOnlyList<ClipProblem> problems, IReadOnlyList<Metric> metrics, NetworkSet networks, CancellationToken cancellation)
    {
        const string agreement = "overall_consistency";
        if (networks.Sentences is { } sentences && metrics.Any(m => m.Key == agreement))
        {
            double[] found = CaptionRetrieval.Agreement(clips, clips, sentences, cancellation);
            for (int i = 0; i < clips.Count; i++)
                clips[i].Values[agreement] = found[i];
        }
        var summaries = metrics.Select(m => MetricSummary.Of(new MetricColumn(m, networks), clips));
        ClipScores[] paired = [.. clips.Where(c => c.RealFeatures.Length > 0)];
        var frechet = paired.Length >= FrechetDistance.FewestSamples ? FrechetDistance.Of([.. paired.Select(c => c.Features)], [.. paired.Select(c => c.RealFeatures)]) : null;
        return new(videos, clips, problems, [.. summaries.Where(s => s.All.Count > 0)], frechet);
    }

    /// <summary>Compares two sets clip by clip on one metric.</summary>
    /// <param name="other">The other set.</param>
    /// <param name="key">The metric.</param>
    public PairedComparison Against(SetScores other, string key)
    {
        var theirs = other.Clips.ToDictionary(c => c.Id, StringComparer.Ordinal);
        return Bootstrap.Compare(Clips.Where(c => theirs.ContainsKey(c.Id)).Select(c => (c.Values[key], theirs[c.Id].Values[key], c.Identity)));
    }

    /// <summary>For <c>summary.json</c>.</summary>
    internal JsonObject ToJson() => new()
    {
        ["videos"] = Videos.Root,
        ["name"] = Videos.Name,
        ["made"] = Videos.Made?.DeepClone(),
        ["clips"] = Clips.Count,
        ["metrics"] = new JsonArray([.. Metrics.Select(m => new JsonObject
        {
            ["metric"] = m.Column.Metric.Key,
            ["title"] = m.Column.Title,
            ["network"] = m.Column.Network,
            ["stand_in"] = m.Column.IsStandIn,
            ["unit"] = m.Column.Metric.Unit,
            ["higher_is_better"] = m.Column.Metric.HigherIsBetter,
            ["all"] = Json(m.All),
            ["labels"] = new JsonObject(m.Labels.Select(l => KeyValuePair.Create(l.Key, (JsonNode?)Json(l.Value)))),
        })]),
        ["frechet_distance"] = Frechet is null ? null : new JsonObject
        {
            ["value"] = Frechet.Value,
            ["unbiased"] = Frechet.Unbiased,
            ["samples"] = Frechet.Samples,
            ["dimension"] = Frechet.Dimension,
            ["full_rank"] = Frechet.IsFullRank,
        },
        ["problems"] = new JsonArray([.. Problems.Select(p => new JsonObject { ["id"] = p.Id, ["what"] = p.What })]),
    };

    internal static JsonObject Json(Interval interval) => new()
    {
        ["mean"] = Number(interval.Mean),
        ["low"] = Number(interval.Low),
        ["high"] = Number(interval.High),
        ["clips"] = interval.Count,
        ["identities"] = interval.Groups,
    };

    /// <summary>JSON has no NaN; what does not exist is null.</summary>
    internal static JsonNode? Number(double value) => double.IsFinite(value) ? value : null;
}
