namespace AniSora.Evaluation;

/// <summary>A mean with its 95 % interval.</summary>
/// <param name="Mean">The arithmetic mean; NaN without values.</param>
/// <param name="Low">Lower bound; NaN with fewer than two groups.</param>
/// <param name="High">Upper bound, likewise.</param>
/// <param name="Count">How many values went in.</param>
/// <param name="Groups">How many independent groups they come from.</param>
public readonly record struct Interval(double Mean, double Low, double High, int Count, int Groups);

/// <summary>Two sets of values of the same clips, pair by pair.</summary>
/// <param name="Difference">Of the means, the first less the second.</param>
/// <param name="EffectSize">Cohen's d of pairs: the mean of the groups' mean differences over their standard deviation; NaN with fewer than two groups.</param>
/// <param name="ShareHigher">Share of pairs in which the first is higher; ties count half.</param>
public readonly record struct PairedComparison(Interval Difference, double EffectSize, double ShareHigher);

/// <summary>
/// Percentile intervals by bootstrap over groups (Efron and Tibshirani 1993, ch. 8): whole identities are drawn, not clips, since clips of one
/// resemble each other. For distributions that are skewed or bounded, where <see cref="Statistic"/>'s symmetric error says less.
/// </summary>
public static class Bootstrap
{
    private const int Draws = 2000;

    /// <summary>The interval of a mean.</summary>
    /// <typeparam name="TGroup">The group's name.</typeparam>
    /// <param name="values">Values with their groups; NaN values are left out.</param>
    /// <param name="seed">The same values, order and seed give the same interval.</param>
    public static Interval Mean<TGroup>(IEnumerable<(double Value, TGroup Group)> values, int seed = 0)
    {
        var groups = values.Where(v => !double.IsNaN(v.Value)).GroupBy(v => v.Group).Select(g => (Sum: g.Sum(v => v.Value), Count: g.Count())).ToArray();
        int count = groups.Sum(g => g.Count);
        double mean = count == 0 ? double.NaN : groups.Sum(g => g.Sum) / count;
        if (groups.Length < 2)
            return new(mean, double.NaN, double.NaN, count, groups.Length);
        var random = new Random(seed);
        var means = new double[Draws];
        for (int k = 0; k < Draws; k++)
        {
            double sum = 0;
            int drawn = 0;
            for (int g = 0; g < groups.Length; g++)
            {
                var (groupSum, groupCount) = groups[random.Next(groups.Length)];
                (sum, drawn) = (sum + groupSum, drawn + groupCount);
            }
            means[k] = sum / drawn;
        }
        var (low, high) = Bounds(means);
        return new(mean, low, high, count, groups.Length);
    }

    /// <summary>The interval of any number that follows from a set.</summary>
    /// <typeparam name="TItem">What the set holds.</typeparam>
    /// <typeparam name="TGroup">The group's name.</typeparam>
    /// <param name="items">The set, each with its group.</param>
    /// <param name="statistic">The number; draws of which it is NaN are left out.</param>
    /// <param name="seed">As for <see cref="Mean"/>.</param>
    /// <returns><see cref="Interval.Mean"/> is the number itself.</returns>
    public static Interval Of<TItem, TGroup>(IReadOnlyList<(TItem Item, TGroup Group)> items, Func<IReadOnlyList<TItem>, double> statistic, int seed = 0)
    {
        TItem[][] groups = [.. items.GroupBy(i => i.Group, i => i.Item).Select(g => g.ToArray())];
        double value = statistic([.. items.Select(i => i.Item)]);
        var random = new Random(seed);
        var drawn = new List<double>();
        for (int k = 0; groups.Length > 1 && k < Draws; k++)
            drawn.Add(statistic([.. Enumerable.Range(0, groups.Length).SelectMany(_ => groups[random.Next(groups.Length)])]));
        var (low, high) = Bounds(drawn);
        return new(value, low, high, items.Count, groups.Length);
    }

    /// <summary>Between which 95 % of draws lie; those that are no number are left out, and NaN comes of none.</summary>
    internal static (double Low, double High) Bounds(IEnumerable<double> draws)
    {
        double[] values = [.. draws.Where(double.IsFinite).Order()];
        return values.Length == 0 ? (double.NaN, double.NaN) : (values[(int)(0.025 * values.Length)], values[(int)Math.Ceiling(0.975 * values.Length) - 1]);
    }

    /// <summary>Compares two sets of values of the same clips.</summary>
    /// <typeparam name="TGroup">The group's name.</typeparam>
    /// <param name="pairs">Both values with their group; pairs with a NaN are left out.</param>
    /// <param name="seed">As for <see cref="Mean"/>.</param>
    public static PairedComparison Compare<TGroup>(IEnumerable<(double First, double Second, TGroup Group)> pairs, int seed = 0)
    {
        var known = pairs.Select(p => (Value: p.First - p.Second, p.Group)).Where(p => !double.IsNaN(p.Value)).ToArray();
        double[] groups = [.. known.GroupBy(p => p.Group, p => p.Value).Select(g => g.Average())];
        double middle = groups.Length > 0 ? groups.Average() : double.NaN;
        double deviation = groups.Length > 1 ? Math.Sqrt(groups.Sum(g => (g - middle) * (g - middle)) / (groups.Length - 1)) : double.NaN;
        double higher = known.Length > 0 ? known.Average(p => p.Value > 0 ? 1 : p.Value < 0 ? 0 : 0.5) : double.NaN;
        return new(Mean(known, seed), middle / deviation, higher);
    }
}
