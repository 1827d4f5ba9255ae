namespace AniSora.Evaluation.Study;

/// <summary>From answers to numbers for each model.</summary>
internal static class ModelResults
{
    /// <summary>One answer as indices.</summary>
    private readonly record struct Vote(int Rater, int Clip, int Model, int Other, int Axis, double Value);

    /// <summary>The models in their order.</summary>
    /// <param name="study">Design and axes.</param>
    /// <param name="models">Their names.</param>
    /// <param name="counted">The answers that count, at least one.</param>
    public static IEnumerable<ModelResult> Of(StudyInfo study, IReadOnlyList<string> models, IReadOnlyList<Judgement> counted)
    {
        var (raters, clips) = (Index(counted.Select(j => j.Rater)), Index(counted.Select(j => j.Clip)));
        var (names, axes) = (Index(models), Index(study.Axes.Select(a => a.Key)));
        Vote[] votes = [.. counted.Select(j => new Vote(raters[j.Rater], clips[j.Clip], names[j.Model], j.Other.Length > 0 ? names[j.Other] : -1, axes[j.Axis], j.Value))];
        bool pairs = study.Design == StudyDesign.Pairs;
        // For each model: its axes, all of them together, the score.
        int width = axes.Count + 2;
        var estimates = CrossedBootstrap.Of(raters.Count, clips.Count, (byRater, byClip) => pairs
            ? Strengths(votes, models.Count, axes.Count, byRater, byClip)
            : Means(votes, models.Count, axes.Count, byRater, byClip));
        return models.Select((name, m) => new ModelResult(name, estimates[m * width + axes.Count], estimates[m * width + axes.Count + 1], estimates[(m * width)..(m * width + axes.Count)]));
    }

    /// <summary>A mean of 1 is 0 points, one of 5 is 100.</summary>
    internal static double ScoreOf(double mean) => 25 * (mean - 1);

    private static double[] Means(Vote[] votes, int models, int axes, double[] byRater, double[] byClip)
    {
        double[] sums = new double[models * axes], weights = new double[models * axes];
        foreach (var vote in votes)
        {
            double weight = byRater[vote.Rater] * byClip[vote.Clip];
            sums[vote.Model * axes + vote.Axis] += weight * vote.Value;
            weights[vote.Model * axes + vote.Axis] += weight;
        }
        return [.. Enumerable.Range(0, models).SelectMany(m =>
        {
            double[] means = [.. Enumerable.Range(m * axes, axes).Select(i => sums[i] / weights[i])];
            return means.Append(means.Average()).Append(ScoreOf(means.Average()));
        })];
    }

    private static double[] Strengths(Vote[] votes, int models, int axes, double[] byRater, double[] byClip)
    {
        double[][,] wins = [.. Enumerable.Range(0, axes + 1).Select(_ => new double[models, models])];
        foreach (var vote in votes)
        {
            double weight = byRater[vote.Rater] * byClip[vote.Clip], share = (vote.Value + 1) / 2;
            foreach (int table in (ReadOnlySpan<int>)[vote.Axis, axes])
            {
                wins[table][vote.Model, vote.Other] += weight * share;
                wins[table][vote.Other, vote.Model] += weight * (1 - share);
            }
        }
        double[][] strengths = [.. wins.Select(BradleyTerry.Fit)];
        double[] scores = BradleyTerry.Scores(strengths[axes]);
        return [.. Enumerable.Range(0, models).SelectMany(m => strengths.Select(s => s[m]).Append(scores[m]))];
    }

    private static Dictionary<string, int> Index(IEnumerable<string> names) => names.Distinct().Index().ToDictionary(n => n.Item, n => n.Index, StringComparer.Ordinal);
}
