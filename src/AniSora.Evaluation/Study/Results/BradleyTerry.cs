namespace AniSora.Evaluation.Study;

/// <summary>
/// Strengths from comparisons (Bradley and Terry 1952): i is preferred to j with probability e^(s_i) / (e^(s_i) + e^(s_j)). Fitted by the
/// minorisation of Hunter (2004); a tie is half a win for each.
/// </summary>
internal static class BradleyTerry
{
    /// <summary>
    /// One comparison more than were made, a tie with an opponent of strength 0: without it, a model that always wins would have no finite
    /// strength, and groups that never met no common scale.
    /// </summary>
    private const double Prior = 0.5;

    private const int MostSteps = 500;
    private const double Precision = 1e-9;

    /// <summary>Log-strengths, of mean 0.</summary>
    /// <param name="wins">Row i, column j: how often i was preferred to j, <c>[n, n]</c>; the diagonal is not read.</param>
    public static double[] Fit(double[,] wins)
    {
        int n = wins.GetLength(0);
        double[] strength = [.. Enumerable.Repeat(1.0, n)], next = new double[n];
        for (int step = 0; step < MostSteps; step++)
        {
            double change = 0;
            for (int i = 0; i < n; i++)
            {
                double won = Prior, weight = 2 * Prior / (strength[i] + 1);
                for (int j = 0; j < n; j++)
                {
                    if (j == i)
                        continue;
                    won += wins[i, j];
                    weight += (wins[i, j] + wins[j, i]) / (strength[i] + strength[j]);
                }
                next[i] = won / weight;
                change = Math.Max(change, Math.Abs(next[i] / strength[i] - 1));
            }
            (strength, next) = (next, strength);
            if (change < Precision)
                break;
        }
        double middle = strength.Average(Math.Log);
        return [.. strength.Select(s => Math.Log(s) - middle)];
    }

    /// <summary>How often each is preferred to another of them, on average, in percent.</summary>
    public static double[] Scores(double[] strengths) => [.. strengths.Select((s, i) =>
        strengths.Length < 2 ? 50 : 100 * strengths.Where((_, j) => j != i).Average(other => 1 / (1 + Math.Exp(other - s))))];
}
