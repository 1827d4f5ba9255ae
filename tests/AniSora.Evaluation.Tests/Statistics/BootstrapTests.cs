namespace AniSora.Evaluation.Tests.Statistics;

public class BootstrapTests
{
    [Fact]
    public void The_interval_holds_the_mean_and_is_as_wide_as_the_standard_error_says()
    {
        var random = new Random(1);
        double[] values = [.. Enumerable.Range(0, 400).Select(_ => random.NextDouble())];
        var found = Bootstrap.Mean(values.Select((v, i) => (v, i)));
        var error = Statistic.Of(values).StandardError;
        Assert.Equal(values.Average(), found.Mean, 12);
        Assert.InRange((found.High - found.Low) / (2 * 1.96 * error), 0.9, 1.1);
        Assert.Equal(found, Bootstrap.Mean(values.Select((v, i) => (v, i))));
        Assert.NotEqual(found, Bootstrap.Mean(values.Select((v, i) => (v, i)), seed: 1));
    }

    [Fact]
    public void Clips_of_one_identity_are_drawn_together()
    {
        var random = new Random(2);
        (double, int)[] identities = [.. Enumerable.Range(0, 20).Select(i => (random.NextDouble(), i))];
        Interval once = Bootstrap.Mean(identities), tenfold = Bootstrap.Mean(identities.SelectMany(v => Enumerable.Repeat(v, 10)));
        Assert.Equal((20, 200), (tenfold.Groups, tenfold.Count));
        Assert.Equal(once.Low, tenfold.Low, 12);
        Assert.Equal(once.High, tenfold.High, 12);
        Interval taken = Bootstrap.Mean(identities.SelectMany(v => Enumerable.Repeat(v.Item1, 10)).Select((v, i) => (v, i)));
        Assert.True(taken.High - taken.Low < 0.5 * (once.High - once.Low));
    }

    [Fact]
    public void Pairs_show_what_means_hide()
    {
        // The second is 1 worse on every clip, among clips that differ by 100.
        var pairs = Enumerable.Range(0, 30).Select(i => (First: i % 10 * 10.0 + (i % 3) * 0.1, Second: i % 10 * 10.0 - 1, Group: i));
        var found = Bootstrap.Compare(pairs);
        Assert.InRange(found.Difference.Low, 1, found.Difference.Mean);
        Assert.Equal(1.1, found.Difference.Mean, 9);
        Assert.True(found.EffectSize > 10);
        Assert.Equal(1, found.ShareHigher);
    }

    [Fact]
    public void What_is_not_known_is_left_out_and_one_group_has_no_interval()
    {
        var found = Bootstrap.Mean([(1.0, "a"), (double.NaN, "b"), (3.0, "a")]);
        Assert.Equal((2.0, 2, 1), (found.Mean, found.Count, found.Groups));
        Assert.True(double.IsNaN(found.Low));
        Assert.Equal(0, Bootstrap.Mean(Array.Empty<(double, int)>()).Count);
        Assert.Equal(0.5, Bootstrap.Compare([(1.0, 1.0, 0)]).ShareHigher);
    }
}
