using System.Text.Json;
using AniSora.Data;
using AniSora.Data.Pipeline;
using AniSora.Evaluation.Networks;

namespace AniSora.Evaluation.Tests.Learning;

/// <summary>Real footballers with damage of known strength, rated by seeded raters: what is learned from some plays and directions holds for others.</summary>
public sealed class DamagedClipsTests(ITestOutputHelper output)
{
    private const int Frames = 9, Side = 64, HeldOutEvery = 4;

    private static readonly string[] _damages = ["blur", "freeze", "jitter", "colour drift", "swapped identity", Damage.WrongCaption];

    /// <summary>How much of its points a video at full strength loses on each axis, by damage in the order of <see cref="_damages"/>.</summary>
    private static readonly (string Axis, double[] Loss)[] _axes =
    [
        ("smoothness", [0.1, 0.3, 1, 0.1, 0.3, 0]),
        ("motion", [0.1, 1, 0.5, 0.1, 0.2, 0]),
        ("quality", [1, 0.1, 0.3, 0.8, 0.3, 0]),
        ("text", [0, 0, 0, 0, 0, 1]),
        ("image", [0.6, 0.1, 0.2, 0.8, 1, 0]),
        ("character", [0.4, 0, 0.1, 0.4, 1, 0]),
    ];

    private sealed record Clip(string Id, string Identity, string Prompt, Video Video);

    private sealed record Made(string Set, string Damage, int Strength, ClipScores Scores);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_axis_orders_the_damage_of_clips_that_it_has_not_seen_and_shuffled_ratings_teach_nothing()
    {
        var metrics = Metric.Choose([.. Metric.All.Select(m => m.Key).Except(["ms_ssim", "block_ssim", "dynamic_degree", "mask_leak", "perceptual_distance"])]);
        using var networks = await NetworkSet.OpenAsync(null, metrics, cancellation: Stop);
        var made = Measure(await Clips(), networks, metrics);
        string[] identities = [.. made.Select(m => m.Scores.Identity).Distinct().Order(StringComparer.Ordinal)];
        bool HeldOut(Made m) => Array.IndexOf(identities, m.Scores.Identity) % HeldOutEvery == 0;
        var scores = made.SelectMany(m => metrics.Select(k => new MetricColumn(k, networks)).Select(c => new ScoreRow(m.Set, m.Scores.Id, "", m.Scores.Identity, c.Metric.Key, c.Network, c.Version, c.IsStandIn, m.Scores.Values[c.Metric.Key]))).ToList();
        var ratings = Rate(made.Where(m => !HeldOut(m)), new Random(1));
        var (evaluator, unmeasured) = EvaluatorFit.Of(ratings, scores, metrics);
        Assert.Empty(unmeasured);
        Assert.Equal(6, evaluator.Axes.Count);

        int[] values = [.. ratings.Select(r => r.Value)];
        new Random(7).Shuffle(values);
        var chance = EvaluatorFit.Of([.. ratings.Select((r, i) => r with { Value = values[i] })], scores, metrics).Evaluator;
        foreach (var (axis, shuffled) in evaluator.Axes.Zip(chance.Axes))
        {
            var losses = _axes.Single(a => a.Axis == axis.Axis).Loss;
            double Order(LearnedAxis by) => RankCorrelation.Of([.. made.Where(HeldOut).Where(m => m.Strength == 0 || losses[Array.IndexOf(_damages, m.Damage)] >= 0.8)
                .Select(m => (by.Regression.Predict([.. evaluator.Features.Select(f => m.Scores.Values[f.Metric])]), -(double)m.Strength))]);
            output.WriteLine($"{axis.Axis}: held out {axis.Correlation}, error {axis.Error:0.00} of {axis.SpreadError:0.00}, strength {axis.Regression.Strength:0.###}; new identities {Order(axis):0.000}; shuffled {shuffled.Correlation.Mean:0.000} {Order(shuffled):0.000}");
            Assert.True(Order(axis) > 0.7, $"{axis.Axis}: damage of new identities is ordered by {Order(axis):0.00}");
            Assert.True(axis.Correlation.Low > 0.2, $"{axis.Axis}: {axis.Correlation}");
            Assert.InRange(shuffled.Correlation.Mean, -0.2, 0.2);
            Assert.True(shuffled.Error > 0.95 * shuffled.SpreadError, $"{axis.Axis}: shuffled ratings are foreseen");
        }
    }

    private static async Task<List<Clip>> Clips()
    {
        var sources = await FootageCollection.Find("tuxfootball").ListAsync(cancellation: Stop);
        return [.. sources.Where(s => s is { Colour: "blue", Subject: "footballer" }).Select(s => new Clip(s.SourceId.Replace('/', '-'), s.Identity, $"a footballer {s.Label} towards {s.Direction}", Read(s)))];
    }

    private static Video Read(SourceRow source)
    {
        string[] files = JsonSerializer.Deserialize<string[]>(source.Frames)!;
        return new(Frames, Side, Side, 16, [.. Enumerable.Range(0, Frames).SelectMany(t => Media.ReadPicture(Path.Combine(source.Path, files[2 * t])).Over(0x5fa04e))]);
    }

    private static List<Made> Measure(List<Clip> clips, NetworkSet networks, IReadOnlyList<Metric> metrics)
    {
        // Every second direction, so that damage is paid for with seconds, not minutes; captions need all.
        var damaged = clips.Where((_, i) => i % 2 == 0).ToList();
        var made = new Made[damaged.Count][];
        var whole = new ClipScores[clips.Count];
        var size = new VideoSize(Frames, Side, Side);
        Parallel.For(0, clips.Count, i => whole[i] = Features(clips[i], networks.ResNet!.Look(clips[i].Video.Rgb, size, Stop).VideoFeatures()));
        Parallel.For(0, damaged.Count, i =>
        {
            var (clip, other) = (damaged[i], damaged[(i + 5) % damaged.Count]);
            byte[] image = clip.Video.Rgb[..(3 * Side * Side)];
            made[i] = [.. from damage in Damage.All.Where(d => _damages.Contains(d.Name)).Select(d => (Damage?)d).Prepend(null)
                from strength in damage is null ? new[] { 0 } : [1, 3, 5]
                let view = new ObservedClip(clip.Video with { Rgb = damage?.Apply(clip.Video, other.Video, strength, new Random(i)) ?? clip.Video.Rgb }, clip.Video, networks) { Image = image, KeyFrames = [(0, image)], Prompt = clip.Prompt }
                select new Made(damage is null ? "whole" : $"{damage.Name} {strength}", damage?.Name ?? "", strength,
                    Features(clip, view.Maps().VideoFeatures()) with { Values = metrics.ToDictionary(m => m.Key, m => m.Measure(view)) })];
        });
        // Wrong captions: whole clips that were asked for something else, further and further from what they show.
        var misread = damaged.SelectMany((clip, i) =>
        {
            float[] own = networks.Sentences!.Of(clip.Prompt);
            string[] others = [.. clips.Select(c => c.Prompt).OrderByDescending(p => VBench.Cosine(own, networks.Sentences.Of(p)))];
            return new[] { 1, 3, 5 }.Select(s => new Made($"{Damage.WrongCaption} {s}", Damage.WrongCaption, s,
                made[i][0].Scores with { Prompt = others[(others.Length - 1) * s / Damage.Steps], Values = new(made[i][0].Scores.Values) }));
        });
        List<Made> all = [.. made.SelectMany(m => m), .. misread];
        double[] agreement = CaptionRetrieval.Agreement([.. all.Select(m => m.Scores)], whole, networks.Sentences!, Stop);
        for (int i = 0; i < all.Count; i++)
            all[i].Scores.Values["overall_consistency"] = agreement[i];
        return all;
    }

    private static ClipScores Features(Clip clip, float[] features) => new(clip.Id, "", clip.Identity, clip.Prompt, [], features, features);

    /// <summary>Five raters, from strict to mild, who each see three videos of five and err by half a point.</summary>
    private static List<Rating> Rate(IEnumerable<Made> made, Random random)
    {
        double Noise() => 0.5 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return [.. from m in made.ToList()
            from rater in Enumerable.Range(0, 5)
            where random.Next(5) < 3
            from axis in _axes
            let loss = m.Strength == 0 ? 0 : axis.Loss[Array.IndexOf(_damages, m.Damage)]
            select new Rating { Rater = $"rater {rater}", Clip = m.Scores.Id, Model = m.Set, Axis = axis.Axis, Value = (int)Math.Clamp(Math.Round(4.6 - 3.6 * loss * m.Strength / Damage.Steps + 0.4 * (rater - 2) + Noise()), 1, 5) }];
    }
}
