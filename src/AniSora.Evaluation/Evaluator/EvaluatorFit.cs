namespace AniSora.Evaluation;

/// <summary>
/// Fits <see cref="LearnedEvaluator"/>: a ridge regression for each axis, its strength chosen by cross-validation. What it reports is of held-out
/// identities in a cross-validation around that one, so that neither the weights nor the strength have seen what they are judged by.
/// </summary>
public static class EvaluatorFit
{
    /// <summary>Fewest rated videos, identities and raters of an axis: below these an interval says nothing, and one rater's taste is no measure.</summary>
    public const int LeastVideos = 40, LeastIdentities = 8, LeastRaters = 2;

    private const int Folds = 8, Bins = 5;

    private static readonly double[] _strengths = [.. Enumerable.Range(0, 11).Select(k => Math.Pow(10, -3 + k / 2.0))];

    private readonly record struct Video(string Set, string Id);

    private sealed record Seen(double[] Features, string Identity);

    private sealed record Sample(double[] Features, double Worth, double Ratings, string Identity);

    /// <summary>Fits an evaluator.</summary>
    /// <param name="ratings">What people said.</param>
    /// <param name="scores">What was measured of the same videos, and of any others.</param>
    /// <param name="metrics">The metrics that it may look at.</param>
    /// <returns>The evaluator, and the rated videos that the scores do not have: they were left out.</returns>
    /// <exception cref="InputException">There are too few ratings, or scores of different networks.</exception>
    public static (LearnedEvaluator Evaluator, IReadOnlyList<string> Unmeasured) Of(IReadOnlyList<Rating> ratings, IReadOnlyList<ScoreRow> scores, IReadOnlyList<Metric> metrics)
    {
        var features = Features(scores, metrics);
        var seen = scores.GroupBy(s => new Video(s.Videos, s.Id)).ToDictionary(g => g.Key, g => SeenOf(g, features));
        var known = ratings.ToLookup(r => seen.ContainsKey(new(r.Model, r.Clip)));
        var axes = EvaluatorAxis.All.Select(axis => (Axis: axis, Ratings: known[true].Where(r => r.Axis == axis.Key).ToList())).Where(a => a.Ratings.Count > 0)
            .Select(a => Learn(a.Axis, a.Ratings, seen)).ToList();
        string[] unmeasured = [.. known[false].Select(r => $"{r.Clip} of {r.Model}").Distinct().Order(StringComparer.Ordinal)];
        return axes.Count > 0 ? (new() { Features = features, Axes = axes }, unmeasured)
            : throw new InputException($"none of the {ratings.Count} ratings is of a video in the scores (rated: {unmeasured.FirstOrDefault() ?? "nothing"}; measured: {scores.Select(s => $"{s.Id} of {s.Videos}").FirstOrDefault() ?? "nothing"}); measure the rated folders under the same names");
    }

    private static List<EvaluatorFeature> Features(IReadOnlyList<ScoreRow> scores, IReadOnlyList<Metric> metrics)
    {
        var columns = scores.GroupBy(s => s.Metric).ToDictionary(g => g.Key, g => g.DistinctBy(s => s.Version).ToList());
        if (columns.Values.FirstOrDefault(c => c.Count > 1) is { } mixed)
            throw new InputException($"scores of {mixed[0].Metric}: those of {mixed[0].Videos} were computed by {mixed[0].Version}, those of {mixed[1].Videos} by {mixed[1].Version}; measure all with the same --networks");
        // A metric that a set lacks cannot be asked for of others.
        int videos = scores.DistinctBy(s => (s.Videos, s.Id)).Count();
        var present = scores.GroupBy(s => s.Metric).ToDictionary(g => g.Key, g => g.Count());
        return [.. metrics.Where(m => present.GetValueOrDefault(m.Key) == videos).Select(m => columns[m.Key][0]).Select(s => new EvaluatorFeature(s.Metric, s.Network, s.Version))];
    }

    private static Seen SeenOf(IGrouping<Video, ScoreRow> rows, List<EvaluatorFeature> features)
    {
        if (rows.GroupBy(r => r.Metric).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InputException($"scores of {rows.Key.Id} of {rows.Key.Set}: {twice.Key} stands there twice; give each folder's scores once");
        var values = rows.ToDictionary(r => r.Metric, r => r.Value);
        return new([.. features.Select(f => values[f.Metric])], rows.First().Identity);
    }

    private static LearnedAxis Learn(EvaluatorAxis axis, List<Rating> ratings, Dictionary<Video, Seen> seen)
    {
        var worth = RaterLeaning.Worth([.. ratings.Select(r => (r.Rater, new Video(r.Model, r.Clip), (double)r.Value))]);
        var counts = ratings.CountBy(r => new Video(r.Model, r.Clip)).ToDictionary();
        Sample[] samples = [.. worth.Select(w => new Sample(seen[w.Key].Features, w.Value, counts[w.Key], seen[w.Key].Identity))];
        int raters = ratings.DistinctBy(r => r.Rater).Count(), identities = samples.DistinctBy(s => s.Identity).Count();
        if (samples.Length < LeastVideos || identities < LeastIdentities || raters < LeastRaters)
        {
            throw new InputException($"too few ratings on {axis.Key}: {samples.Length} videos of {identities} identities by {raters} raters; " +
                $"{LeastVideos} videos of {LeastIdentities} identities by {LeastRaters} raters are the fewest; collect more, or take these rows out");
        }
        double[] predicted = HeldOut(samples, (training, rows) => Best(training) is var fit ? [.. rows.Select(r => Clamp(fit.Predict(r.Features)))] : []);
        var pairs = samples.Zip(predicted, (s, p) => (Item: (p, s.Worth), s.Identity)).ToList();
        double mean = samples.Average(s => s.Worth);
        var bins = pairs.Select(p => p.Item).OrderBy(p => p.p).Chunk((samples.Length + Bins - 1) / Bins).Select(b => new CalibrationBin(b.Average(p => p.p), b.Average(p => p.Worth), b.Length));
        return new(axis.Key, ratings.Count, raters, samples.Length, Bootstrap.Of(pairs, RankCorrelation.Of), pairs.Average(p => Math.Abs(p.Item.p - p.Item.Worth)),
            samples.Average(s => Math.Abs(s.Worth - mean)), [.. bins], Best(samples));
    }

    private static double Clamp(double points) => Math.Clamp(points, 1, 5);

    /// <summary>The fit of the strength that foresees held-out identities best.</summary>
    private static RidgeRegression Best(IReadOnlyList<Sample> samples)
    {
        var errors = new double[_strengths.Length];
        HeldOut(samples, (training, rows) =>
        {
            var fits = Fit(training);
            for (int k = 0; k < fits.Length; k++)
                errors[k] += rows.Sum(r => r.Ratings * Math.Pow(fits[k].Predict(r.Features) - r.Worth, 2));
            return new double[rows.Count];
        });
        return Fit(samples)[Array.IndexOf(errors, errors.Min())];
    }

    private static RidgeRegression[] Fit(IReadOnlyList<Sample> samples) =>
        RidgeRegression.Fit([.. samples.Select(s => s.Features)], [.. samples.Select(s => s.Worth)], [.. samples.Select(s => s.Ratings)], _strengths);

    /// <summary>What is said of each sample when its identity, and those of its fold, are held out.</summary>
    private static double[] HeldOut(IReadOnlyList<Sample> samples, Func<IReadOnlyList<Sample>, IReadOnlyList<Sample>, double[]> predict)
    {
        // In the order of names: those that resemble each other go to different folds.
        var fold = samples.Select(s => s.Identity).Distinct().Order(StringComparer.Ordinal).Select((identity, i) => (identity, i % Folds)).ToDictionary();
        var predicted = new double[samples.Count];
        for (int k = 0; k < Folds; k++)
        {
            int[] held = [.. Enumerable.Range(0, samples.Count).Where(i => fold[samples[i].Identity] == k)];
            if (held.Length == 0)
                continue;
            double[] values = predict([.. samples.Where(s => fold[s.Identity] != k)], [.. held.Select(i => samples[i])]);
            for (int j = 0; j < held.Length; j++)
                predicted[held[j]] = values[j];
        }
        return predicted;
    }
}
