namespace AniSora.Evaluation.Study;

/// <summary>What a trial is for.</summary>
internal enum TrialKind
{
    /// <summary>Counts.</summary>
    Rating,

    /// <summary>Says itself what to answer: shows who reads.</summary>
    Check,

    /// <summary>Shown before: shows how steady a rater is.</summary>
    Repeat,
}

/// <summary>One page that a rater will see.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Clip">Which clip, from 0.</param>
/// <param name="Left">The model whose video is shown, on the left of two; from 0.</param>
/// <param name="Right">The model on the right; null if one video is shown.</param>
/// <param name="Expected">What a check asks for on every axis.</param>
internal sealed record PlannedTrial(TrialKind Kind, int Clip, int Left, int? Right, int? Expected = null);

/// <summary>
/// Who sees what in which order, all of it drawn before the first rater comes. Every rater sees the clips in rounds; in each round each clip
/// comes once, by another model (or pair), so that two versions of a clip never follow each other. Which one comes in which round is a row
/// of a <see cref="WilliamsSquare"/>, and the rows are dealt out in turn over clips and raters. Clips are dealt out in turn too; of a pair
/// each side shows each model equally often.
/// </summary>
internal static class StudyPlan
{
    /// <summary>Draws the plan: for each rater the trials in order.</summary>
    /// <param name="clips">Clips at hand, at least one.</param>
    /// <param name="models">Models.</param>
    /// <param name="options">Design, numbers and seed.</param>
    public static IReadOnlyList<IReadOnlyList<PlannedTrial>> Draw(int clips, int models, StudyOptions options)
    {
        var random = new Random(options.Seed);
        (int Left, int? Right)[] treatments = options.Design == StudyDesign.Scale
            ? [.. Enumerable.Range(0, models).Select(m => (m, (int?)null))]
            : [.. from a in Enumerable.Range(0, models) from b in Enumerable.Range(a + 1, models - a - 1) select (a, (int?)b)];
        int[][] rows = WilliamsSquare.Rows(treatments.Length);
        random.Shuffle(rows);
        int[] order = [.. Enumerable.Range(0, clips)];
        random.Shuffle(order);
        int[] sides = [.. treatments.Select(_ => random.Next(2))];
        int each = Math.Min(clips, options.ClipsPerRater(models)), row = 0, next = 0;
        var plan = new List<IReadOnlyList<PlannedTrial>>();
        for (int rater = 0; rater < options.Raters; rater++)
        {
            var shown = Enumerable.Range(0, each).Select(_ => (Clip: order[next++ % clips], Row: rows[row++ % rows.Length])).ToArray();
            var trials = new List<PlannedTrial>();
            for (int round = 0; round < treatments.Length; round++)
            {
                random.Shuffle(shown);
                if (shown.Length > 1 && trials.Count > 0 && trials[^1].Clip == shown[0].Clip)
                    (shown[0], shown[^1]) = (shown[^1], shown[0]);
                foreach (var (clip, sequence) in shown)
                {
                    var (left, right) = treatments[sequence[round]];
                    bool swap = right is not null && sides[sequence[round]]++ % 2 == 1;
                    trials.Add(swap ? new(TrialKind.Rating, clip, right!.Value, left) : new(TrialKind.Rating, clip, left, right));
                }
            }
            Insert(trials, options, random);
            plan.Add(trials);
        }
        return plan;
    }

    /// <summary>Repeats come from the first half into the last third, checks evenly in between.</summary>
    private static void Insert(List<PlannedTrial> trials, StudyOptions options, Random random)
    {
        int own = trials.Count;
        var early = trials[..((own + 1) / 2)].ToArray();
        random.Shuffle(early);
        foreach (var first in early.Take(options.Repeats))
        {
            // Sides change, or a rater who always prefers the left would look steady.
            var again = first with { Kind = TrialKind.Repeat, Left = first.Right ?? first.Left, Right = first.Right is null ? null : first.Left };
            trials.Insert(random.Next(Math.Min(trials.Count, (2 * own + 2) / 3), trials.Count + 1), again);
        }
        int all = trials.Count;
        for (int check = 0; check < options.Checks; check++)
        {
            var shown = trials[random.Next(trials.Count)];
            int expected = options.Design == StudyDesign.Scale ? random.Next(1, 6) : 2 * random.Next(2) - 1;
            trials.Insert((check + 1) * all / (options.Checks + 1) + check, shown with { Kind = TrialKind.Check, Expected = expected });
        }
    }
}
