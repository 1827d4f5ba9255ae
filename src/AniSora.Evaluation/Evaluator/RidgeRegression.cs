using TorchSharp;
using static TorchSharp.torch;

namespace AniSora.Evaluation;

/// <summary>
/// Ridge regression on standardised features (Hoerl and Kennard 1970): the weights of least <c>Σ w·(y - ŷ)² / Σ w + strength·|β|²</c>. Features are
/// held to three deviations, so that one value from far outside cannot decide; a missing one counts as the mean.
/// </summary>
/// <param name="Means">Of each feature.</param>
/// <param name="Deviations">Of each feature; 0 for one that never differed, which then has no weight.</param>
/// <param name="Weights">β, a point for each deviation.</param>
/// <param name="Intercept">ŷ of a clip of mean features.</param>
/// <param name="Strength">Of the ridge.</param>
public sealed record RidgeRegression(double[] Means, double[] Deviations, double[] Weights, double Intercept, double Strength)
{
    private const double Bound = 3;

    /// <summary>One fit for each strength.</summary>
    /// <param name="rows">Features, a row for each observation; NaN where there is none.</param>
    /// <param name="targets">y.</param>
    /// <param name="importance">w.</param>
    /// <param name="strengths">Of the ridge.</param>
    public static RidgeRegression[] Fit(IReadOnlyList<double[]> rows, double[] targets, double[] importance, double[] strengths)
    {
        Models.Runtime.TorchLibrary.EnsureLoaded();
        int features = rows[0].Length;
        double[] means = new double[features], deviations = new double[features];
        for (int f = 0; f < features; f++)
        {
            var known = rows.Zip(importance).Where(r => double.IsFinite(r.First[f])).Select(r => (Value: r.First[f], Weight: r.Second)).ToList();
            double total = known.Sum(k => k.Weight);
            means[f] = total > 0 ? known.Sum(k => k.Weight * k.Value) / total : 0;
            deviations[f] = total > 0 ? Math.Sqrt(known.Sum(k => k.Weight * (k.Value - means[f]) * (k.Value - means[f])) / total) : 0;
            // What differs by rounding alone does not differ.
            if (deviations[f] < 1e-9 * Math.Max(1, Math.Abs(means[f])))
                deviations[f] = 0;
        }
        var standard = new RidgeRegression(means, deviations, new double[features], 0, 0);
        using var scope = NewDisposeScope();
        var x = tensor(rows.SelectMany(standard.Standard).ToArray(), [rows.Count, features]);
        var (y, w) = (tensor(targets), tensor(importance) / importance.Sum());
        var (meanX, meanY) = (w.matmul(x), w.dot(y));
        var (centred, weighted) = (x - meanX, (x - meanX) * w.unsqueeze(1));
        var gram = weighted.t().matmul(centred);
        var ridges = tensor(strengths).view(-1, 1, 1) * eye(features, dtype: ScalarType.Float64);
        var beta = linalg.solve(gram + ridges, weighted.t().matmul(y - meanY).expand(strengths.Length, features));
        var intercepts = meanY - beta.matmul(meanX);
        return [.. strengths.Select((strength, k) => new RidgeRegression(means, deviations, beta[k].data<double>().ToArray(), intercepts[k].ToDouble(), strength))];
    }

    /// <summary>ŷ.</summary>
    /// <param name="row">A value for each feature; NaN where there is none.</param>
    public double Predict(double[] row) => Intercept + Standard(row).Zip(Weights).Sum(p => p.First * p.Second);

    private double[] Standard(double[] row) =>
        [.. row.Select((v, f) => double.IsNaN(v) || Deviations[f] == 0 ? 0 : Math.Clamp((v - Means[f]) / Deviations[f], -Bound, Bound))];
}
