namespace AniSora.Evaluation.Tests.Metrics;

public class FrechetDistanceTests
{
    [Fact]
    public void Of_Gaussians_along_the_axes_it_is_the_closed_form()
    {
        // The same 12 points on a cross, scaled by axis and moved: |μ - ν|² + Σ(σ - τ)².
        float[][] Cross(float x, float y, float shift) => [.. Enumerable.Range(1, 3).SelectMany(k => new float[][] { [shift + k * x, 0], [shift - k * x, 0], [shift, k * y], [shift, -k * y] })];
        double deviation = Math.Sqrt(2 * (1 + 4 + 9) / 11.0);
        var found = FrechetDistance.Of(Cross(1, 2, 0), Cross(3, 2, 5));
        Assert.Equal(25 + Math.Pow(2 * deviation, 2), found.Value, 4);
        Assert.Equal((12, 2, true), (found.Samples, found.Dimension, found.IsFullRank));
    }

    [Fact]
    public void Samples_of_one_distribution_are_far_apart_by_the_bias_alone_and_extrapolation_takes_most_of_it_off()
    {
        var random = new Random(4);
        float Normal() => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        float[][] Drawn(int n) => [.. Enumerable.Range(0, n).Select(_ => Enumerable.Range(0, 16).Select(_ => Normal()).ToArray())];
        FrechetDistance few = FrechetDistance.Of(Drawn(100), Drawn(100)), many = FrechetDistance.Of(Drawn(1600), Drawn(1600));
        Assert.InRange(few.Value / many.Value, 8, 32);
        Assert.InRange(Math.Abs(few.Unbiased) / few.Value, 0, 0.4);
    }

    [Fact]
    public void Fewer_samples_than_axes_are_said_to_be_so()
    {
        var random = new Random(5);
        float[][] rows = [.. Enumerable.Range(0, 10).Select(_ => Enumerable.Range(0, 12).Select(_ => random.NextSingle()).ToArray())];
        var found = FrechetDistance.Of(rows, rows);
        Assert.False(found.IsFullRank);
        Assert.Equal(0, found.Value, 5);
        Assert.Throws<ArgumentException>(() => FrechetDistance.Of(rows, rows[..9]));
    }
}
