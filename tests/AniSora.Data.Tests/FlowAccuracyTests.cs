using AniSora.Benchmarks.Flow;
using AniSora.Kernels;

namespace AniSora.Data.Tests;

/// <summary>
/// End-point errors on scenes of known motion. The bounds lie about a quarter above what was measured when they were written, so that a change
/// that makes flow worse is seen; see benchmarks/README.md for the comparison with OpenCV.
/// </summary>
public class FlowAccuracyTests
{
    [Theory]
    [InlineData("translation", 1.5, 0.1, 0.23)]
    [InlineData("translation", 12, 0.09, 0.39)]
    [InlineData("zoom", 4, 0.18, 0.6)]
    [InlineData("rotation", 4, 0.135, 0.36)]
    [InlineData("smooth", 3, 0.3, 0.68)]
    [InlineData("figure", 1.5, 0.1, 0.31)]
    [InlineData("figure", 10, 0.19, 0.45)]
    public void TheErrorStaysBelow(string kind, double reach, double accurate, double fast)
    {
        foreach (var (quality, bound) in new[] { (FlowQuality.Accurate, accurate), (FlowQuality.Fast, fast) })
        {
            double error = new[] { 500, 1350 }.Average(film => Error(Pair(kind, reach, film), quality));
            Assert.True(error < bound, $"{kind} of {reach} pixels, {quality}: error {error:0.000}, bound {bound}");
        }
    }

    [Fact]
    public void ThreadsDoNotMatter()
    {
        // Alone, and beside so many others that the pool's threads divide the rows otherwise.
        var pair = Pair("figure", 10, 1350);
        var alone = Estimate(pair, FlowQuality.Accurate);
        var beside = new FlowField[8];
        Parallel.For(0, beside.Length, i => beside[i] = Estimate(pair, FlowQuality.Accurate));
        Assert.All(beside, field =>
        {
            Assert.Equal(alone.U, field.U);
            Assert.Equal(alone.V, field.V);
        });
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(5, 61)]
    [InlineData(37, 9)]
    [InlineData(131, 67)]
    public void AnySizeWorks(int width, int height)
    {
        var random = new Random(1);
        float[] a = [.. Enumerable.Range(0, width * height).Select(_ => 255 * random.NextSingle())], b = [.. a.Reverse()];
        foreach (var quality in Enum.GetValues<FlowQuality>())
        {
            var field = OpticalFlow.Estimate(a, b, width, height, quality);
            Assert.Equal(width * height, field.U.Length);
            Assert.All(field.U.Concat(field.V), value => Assert.True(float.IsFinite(value)));
            Assert.Equal(0, OpticalFlow.Estimate(a, a, width, height, quality).MeanMagnitude());
        }
    }

    private static FlowPair Pair(string kind, double reach, int film)
    {
        const int width = FlowFixtures.Width, height = FlowFixtures.Height;
        var random = new Random(3);
        List<Layer> layers = kind == "figure"
            ? [FlowFixtures.Ground(FlowFixtures.Film(film), FlowFixtures.Shift(0.4, -0.3)), FlowFixtures.Figure(35, 25, 0.8 * reach, 0.6 * reach)]
            : [FlowFixtures.Ground(FlowFixtures.Film(film), KnownMotion.Draw(kind, reach, width, height, random))];
        return FlowPair.Render(kind, "", reach, width, height, layers, random);
    }

    private static double Error(FlowPair pair, FlowQuality quality)
    {
        var field = Estimate(pair, quality);
        return pair.EndPointError(field.U, field.V);
    }

    private static FlowField Estimate(FlowPair pair, FlowQuality quality) => OpticalFlow.Estimate(pair.First, pair.Second, 3, pair.Width, pair.Height, quality);
}
