namespace AniSora.Evaluation.Study;

/// <summary>An estimate with its 95 % interval.</summary>
/// <param name="Value">NaN if nothing is known.</param>
/// <param name="Low">Lower bound; NaN with fewer than two raters.</param>
/// <param name="High">Upper bound.</param>
public readonly record struct Estimate(double Value, double Low, double High)
{
    /// <summary>The same on another scale.</summary>
    public Estimate Scaled(double factor, double shift) => new(Value * factor + shift, Low * factor + shift, High * factor + shift);
}

/// <summary>
/// Intervals for what raters said of clips: both are drawn anew, because other people and other clips would have given other numbers
/// (the pigeonhole bootstrap, Owen 2007). Answers of one rater, or about one clip, resemble each other; drawing answers would hide that.
/// </summary>
internal static class CrossedBootstrap
{
    private const int Draws = 1000;

    /// <summary>Percentile intervals.</summary>
    /// <param name="raters">How many.</param>
    /// <param name="clips">How many.</param>
    /// <param name="estimate">The numbers that follow from weights of raters and clips; all 1 is what was seen.</param>
    /// <param name="seed">Same answers and seed, same intervals.</param>
    public static Estimate[] Of(int raters, int clips, Func<double[], double[], double[]> estimate, int seed = 0)
    {
        double[] seen = estimate([.. Enumerable.Repeat(1.0, raters)], [.. Enumerable.Repeat(1.0, clips)]);
        if (raters < 2)
            return [.. seen.Select(value => new Estimate(value, double.NaN, double.NaN))];
        var random = new Random(seed);
        double[][] drawn = [.. Enumerable.Range(0, Draws).Select(_ => estimate(Weights(random, raters), Weights(random, clips)))];
        return [.. seen.Select((value, i) =>
        {
            var (low, high) = Bootstrap.Bounds(drawn.Select(d => d[i]));
            return new Estimate(value, low, high);
        })];
    }

    /// <summary>How often each was drawn.</summary>
    private static double[] Weights(Random random, int count)
    {
        var weights = new double[count];
        for (int i = 0; i < count; i++)
            weights[random.Next(count)]++;
        return weights;
    }
}
