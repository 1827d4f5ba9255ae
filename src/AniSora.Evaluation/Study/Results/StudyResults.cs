namespace AniSora.Evaluation.Study;

/// <summary>What is known of a rater.</summary>
/// <param name="Rater">The name in the study.</param>
/// <param name="Answered">Pages.</param>
/// <param name="ChecksPassed">Checks with every line as asked.</param>
/// <param name="ChecksFailed">The others.</param>
/// <param name="RepeatDifference">Mean distance between the first answer and that to the same page later; NaN without repeats.</param>
/// <param name="MedianSeconds">A page's.</param>
public sealed record RaterQuality(string Rater, int Answered, int ChecksPassed, int ChecksFailed, double RepeatDifference, double MedianSeconds)
{
    /// <summary>The rule by which raters are left out; raters and operators read it before the study.</summary>
    public const string Rule = "A check is failed when any line differs from what it asks for; whoever fails as many checks as they pass, or more, is left out with all answers.";

    /// <summary>Whether the answers are left out, by <see cref="Rule"/>.</summary>
    public bool Excluded => ChecksFailed > 0 && ChecksFailed >= ChecksPassed;
}

/// <summary>One model.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Overall">The mean of its axes: 1 to 5, or a log-strength.</param>
/// <param name="Score">0 to 100.</param>
/// <param name="Axes">By axis, as <paramref name="Overall"/>.</param>
public sealed record ModelResult(string Model, Estimate Overall, Estimate Score, IReadOnlyList<Estimate> Axes);

/// <summary>How far raters agree on an axis.</summary>
/// <param name="Axis">The axis.</param>
/// <param name="Ordinal">Krippendorff's alpha on ranks.</param>
/// <param name="Interval">Krippendorff's alpha on distances.</param>
public sealed record Agreement(StudyAxis Axis, double Ordinal, double Interval);

/// <summary>What a closed study says.</summary>
internal sealed record StudyResults(
    StudyInfo Study, IReadOnlyList<Judgement> Judgements, IReadOnlyList<RaterQuality> Raters, IReadOnlyList<ModelResult> Models, IReadOnlyList<Agreement> Agreement)
{
    /// <summary>Who is left out.</summary>
    public IReadOnlySet<string> Excluded { get; } = Raters.Where(r => r.Excluded).Select(r => r.Rater).ToHashSet(StringComparer.Ordinal);

    /// <summary>What counts.</summary>
    public IEnumerable<Judgement> Counted => Counting(Judgements, Excluded);

    /// <summary>Works it out; the same answers give the same numbers.</summary>
    /// <exception cref="InputException">The study is not closed, or nothing that counts was answered.</exception>
    public static StudyResults Of(StudyDatabase database)
    {
        var (study, models, all) = (database.Info(), database.Models(), database.Judgements());
        RaterQuality[] raters = [.. all.GroupBy(j => j.Rater).Select(Quality)];
        Judgement[] counted = [.. Counting(all, raters.Where(r => r.Excluded).Select(r => r.Rater).ToHashSet(StringComparer.Ordinal))];
        if (counted.Length == 0)
            throw new InputException($"{database.File}: {(all.Count == 0 ? "has no answers" : $"has no answers that count: all {raters.Length} raters failed the checks")}");
        var results = ModelResults.Of(study, models, counted);
        return new(study, all, raters, [.. results.OrderByDescending(r => r.Overall.Value)], [.. study.Axes.Select(axis => AgreementOn(axis, counted))]);
    }

    private static IEnumerable<Judgement> Counting(IEnumerable<Judgement> all, IReadOnlySet<string> excluded) => all.Where(j => j.Kind == TrialKind.Rating && !excluded.Contains(j.Rater));

    private static RaterQuality Quality(IGrouping<string, Judgement> rater)
    {
        var pages = rater.GroupBy(j => j.Position).ToArray();
        bool[] checks = [.. pages.Where(p => p.First().Kind == TrialKind.Check).Select(p => p.All(j => j.Value == j.Expected))];
        var first = rater.Where(j => j.Kind == TrialKind.Rating).ToDictionary(j => (Shown(j), j.Axis), Oriented);
        double[] differences = [.. rater.Where(j => j.Kind == TrialKind.Repeat && first.ContainsKey((Shown(j), j.Axis))).Select(j => Math.Abs(Oriented(j) - first[(Shown(j), j.Axis)]) + 0.0)];
        double[] seconds = [.. pages.Select(p => p.First().Seconds).Order()];
        return new(rater.Key, pages.Length, checks.Count(passed => passed), checks.Count(passed => !passed),
            differences.Length > 0 ? differences.Average() : double.NaN, (seconds[(seconds.Length - 1) / 2] + seconds[seconds.Length / 2]) / 2);
    }

    private static Agreement AgreementOn(StudyAxis axis, IEnumerable<Judgement> counted)
    {
        int[][] units = [.. counted.Where(j => j.Axis == axis.Key).GroupBy(Shown).Select(g => g.Select(Oriented).ToArray())];
        return new(axis, KrippendorffAlpha.Ordinal(units), KrippendorffAlpha.Interval(units));
    }

    /// <summary>What was judged, whatever the sides.</summary>
    private static (string, string, string) Shown(Judgement j) => Swapped(j) ? (j.Clip, j.Other, j.Model) : (j.Clip, j.Model, j.Other);

    /// <summary>The answer, as if the models always stood in the order of their names.</summary>
    private static int Oriented(Judgement j) => Swapped(j) ? -j.Value : j.Value;

    private static bool Swapped(Judgement j) => j.Other.Length > 0 && string.CompareOrdinal(j.Other, j.Model) < 0;
}
