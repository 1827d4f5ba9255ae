using TorchSharp;
using static TorchSharp.torch;

namespace AniSora.Evaluation;

/// <summary>
/// The Fréchet distance of two sets of features taken as Gaussians (Heusel et al. 2017): <c>|μ - ν|² + tr(A + B - 2·(A·B)^½)</c>.
/// </summary>
/// <param name="Value">At the given sample size; too large by a bias that falls as 1/N, and large where N is not far above the dimension.</param>
/// <param name="Unbiased">Extrapolated to infinitely many samples: the line through the distances of seeded subsets over 1/N (Chong and Forsyth 2020); may come out a little below 0.</param>
/// <param name="Samples">N: the smaller set.</param>
/// <param name="Dimension">D.</param>
public sealed record FrechetDistance(double Value, double Unbiased, int Samples, int Dimension)
{
    /// <summary>Fewest samples for which subsets say anything of the bias.</summary>
    public const int FewestSamples = 10;

    private const int Sizes = 8;

    /// <summary>Whether a covariance has as many samples as it has axes; if not, only <see cref="Unbiased"/> means anything, and that little.</summary>
    public bool IsFullRank => Samples > Dimension;

    /// <summary>The distance of two sets.</summary>
    /// <param name="a">Rows of D features.</param>
    /// <param name="b">Rows of D features.</param>
    /// <param name="seed">Chooses the subsets.</param>
    /// <exception cref="ArgumentException">A set has fewer than <see cref="FewestSamples"/> rows, or rows of another length.</exception>
    public static FrechetDistance Of(IReadOnlyList<float[]> a, IReadOnlyList<float[]> b, int seed = 0)
    {
        int samples = Math.Min(a.Count, b.Count);
        if (samples < FewestSamples || a.Concat(b).Any(row => row.Length != a[0].Length))
            throw new ArgumentException($"sets of {a.Count} and {b.Count} rows: {FewestSamples} or more of one length are needed");
        Models.Runtime.TorchLibrary.EnsureLoaded();
        var random = new Random(seed);
        double value = Between(a, b);
        var points = new List<(double Inverse, double Distance)>();
        for (int k = 0; k < Sizes; k++)
        {
            int n = samples / 2 + k * (samples - samples / 2) / (Sizes - 1);
            points.Add((1.0 / n, Between(Drawn(a, n, random), Drawn(b, n, random))));
        }
        double meanInverse = points.Average(p => p.Inverse), mean = points.Average(p => p.Distance);
        double slope = points.Sum(p => (p.Inverse - meanInverse) * (p.Distance - mean)) / points.Sum(p => Math.Pow(p.Inverse - meanInverse, 2));
        return new(value, mean - slope * meanInverse, samples, a[0].Length);
    }

    private static IReadOnlyList<float[]> Drawn(IReadOnlyList<float[]> rows, int count, Random random)
    {
        int[] order = [.. Enumerable.Range(0, rows.Count)];
        random.Shuffle(order);
        return [.. order.Take(count).Select(i => rows[i])];
    }

    private static double Between(IReadOnlyList<float[]> a, IReadOnlyList<float[]> b)
    {
        using var scope = NewDisposeScope();
        var (meanA, rootA) = Moments(a);
        var (meanB, rootB) = Moments(b);
        // With A = XᵀX and B = YᵀY, tr (A·B)^½ is the sum of the singular values of X·Yᵀ.
        double root = linalg.svdvals(rootA.matmul(rootB.t())).sum().ToDouble();
        return (meanA - meanB).square().sum().ToDouble() + rootA.square().sum().ToDouble() + rootB.square().sum().ToDouble() - 2 * root;
    }

    /// <summary>The mean, and the centred rows over √(n - 1), whose square is the covariance.</summary>
    private static (Tensor Mean, Tensor Root) Moments(IReadOnlyList<float[]> rows)
    {
        var values = tensor(rows.SelectMany(r => r).ToArray(), [rows.Count, rows[0].Length]).to(ScalarType.Float64);
        var mean = values.mean([0L]);
        var centred = (values - mean) / Math.Sqrt(rows.Count - 1);
        // More rows than columns: R of QR is as good a root, and small.
        return (mean, rows.Count > rows[0].Length ? linalg.qr(centred).R : centred);
    }
}
