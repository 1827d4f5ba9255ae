using AniSora.Data.Tables;
using AniSora.Evaluation.Networks;
using AniSora.Evaluation.Study;

namespace AniSora.Evaluation.Tests.Learning;

public sealed class EvaluatorFitTests : IDisposable
{
    private static readonly IReadOnlyList<Metric> _metrics = Metric.Choose(["psnr", "colour_drift", "loop_gap", "mask_leak"]);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Strict_and_mild_raters_are_taken_apart_from_good_and_bad_videos()
    {
        // The strict one, two points below, rates the better videos, and both rate the middle ones: raw means would turn the order around.
        var ratings = new List<(string, string, double)>();
        for (int i = 0; i < 40; i++)
            ratings.AddRange([("strict", $"good{i}", 3), ("mild", $"bad{i}", 4), ("strict", $"middle{i}", 2.5), ("mild", $"middle{i}", 4.5)]);
        var worth = RaterLeaning.Worth(ratings);
        Assert.Equal(3.5, worth["middle0"], 0.01);
        Assert.Equal(4, worth["good0"], 0.1);
        Assert.Equal(3, worth["bad0"], 0.1);
    }

    [Fact]
    public void Ridge_finds_the_weights_that_made_the_targets_and_shrinks_them_with_its_strength()
    {
        var random = new Random(1);
        double[][] rows = [.. Enumerable.Range(0, 400).Select(_ => new[] { random.NextDouble(), 100 * random.NextDouble(), 7, double.NaN })];
        double[] targets = [.. rows.Select(r => 2 + 3 * r[0] - 0.02 * r[1])];
        double[] alike = [.. rows.Select(_ => 1.0)];
        var fits = RidgeRegression.Fit(rows, targets, alike, [1e-9, 1, 1e9]);
        Assert.Equal(targets[5], fits[0].Predict(rows[5]), 6);
        Assert.Equal(0, fits[0].Weights[2], 12);
        Assert.Equal(0, fits[0].Weights[3], 12);
        // With unit variance and no correlation a strength of 1 halves a weight.
        Assert.Equal(0.5, fits[1].Weights[0] / fits[0].Weights[0], 0.05);
        Assert.Equal(targets.Average(), fits[2].Predict(rows[5]), 3);
        // What is missing counts as the mean, and nothing counts for more than three deviations.
        Assert.Equal(fits[0].Predict([fits[0].Means[0], 50, 7, 0]), fits[0].Predict([double.NaN, 50, 7, 0]), 9);
        Assert.Equal(fits[0].Predict([10, 50, 7, 0]), fits[0].Predict([double.PositiveInfinity, 50, 7, 0]), 9);
        // A rating that counts for three is three ratings.
        double[] odd = [.. targets.Select((t, i) => t + (i % 2 == 0 ? 1 : 0))], thrice = [.. rows.Select((_, i) => i % 2 == 0 ? 3.0 : 1)];
        Assert.Equal(0.25, RidgeRegression.Fit(rows, odd, thrice, [1e-9])[0].Predict(rows[5]) - RidgeRegression.Fit(rows, odd, alike, [1e-9])[0].Predict(rows[5]), 0.1);
    }

    [Fact]
    public void What_people_see_is_learned_and_chance_is_not()
    {
        var (ratings, scores) = World(identities: 20);
        var (evaluator, unmeasured) = EvaluatorFit.Of(ratings, scores, _metrics);
        Assert.Empty(unmeasured);
        var axis = Assert.Single(evaluator.Axes);
        Assert.Equal(("quality", 3 * 100, 3, 100, 20), (axis.Axis, axis.Ratings, axis.Raters, axis.Videos, axis.Correlation.Groups));
        Assert.Equal(["psnr", "colour_drift", "loop_gap"], evaluator.Features.Select(f => f.Metric));
        Assert.InRange(axis.Correlation.Mean, 0.8, 1);
        Assert.True(axis.Correlation.Low > 0.7 && axis.Error < 0.6 * axis.SpreadError);
        Assert.Equal(axis.Calibration.OrderBy(b => b.Predicted).Select(b => b.Rated), axis.Calibration.Select(b => b.Rated).Order());

        int[] values = [.. ratings.Select(r => r.Value)];
        new Random(3).Shuffle(values);
        var chance = EvaluatorFit.Of([.. ratings.Select((r, i) => r with { Value = values[i] })], scores, _metrics).Evaluator.Axes[0];
        Assert.True(chance.Correlation.Low < 0.15 && Math.Abs(chance.Correlation.Mean) < 0.3, $"{chance.Correlation}");
        Assert.True(chance.Error > 0.9 * chance.SpreadError);
    }

    [Fact]
    public void Too_few_ratings_are_refused_and_what_was_not_measured_is_named()
    {
        var (ratings, scores) = World(identities: 20);
        void Refused(IEnumerable<Rating> some, params string[] parts) => Assert.All(parts, part => Assert.Contains(part, Assert.Throws<InputException>(() => EvaluatorFit.Of([.. some], scores, _metrics)).Message));
        Refused(ratings.Take(3 * 39), "too few ratings on quality: 39 videos");
        Refused(ratings.Where(r => r.Rater == "anna"), "by 1 raters");
        Refused(ratings.Where(r => int.Parse(r.Clip[1..]) < 35), "of 7 identities");
        Refused(ratings.Select(r => r with { Model = "another" }), "none of the 300 ratings", "c0 of another", "c0 of made");
        var (_, unmeasured) = EvaluatorFit.Of([.. ratings, ratings[0] with { Clip = "lost" }], scores, _metrics);
        Assert.Equal(["lost of made"], unmeasured);
    }

    [Fact]
    public async Task Scores_of_other_networks_are_refused_when_fitting_and_when_asked()
    {
        var (ratings, scores) = World(identities: 20);
        scores[5] = scores[5] with { Version = "other" };
        Assert.Contains("colour_drift@1", Assert.Throws<InputException>(() => EvaluatorFit.Of(ratings, scores, _metrics)).Message);
        (ratings, scores) = World(identities: 20);
        var evaluator = EvaluatorFit.Of(ratings, scores, _metrics).Evaluator;
        string video = _folder["made/video/c1.mp4"];
        Directory.CreateDirectory(Path.GetDirectoryName(video)!);
        File.WriteAllText(video, "");
        using var networks = await NetworkSet.OpenAsync(null, _metrics, cancellation: TestContext.Current.CancellationToken);
        var clip = new ClipScores("c1", "", "i0", "", scores.Where(s => s.Id == "c1").ToDictionary(s => s.Metric, s => s.Value), [], []);
        SetScores Set(params string[] keys) => new(VideoFolder.Open(_folder["made"]), [clip], [], [.. keys.Select(k => MetricSummary.Of(new MetricColumn(Metric.Choose([k])[0], networks), [clip]))], null);
        Assert.Contains("loop_gap, which was not measured", Assert.Throws<InputException>(() => evaluator.Apply(Set("psnr", "colour_drift"))).Message);

        var learned = evaluator.Apply(Set("psnr", "colour_drift", "loop_gap")).Metrics[^1];
        Assert.Equal("visual appeal (learned from 300 ratings)", learned.Column.Title);
        Assert.True(learned.Column.IsStandIn);
        Assert.Equal(Math.Clamp(evaluator.Axes[0].Regression.Predict([clip.Values["psnr"], clip.Values["colour_drift"], clip.Values["loop_gap"]]), 1, 5), clip.Values["visual_appeal"], 12);
        var other = evaluator with { Features = [.. evaluator.Features.Select(f => f with { Version = f.Version + "@another network" })] };
        Assert.Contains("another network", Assert.Throws<InputException>(() => other.Apply(Set("psnr", "colour_drift", "loop_gap"))).Message);
    }

    [Fact]
    public void An_evaluator_is_read_as_it_was_written_and_a_damaged_one_is_refused()
    {
        var (ratings, scores) = World(identities: 20);
        var evaluator = EvaluatorFit.Of(ratings, scores, _metrics).Evaluator;
        string file = _folder["evaluator.json"];
        evaluator.Save(file);
        Assert.Equal(File.ReadAllText(file), Written(LearnedEvaluator.Load(file)));
        (evaluator with { Features = [.. evaluator.Features.Skip(1)] }).Save(file);
        Assert.Contains("do not fit its 2 features", Assert.Throws<InputException>(() => LearnedEvaluator.Load(file)).Message);
        File.WriteAllText(file, "{");
        Assert.Contains(file, Assert.Throws<InputException>(() => LearnedEvaluator.Load(file)).Message);
    }

    [Fact]
    public void Ratings_are_read_from_both_kinds_of_table_and_what_does_not_count_is_left_out()
    {
        string csv = _folder["a.csv"], parquet = _folder["b.parquet"];
        File.WriteAllText(csv, "rater,position,kind,clip,model,other,axis,value,excluded\nanna,1,rating,c1,m,,quality,4,false\nanna,2,check,c1,m,,motion,1,false\nbert,1,rating,c1,m,,quality,2,true\n");
        Table<RatingRow>.Write(parquet, [new("anna", 1, "rating", "c2", "m", "", "text", 5, 3.5, "", false), new("anna", 2, "repeat", "c2", "m", "", "text", 4, 3.5, "", false)]);
        Assert.Equal(StudyAxis.All.Select(a => a.Key).Order(), EvaluatorAxis.All.Select(a => a.Key).Order());
        Assert.Equal([("c1", "quality", 4), ("c2", "text", 5)], Rating.Read([csv, parquet]).Select(r => (r.Clip, r.Axis, r.Value)));
        Assert.Equal(2, Rating.Read([csv, parquet]).Select(r => r.Rater).Distinct().Count());
        void Refused(string rows, string part)
        {
            File.WriteAllText(csv, rows);
            string said = Assert.Throws<InputException>(() => Rating.Read([csv])).Message;
            Assert.Contains(csv, said);
            Assert.Contains(part, said);
        }
        Refused("rater,clip,model,axis,value\na,c,m,qualty,3\n", "did you mean quality");
        Refused("rater,clip,model,axis,value\na,c,m,quality,6\n", "value 6");
        Refused("rater,clip,model,axis,value\na,c,m,quality,good\n", "row 1");
        Refused("rater,clip,model,axis,value\na,c,m,quality,3\na,c,m,quality,3\n", "a second time");
        Refused("rater,clip,model,axis\na,c,m,quality\n", "no column value");
        Refused("rater,clip,model,other,axis,value\na,c,m,n,quality,2\n", "compares it with n");
        Assert.Contains("no such file", Assert.Throws<InputException>(() => Rating.Read([_folder["none.csv"]])).Message);
    }

    private string Written(LearnedEvaluator evaluator)
    {
        string file = _folder["again.json"];
        evaluator.Save(file);
        return File.ReadAllText(file);
    }

    /// <summary>Five videos of each identity, whose appeal follows from two metrics; three raters of different strictness. No clip has a mask in half of the identities.</summary>
    private static (List<Rating> Ratings, List<ScoreRow> Scores) World(int identities)
    {
        var random = new Random(2);
        double Noise(double size) => size * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var (ratings, scores) = (new List<Rating>(), new List<ScoreRow>());
        for (int c = 0; c < 5 * identities; c++)
        {
            string id = $"c{c}", identity = $"i{c / 5:00}";
            double psnr = 25 + Noise(4), drift = Math.Abs(Noise(6)), worth = 3.2 + 0.25 * (psnr - 25) - 0.15 * (drift - 5);
            foreach (var (key, value) in new[] { ("psnr", psnr), ("colour_drift", drift), ("loop_gap", Noise(1)), ("mask_leak", 1) }.Where(m => m.Item1 != "mask_leak" || c < 50))
                scores.Add(new("made", id, "", identity, key, "", key + "@1", false, value));
            foreach (var (rater, leaning) in new[] { ("anna", -0.7), ("bert", 0), ("cleo", 0.6) })
                ratings.Add(new() { Rater = rater, Clip = id, Model = "made", Axis = "quality", Value = (int)Math.Clamp(Math.Round(worth + leaning + Noise(0.4)), 1, 5) });
        }
        return (ratings, scores);
    }
}
