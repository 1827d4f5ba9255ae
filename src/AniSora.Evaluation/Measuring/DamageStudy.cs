using System.Globalization;
using AniSora.Data;
using AniSora.Display;
using AniSora.Evaluation.Benchmark;
using AniSora.Evaluation.Networks;
using Plotly.NET;

namespace AniSora.Evaluation;

/// <summary>
/// How metrics answer to damage of known kind and strength, on real clips: whether the one that has to notice gets worse with every step, and
/// which others notice too, or don't.
/// </summary>
/// <param name="Metrics">What was measured, with the networks.</param>
/// <param name="Means">Damage and metric to the mean over clips at the strengths 0 (whole) … 5.</param>
/// <param name="Spread">Metric to the standard deviation over whole clips.</param>
public sealed record DamageStudy(IReadOnlyList<MetricColumn> Metrics, IReadOnlyDictionary<(string Damage, string Metric), double[]> Means, IReadOnlyDictionary<string, double> Spread)
{
    /// <summary>A clip to damage.</summary>
    public sealed record Clip(string Id, string Identity, string Prompt, Video Video);

    /// <summary>The damages, with the metric that has to notice.</summary>
    public static IReadOnlyList<(string Damage, string Metric)> Expected { get; } = [.. Damage.All.Select(d => (d.Name, d.Metric)), (Damage.WrongCaption, "overall_consistency")];

    /// <summary>Damages clips and measures them.</summary>
    /// <param name="clips">Real clips of one size and length, of several identities.</param>
    /// <param name="captioned">Real clips among which wrong captions are looked for: more of them, since clips that look alike must be found among them.</param>
    /// <param name="networks">What to look with.</param>
    /// <param name="metrics">What to measure.</param>
    /// <param name="damages">How; null for every way.</param>
    /// <param name="measured">Hears after every measured video, from any thread.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">There are fewer than two identities, or sizes differ.</exception>
    public static DamageStudy Run(
        IReadOnlyList<Clip> clips, IReadOnlyList<Clip> captioned, NetworkSet networks, IReadOnlyList<Metric> metrics, IReadOnlyList<Damage>? damages = null, Action? measured = null, CancellationToken cancellation = default)
    {
        damages ??= Damage.All;
        if (clips.Select(c => c.Identity).Distinct().Count() < 2 || clips.Select(c => (c.Video.Frames, c.Video.Height, c.Video.Width)).Distinct().Count() != 1)
            throw new InputException("clips to damage: two or more identities of one size and length are needed");
        var kinds = damages.SelectMany(d => Enumerable.Range(1, Damage.Steps).Select(s => (Damage: (Damage?)d, Strength: s))).Prepend((null, 0)).ToArray();
        var found = new Dictionary<string, double>[kinds.Length, clips.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellation };
        Parallel.For(0, clips.Count, parallel, i =>
        {
            var clip = clips[i];
            var other = Enumerable.Range(1, clips.Count - 1).Select(k => clips[(i + k) % clips.Count]).First(c => c.Identity != clip.Identity).Video;
            byte[] image = clip.Video.Rgb[..(3 * clip.Video.Height * clip.Video.Width)];
            var real = new ObservedClip(clip.Video, clip.Video, networks) { Image = image, KeyFrames = [(0, image)], Prompt = clip.Prompt, Cancellation = cancellation };
            for (int k = 0; k < kinds.Length; k++)
            {
                var (damage, strength) = kinds[k];
                // One seed for all strengths of a clip: stronger damage is more of the same.
                var view = real.With(damage is null ? clip.Video.Rgb : damage.Apply(clip.Video, other, strength, new Random(i)));
                found[k, i] = metrics.Where(m => (m.Needs & ~view.Has) == 0).ToDictionary(m => m.Key, m => m.Measure(view));
                measured?.Invoke();
            }
        });
        MetricColumn[] columns = [.. metrics.Where(m => found[0, 0].ContainsKey(m.Key)).Select(m => new MetricColumn(m, networks))];
        var means = (from damage in damages from column in columns select (damage, column)).ToDictionary(p => (p.damage.Name, p.column.Metric.Key),
            p => kinds.Select((kind, k) => (kind, k)).Where(x => x.kind.Damage is null || x.kind.Damage == p.damage)
                .Select(x => Mean(Enumerable.Range(0, clips.Count).Select(i => found[x.k, i][p.column.Metric.Key]))).ToArray());
        var spread = columns.ToDictionary(c => c.Metric.Key, c => Deviation([.. Enumerable.Range(0, clips.Count).Select(i => found[0, i][c.Metric.Key])]));
        if (networks.Sentences is { } sentences && columns.Any(c => c.Metric.Key == "overall_consistency"))
        {
            var whole = new ClipScores[captioned.Count];
            Parallel.For(0, whole.Length, parallel, i =>
            {
                var (id, identity, prompt, video) = captioned[i];
                float[] features = networks.ResNet!.Look(video.Rgb, new VideoSize(video.Frames, video.Height, video.Width), cancellation).VideoFeatures();
                whole[i] = new(id, "", identity, prompt, [], features, features);
                measured?.Invoke();
            });
            double[][] agreement = [.. Enumerable.Range(0, Damage.Steps + 1).Select(s => CaptionRetrieval.Agreement(Misread(whole, sentences, s), whole, sentences, cancellation))];
            means[(Damage.WrongCaption, "overall_consistency")] = [.. agreement.Select(Mean)];
            spread["overall_consistency"] = Deviation(agreement[0]);
        }
        return new(columns, means, spread);
    }

    /// <summary>Whether a metric gets worse with every strength of a damage.</summary>
    public bool Notices(string damage, string metric)
    {
        if (!Means.TryGetValue((damage, metric), out double[]? means))
            return false;
        bool higher = Metrics.Single(m => m.Metric.Key == metric).Metric.HigherIsBetter;
        return means.Zip(means.Skip(1)).All(step => higher ? step.Second < step.First : step.Second > step.First);
    }

    /// <summary>How much worse the strongest damage makes a metric, in standard deviations of whole clips (at most 9.9 either way); negative: it calls it better.</summary>
    public double Response(string damage, string metric)
    {
        if (!Means.TryGetValue((damage, metric), out double[]? means) || double.IsNaN(means[0]))
            return double.NaN;
        double change = (Metrics.Single(m => m.Metric.Key == metric).Metric.HigherIsBetter ? -1 : 1) * (means[^1] - means[0]);
        return change == 0 ? 0 : Math.Clamp(change / Spread[metric], -9.9, 9.9);
    }

    /// <summary>The table of responses: a row per metric, a column per damage; what gets worse with every step is marked.</summary>
    public string Markdown()
    {
        string[] damages = [.. Expected.Select(e => e.Damage)];
        string Cell(string damage, string metric) => Response(damage, metric) is var response && double.IsNaN(response) ? ""
            : $"{response.ToString("0.0", CultureInfo.InvariantCulture)}{(Notices(damage, metric) ? " ✓" : "")}{(Expected.Contains((damage, metric)) ? " **←**" : "")}";
        return $"| metric | {string.Join(" | ", damages)} |\n|---|{string.Concat(damages.Select(_ => "---:|"))}\n"
            + string.Concat(Metrics.Select(m => $"| {m} | {string.Join(" | ", damages.Select(d => Cell(d, m.Metric.Key)))} |\n"));
    }

    /// <summary>The figure: for each damage, the metric that has to notice, from whole clips (0) to its value at the strongest damage (1).</summary>
    public GenericChart Figure() => Charts.Together(Expected.Where(e => Means.ContainsKey(e)).Select(e =>
    {
        double[] means = Means[e];
        double range = Math.Max(1e-12, Math.Abs(means[^1] - means[0])), sign = Metrics.Single(m => m.Metric.Key == e.Metric).Metric.HigherIsBetter ? -1 : 1;
        return Charts.Line([.. means.Select((_, s) => (double)s)], [.. means.Select(m => sign * (m - means[0]) / range)], $"{e.Damage}: {Metrics.Single(m => m.Metric.Key == e.Metric)}");
    })).Styled(x: "strength of the damage", y: "worse, as a share of the strongest", height: 420);

    /// <summary>The figure of all responses, metric by damage; the fewer of the two side by side.</summary>
    public GenericChart Responses()
    {
        string[] damages = [.. Expected.Select(e => e.Damage).Where(d => Metrics.Any(m => !double.IsNaN(Response(d, m.Metric.Key))))];
        var (titles, keys) = (Metrics.Select(m => m.Title).ToArray(), Metrics.Select(m => m.Metric.Key).ToArray());
        return titles.Length < damages.Length
            ? Map(damages, titles, (d, m) => Response(damages[d], keys[m]))
            : Map(titles, damages, (m, d) => Response(damages[d], keys[m]));
    }

    private static GenericChart Map(string[] rows, string[] columns, Func<int, int, double> value) => Charts.Heatmap(
        [.. Enumerable.Range(1, rows.Length).Select(r => (IReadOnlyList<double>)[.. columns.Select((_, c) => value(rows.Length - r, c))])], columns, [.. rows.Reverse()])
        .Styled(height: 120 + 24 * rows.Length);

    /// <summary>The clips with prompts that mean less and less the same: of all prompts in the order of likeness, the one a fifth further down with every step.</summary>
    private static ClipScores[] Misread(ClipScores[] clips, MiniLm sentences, int strength)
    {
        string[] prompts = [.. clips.Select(c => c.Prompt).Distinct(StringComparer.Ordinal)];
        var texts = prompts.ToDictionary(p => p, sentences.Of, StringComparer.Ordinal);
        return strength == 0 ? clips : [.. clips.Select(c => c with
        {
            Prompt = prompts.OrderByDescending(p => VBench.Cosine(texts[c.Prompt], texts[p])).ElementAt((prompts.Length - 1) * strength / Damage.Steps),
        })];
    }

    private static double Mean(IEnumerable<double> values) => values.Where(v => !double.IsNaN(v)).DefaultIfEmpty(double.NaN).Average();

    private static double Deviation(double[] values) => Mean(values) is var mean ? Math.Sqrt(Mean(values.Select(v => (v - mean) * (v - mean)))) : double.NaN;
}
