namespace AniSora.Evaluation;

/// <summary>Spearman's rank correlation: whether two measures put things in the same order.</summary>
public static class RankCorrelation
{
    /// <summary>The correlation of the ranks; ties share their mean rank.</summary>
    /// <param name="pairs">What both measures say of each thing.</param>
    /// <returns>-1 … 1; NaN with fewer than two pairs, or if a measure says the same of all.</returns>
    public static double Of(IReadOnlyList<(double First, double Second)> pairs)
    {
        double[] a = Ranks([.. pairs.Select(p => p.First)]), b = Ranks([.. pairs.Select(p => p.Second)]);
        double middle = (pairs.Count - 1) / 2.0, both = 0, squaresA = 0, squaresB = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double x = a[i] - middle, y = b[i] - middle;
            (both, squaresA, squaresB) = (both + x * y, squaresA + x * x, squaresB + y * y);
        }
        return both / Math.Sqrt(squaresA * squaresB);
    }

    private static double[] Ranks(double[] values)
    {
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort((double[])values.Clone(), order);
        var ranks = new double[values.Length];
        for (int from = 0, to; from < order.Length; from = to)
        {
            for (to = from + 1; to < order.Length && values[order[to]] == values[order[from]]; to++) { }
            foreach (int i in order.AsSpan(from, to - from))
                ranks[i] = (from + to - 1) / 2.0;
        }
        return ranks;
    }
}
