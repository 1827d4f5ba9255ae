using AniSora.Evaluation.Study;

namespace AniSora.Evaluation.Tests.Study;

/// <summary>Agreement, strengths and intervals against published worked examples and what is known by hand.</summary>
public sealed class StudyStatisticsTests
{
    /// <summary>Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", example C: 4 observers, 12 units, 0 where nothing was said.</summary>
    private static readonly string[] _observers = ["123321412000", "123322412503", "033323422510", "123324412510"];

    private static IEnumerable<int[]> Units(params string[] observers) => Enumerable.Range(0, observers[0].Length).Select(unit => observers.Select(o => o[unit] - '0').Where(v => v > 0).ToArray());

    [Fact]
    public void Alpha_is_that_of_Krippendorffs_worked_example()
    {
        Assert.Equal(0.815, KrippendorffAlpha.Ordinal(Units(_observers)), 3);
        Assert.Equal(0.849, KrippendorffAlpha.Interval(Units(_observers)), 3);
    }

    [Fact]
    public void Alpha_of_two_raters_by_hand()
    {
        // Units 12, 22, 33: coincidences o12 = 1, o22 = 2, o33 = 2; n = 1, 3, 2 of 6. Observed 2·1·1, expected Σ n_a n_b d² = 3·1 + 2·4 + 6·1 = 17.
        Assert.Equal(1 - 5 * 1.0 / 17, KrippendorffAlpha.Interval([[1, 2], [2, 2], [3, 3]]), 12);
        Assert.Equal(1, KrippendorffAlpha.Interval([[1, 1], [5, 5], [3, 3, 3], [2]]), 12);
        Assert.True(KrippendorffAlpha.Ordinal([[1, 5], [5, 1], [1, 5]]) < 0);
        Assert.True(double.IsNaN(KrippendorffAlpha.Ordinal([[3, 3], [3, 3]])));
        Assert.True(double.IsNaN(KrippendorffAlpha.Interval([[1], [2]])));
    }

    [Fact]
    public void Bradley_and_Terry_of_two_is_the_logarithm_of_the_odds()
    {
        // With 1000 times as many comparisons as the imagined tie, that hardly counts.
        double[] strengths = BradleyTerry.Fit(new double[,] { { 0, 3000 }, { 1000, 0 } });
        Assert.Equal(Math.Log(3), strengths[0] - strengths[1], 2);
        Assert.Equal([75, 25], BradleyTerry.Scores(strengths).Select(s => Math.Round(s)));
    }

    [Fact]
    public void Bradley_and_Terry_finds_the_strengths_that_made_the_wins()
    {
        double[] truth = [1.2, 0.4, -0.3, -1.3];
        var wins = new double[4, 4];
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < 4; j++)
                wins[i, j] = i == j ? 0 : 100_000 / (1 + Math.Exp(truth[j] - truth[i]));
        var found = BradleyTerry.Fit(wins);
        Assert.All(truth.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 3));
        Assert.Equal(0, found.Sum(), 9);
    }

    [Fact]
    public void Bradley_and_Terry_stays_finite_where_one_always_wins_and_groups_never_met()
    {
        Assert.All(BradleyTerry.Fit(new double[,] { { 0, 9, 0, 0 }, { 0, 0, 0, 0 }, { 0, 0, 0, 2 }, { 0, 0, 0, 0 } }), s => Assert.True(Math.Abs(s) < 5));
        Assert.Equal([0.0, 0.0], BradleyTerry.Fit(new double[2, 2]));
    }

    [Fact]
    public void Intervals_grow_with_what_raters_and_clips_have_in_common()
    {
        // Each rater has a taste (same for all clips); answers taken for independent would give an interval a third as wide.
        var random = new Random(3);
        double[] taste = [.. Enumerable.Range(0, 20).Select(_ => random.NextDouble())];
        double Mean(double[] raters, double[] clips) => taste.Select((t, r) => t * raters[r]).Sum() / raters.Sum();
        var interval = Assert.Single(CrossedBootstrap.Of(20, 10, (r, c) => [Mean(r, c)]));
        double spread = Math.Sqrt(taste.Sum(t => (t - taste.Average()) * (t - taste.Average())) / 19 / 20);
        Assert.Equal(taste.Average(), interval.Value, 9);
        Assert.InRange((interval.High - interval.Low) / (2 * 1.96 * spread), 0.8, 1.15);
        Assert.Equal([interval], CrossedBootstrap.Of(20, 10, (r, c) => [Mean(r, c)]));
        Assert.True(double.IsNaN(CrossedBootstrap.Of(1, 10, (r, c) => [0.5])[0].Low));
    }
}
