namespace AniSora.Display;

/// <summary>What figures say of many values: counts, quartiles, a smoothed line.</summary>
public static class Samples
{
    private const int MaximumOutliers = 60;

    /// <summary>A box: ends of the whiskers, quartiles, and the values outside.</summary>
    public sealed record Box(double Low, double Q1, double Median, double Q3, double High, double[] Outliers);

    /// <summary>The first bin's lower end, the bins' width, and how many values (or which share) each holds.</summary>
    /// <param name="all">In any order; what is not finite is left out.</param>
    /// <param name="wanted">The number of bins; chosen when null.</param>
    /// <param name="shares">Shares of the whole instead of counts.</param>
    public static (double Start, double Width, double[] Heights) Count(IEnumerable<double> all, int? wanted = null, bool shares = false)
    {
        if (wanted is < 1)
            throw new ArgumentException($"a histogram of {wanted} bins; give at least 1, or none to have it chosen");
        double[] values = [.. all.Where(double.IsFinite)];
        if (values.Length == 0)
            return (0, 1, [0]);
        Array.Sort(values);
        double low = values[0], high = values[^1];
        if (low == high)
            (low, high) = (low - 0.5, high + 0.5);
        int bins = wanted ?? Chosen(values, high - low);
        double width = (high - low) / bins;
        var heights = new double[bins];
        foreach (double value in values)
            heights[Math.Min(bins - 1, (int)((value - low) / width))] += shares ? 1.0 / values.Length : 1;
        return (low, width, heights);
    }

    /// <summary>Tukey's five numbers and the values outside; null when there are no values.</summary>
    /// <param name="all">In any order; what is not finite is left out.</param>
    public static Box? Summarise(IEnumerable<double> all)
    {
        double[] values = [.. all.Where(double.IsFinite).Order()];
        if (values.Length == 0)
            return null;
        double q1 = Quantile(values, 0.25), q3 = Quantile(values, 0.75), reach = 1.5 * (q3 - q1);
        double low = values.First(v => v >= q1 - reach), high = values.Last(v => v <= q3 + reach);
        double[] outside = [.. values.Where(v => v < low || v > high)];
        // The extremes say most; of a large crowd every n-th stands for the rest.
        int step = Math.Max(1, (outside.Length + MaximumOutliers - 1) / MaximumOutliers);
        return new Box(low, q1, Quantile(values, 0.5), q3, high, [.. outside.Where((_, i) => i % step == 0 || i == outside.Length - 1)]);
    }

    /// <summary>Linear between the two nearest values.</summary>
    public static double Quantile(double[] sorted, double q)
    {
        double at = q * (sorted.Length - 1);
        int below = (int)at;
        return below + 1 < sorted.Length ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }

    /// <summary>An exponential mean that starts without bias.</summary>
    /// <param name="values">What is not finite is passed over.</param>
    /// <param name="steps">How many steps it looks back; a fiftieth of them when null.</param>
    public static double[] Smoothed(IReadOnlyList<double> values, double? steps = null)
    {
        double keep = 1 - 1.0 / (steps ?? Math.Max(5, values.Count / 50)), sum = 0, weight = 0;
        var smoothed = new double[values.Count];
        for (int i = 0; i < smoothed.Length; i++)
        {
            if (double.IsFinite(values[i]))
            {
                sum = keep * sum + (1 - keep) * values[i];
                weight = keep * weight + (1 - keep);
            }
            smoothed[i] = weight > 0 ? sum / weight : double.NaN;
        }
        return smoothed;
    }

    private static int Chosen(double[] sorted, double range)
    {
        double width = 2 * (Quantile(sorted, 0.75) - Quantile(sorted, 0.25)) / Math.Cbrt(sorted.Length);
        return (int)Math.Clamp(Math.Ceiling(width > 0 ? range / width : Math.Sqrt(sorted.Length)), 1, 100);
    }
}
