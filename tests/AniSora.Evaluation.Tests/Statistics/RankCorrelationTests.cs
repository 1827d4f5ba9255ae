namespace AniSora.Evaluation.Tests.Statistics;

public class RankCorrelationTests
{
    [Fact]
    public void Ties_share_their_mean_rank()
    {
        // Ranks of the first: 0, 1.5, 1.5, 3; of the second: 0, 2, 1, 3. Products of deviations from 1.5: 2.25 + 0 + 0 + 2.25 = 4.5; squares 4.5 and 5.
        Assert.Equal(4.5 / Math.Sqrt(4.5 * 5), RankCorrelation.Of([(1, 10), (2, 30), (2, 20), (9, 40)]), 12);
        Assert.Equal(-1, RankCorrelation.Of([(1, 8), (2, 4), (3, -1)]), 12);
        Assert.True(double.IsNaN(RankCorrelation.Of([(1, 5), (2, 5)])));
    }

    [Fact]
    public void Its_interval_is_wide_when_few_groups_say_all()
    {
        var random = new Random(4);
        // Twenty groups of ten that go together inside and differ between: the groups, not the 200 pairs, are the evidence.
        var grouped = Enumerable.Range(0, 20).SelectMany(g => Enumerable.Repeat(((double)random.Next(100), (double)random.Next(100)), 10).Select(pair => (pair, g))).ToList();
        var alone = grouped.Select((p, i) => (p.pair, i)).ToList();
        var (wide, narrow) = (Bootstrap.Of(grouped, RankCorrelation.Of), Bootstrap.Of(alone, RankCorrelation.Of));
        Assert.Equal(wide.Mean, narrow.Mean, 12);
        Assert.True(wide.High - wide.Low > 2 * (narrow.High - narrow.Low));
        Assert.InRange(wide.Mean, wide.Low, wide.High);
        Assert.Equal(wide, Bootstrap.Of(grouped, RankCorrelation.Of));
    }
}
