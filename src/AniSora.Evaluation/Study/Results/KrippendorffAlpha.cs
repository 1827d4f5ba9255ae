namespace AniSora.Evaluation.Study;

/// <summary>
/// Agreement of several raters, of whom not each has rated everything: Krippendorff's alpha (Krippendorff 2011, "Computing Krippendorff's
/// Alpha-Reliability"). 1 is perfect, 0 what chance gives, below 0 is systematic disagreement.
/// </summary>
internal static class KrippendorffAlpha
{
    /// <summary>Values have an order, and no distances.</summary>
    public static double Ordinal(IEnumerable<IEnumerable<int>> units) => Of(units, (counts, a, b) =>
    {
        double between = counts[a..(b + 1)].Sum() - (counts[a] + counts[b]) / 2;
        return between * between;
    });

    /// <summary>Distances of values mean something: 2 is as far from 1 as 5 from 4.</summary>
    public static double Interval(IEnumerable<IEnumerable<int>> units)
    {
        int[][] known = [.. units.Select(unit => unit.ToArray())];
        double[] values = [.. known.SelectMany(unit => unit).Distinct().Order().Select(v => (double)v)];
        return Of(known, (_, a, b) => (values[a] - values[b]) * (values[a] - values[b]));
    }

    /// <summary>1 - observed / expected disagreement.</summary>
    /// <param name="units">What each thing was given; things with fewer than two values say nothing.</param>
    /// <param name="distance">Squared, of two values by their rank, the lower one first; gets how often each value occurs.</param>
    /// <returns>NaN if nothing was rated twice, or all values are equal.</returns>
    private static double Of(IEnumerable<IEnumerable<int>> units, Func<double[], int, int, double> distance)
    {
        int[][] pairable = [.. units.Select(unit => unit.ToArray())];
        int[] values = [.. pairable.SelectMany(unit => unit).Distinct().Order()];
        var coincidences = new double[values.Length, values.Length];
        foreach (int[] unit in pairable.Where(unit => unit.Length > 1))
        {
            int[] ranks = [.. unit.Select(v => Array.BinarySearch(values, v))];
            for (int i = 0; i < ranks.Length; i++)
                for (int j = 0; j < ranks.Length; j++)
                    if (i != j)
                        coincidences[ranks[i], ranks[j]] += 1.0 / (ranks.Length - 1);
        }
        double[] counts = [.. Enumerable.Range(0, values.Length).Select(a => Enumerable.Range(0, values.Length).Sum(b => coincidences[a, b]))];
        double observed = 0, expected = 0;
        for (int a = 0; a < values.Length; a++)
        {
            for (int b = a + 1; b < values.Length; b++)
            {
                double d = distance(counts, a, b);
                observed += coincidences[a, b] * d;
                expected += counts[a] * counts[b] * d;
            }
        }
        return expected == 0 ? double.NaN : 1 - (counts.Sum() - 1) * observed / expected;
    }
}
