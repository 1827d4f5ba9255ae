using AniSora.Data.Tables;

namespace AniSora.Evaluation;

/// <summary>A metric that the evaluator looks at.</summary>
/// <param name="Metric">Its key.</param>
/// <param name="Network">What computed it, for people.</param>
/// <param name="Version">Formula and network to the weights: <see cref="MetricColumn.Version"/>.</param>
public sealed record EvaluatorFeature(string Metric, string Network, string Version);

/// <summary>A tenth or so of the held-out videos, those with predictions next to each other.</summary>
/// <param name="Predicted">Mean prediction, 1 … 5.</param>
/// <param name="Rated">Mean worth by the ratings.</param>
/// <param name="Videos">How many.</param>
public readonly record struct CalibrationBin(double Predicted, double Rated, int Videos);

/// <summary>One learned axis, and how well it does on identities that it was not fitted on.</summary>
/// <param name="Axis">The axis: <see cref="EvaluatorAxis.Key"/>.</param>
/// <param name="Ratings">That it learned from.</param>
/// <param name="Raters">Who gave them.</param>
/// <param name="Videos">They rated.</param>
/// <param name="Correlation">Spearman's, of held-out predictions and ratings, with a 95 % interval by bootstrap over identities.</param>
/// <param name="Error">Mean |held-out prediction - rated worth|, in points of 1 … 5.</param>
/// <param name="SpreadError">The same of a prediction that is always the mean: what <paramref name="Error"/> has to beat.</param>
/// <param name="Calibration">Predicted against rated.</param>
/// <param name="Regression">Fitted on all of them.</param>
public sealed record LearnedAxis(
    string Axis, int Ratings, int Raters, int Videos, Interval Correlation, double Error, double SpreadError, IReadOnlyList<CalibrationBin> Calibration, RidgeRegression Regression)
{
    /// <summary>The axis that <see cref="Axis"/> names.</summary>
    public EvaluatorAxis Find() => EvaluatorAxis.All.Single(a => a.Key == Axis);
}

/// <summary>AniSora's six axes, learned from people's ratings: from a video's metrics to the points that people would give. A file of its own.</summary>
public sealed record LearnedEvaluator
{
    /// <summary>The program's version that fitted it.</summary>
    public string Program { get; init; } = ToolVersion.Current;

    /// <summary>What it looks at, in the order of the regressions' values.</summary>
    public required IReadOnlyList<EvaluatorFeature> Features { get; init; }

    /// <summary>The axes that were rated.</summary>
    public required IReadOnlyList<LearnedAxis> Axes { get; init; }

    /// <summary>Reads one.</summary>
    /// <exception cref="InputException">The file is missing, damaged or no evaluator.</exception>
    public static LearnedEvaluator Load(string path)
    {
        var read = ConfigFile.Load<LearnedEvaluator>(path);
        bool Fits(LearnedAxis axis) => EvaluatorAxis.All.Any(a => a.Key == axis.Axis) && double.IsFinite(axis.Regression.Intercept)
            && new[] { axis.Regression.Means, axis.Regression.Deviations, axis.Regression.Weights }.All(values => values.Length == read.Features.Count && values.All(double.IsFinite));
        return read.Axes.Count > 0 && read.Axes.All(Fits) ? read
            : throw new InputException($"{path}: its axes do not fit its {read.Features.Count} features: changed by hand, or damaged; fit it again with `anisora evaluator fit`");
    }

    /// <summary>Writes it.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Save(string path) => ConfigFile.Save(path, this);

    /// <summary>Refuses metrics that it has not learned from.</summary>
    /// <param name="where">For errors: whose metrics these are.</param>
    /// <param name="columns">What is measured.</param>
    /// <exception cref="InputException">A metric that it looks at is missing, or is computed by another network or formula.</exception>
    public void Require(string where, IEnumerable<MetricColumn> columns)
    {
        var versions = columns.ToDictionary(c => c.Metric.Key, c => c.Version);
        foreach (var feature in Features)
        {
            if (!versions.TryGetValue(feature.Metric, out string? version))
                throw new InputException($"{where}: the evaluator looks at {feature.Metric}, which was not measured; measure it (--bench, --metrics), or fit an evaluator without it");
            if (version != feature.Version)
                throw new InputException($"{where}: the evaluator learned from {feature.Metric} as {feature.Version} computes it, and here {version} does; use the same --networks, or fit it again");
        }
    }

    /// <summary>Adds a column for each axis to what was measured.</summary>
    /// <param name="scores">What was measured; the clips get values for each axis, 1 … 5.</param>
    /// <exception cref="InputException">As for <see cref="Require"/>.</exception>
    public SetScores Apply(SetScores scores)
    {
        Require(scores.Videos.Root, scores.Metrics.Select(m => m.Column));
        var learned = Axes.Select(axis =>
        {
            var metric = axis.Find().Metric;
            foreach (var clip in scores.Clips)
                clip.Values[metric.Key] = Math.Clamp(axis.Regression.Predict([.. Features.Select(f => clip.Values[f.Metric])]), metric.Low, metric.High);
            return MetricSummary.Of(new MetricColumn(axis), scores.Clips);
        });
        return scores with { Metrics = [.. scores.Metrics, .. learned] };
    }
}
