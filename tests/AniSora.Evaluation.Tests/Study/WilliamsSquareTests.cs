using AniSora.Evaluation.Study;

namespace AniSora.Evaluation.Tests.Study;

/// <summary>Orders in which nobody is first, or after somebody, more often than others.</summary>
public sealed class WilliamsSquareTests
{
    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(15)]
    public void Each_stands_equally_often_in_each_place_and_after_each_other(int n)
    {
        int[][] rows = WilliamsSquare.Rows(n);
        int times = n % 2 == 0 || n == 1 ? 1 : 2;
        Assert.Equal(times * n, rows.Length);
        Assert.All(rows, row => Assert.Equal(Enumerable.Range(0, n), row.Order()));
        for (int place = 0; place < n; place++)
            Assert.All(rows.GroupBy(row => row[place]), group => Assert.Equal(times, group.Count()));
        var followings = rows.SelectMany(row => row.Zip(row.Skip(1))).GroupBy(pair => pair).ToArray();
        Assert.Equal(n * (n - 1), followings.Length);
        Assert.All(followings, pair => Assert.Equal(times, pair.Count()));
    }
}
