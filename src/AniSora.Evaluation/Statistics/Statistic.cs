namespace AniSora.Evaluation;

/// <summary>A mean with its uncertainty.</summary>
/// <param name="Mean">The arithmetic mean; NaN without values.</param>
/// <param name="StandardError">Its standard error; NaN with fewer than two independent groups.</param>
/// <param name="Count">How many values went in.</param>
public readonly record struct Statistic(double Mean, double StandardError, int Count)
{
    /// <summary>Of values that are all independent: the standard error is s/√n.</summary>
    /// <param name="values">NaN values are left out.</param>
    public static Statistic Of(IEnumerable<double> values) => Of(values.Select((value, i) => (value, i)));

    /// <summary>
    /// Of values that come in groups, such as several clips of one sequence, which resemble each other. The cluster-robust
    /// standard error (Liang and Zeger 1986) <c>√(G/(G-1)·Σ_g(Σ_{i∈g}(x_i - x̄))²)/n</c>; with one value per group this is s/√n.
    /// </summary>
    /// <typeparam name="TGroup">The group's name.</typeparam>
    /// <param name="values">Values with their groups; NaN values are left out.</param>
    public static Statistic Of<TGroup>(IEnumerable<(double Value, TGroup Group)> values)
    {
        var known = values.Where(v => !double.IsNaN(v.Value)).ToArray();
        if (known.Length == 0)
            return new Statistic(double.NaN, double.NaN, 0);
        double mean = known.Average(v => v.Value);
        double[] sums = [.. known.GroupBy(v => v.Group, v => v.Value - mean).Select(g => g.Sum())];
        double error = sums.Length < 2
            ? double.NaN
            : Math.Sqrt(sums.Sum(s => s * s) * sums.Length / (sums.Length - 1)) / known.Length;
        return new Statistic(mean, error, known.Length);
    }
}
