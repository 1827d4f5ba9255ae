using AniSora.Evaluation.Study;

namespace AniSora.Evaluation.Tests.Study;

/// <summary>Who sees what in which order.</summary>
public sealed class StudyPlanTests
{
    private static readonly StudyOptions _scale = new() { Raters = 24, Clips = 6, Checks = 2, Repeats = 3 };
    private static readonly StudyOptions _pairs = _scale with { Design = StudyDesign.Pairs };

    [Theory]
    [InlineData(StudyDesign.Scale), InlineData(StudyDesign.Pairs)]
    public void Every_rater_meets_every_version_of_their_clips_once_and_never_one_clip_twice_in_a_row(StudyDesign design)
    {
        foreach (var trials in StudyPlan.Draw(clips: 20, models: 4, _scale with { Design = design }))
        {
            var rated = trials.Where(t => t.Kind == TrialKind.Rating).ToArray();
            int versions = design == StudyDesign.Scale ? 4 : 6;
            Assert.Equal(6 * versions, rated.Length);
            Assert.Equal(6, rated.Select(t => t.Clip).Distinct().Count());
            Assert.Equal(rated.Length, rated.Select(t => (t.Clip, Math.Min(t.Left, t.Right ?? -1), Math.Max(t.Left, t.Right ?? -1))).Distinct().Count());
            Assert.All(rated.Zip(rated.Skip(1)), pair => Assert.NotEqual(pair.First.Clip, pair.Second.Clip));
        }
    }

    [Fact]
    public void Over_all_raters_models_are_balanced_in_time_and_in_what_they_follow()
    {
        // 24 raters × 6 clips are 36 whole squares of 4 rows.
        var sequences = StudyPlan.Draw(20, 4, _scale).SelectMany(trials => trials.Where(t => t.Kind == TrialKind.Rating).GroupBy(t => t.Clip).Select(g => g.Select(t => t.Left).ToArray())).ToArray();
        Assert.Equal(144, sequences.Length);
        for (int round = 0; round < 4; round++)
            Assert.All(sequences.GroupBy(s => s[round]), g => Assert.Equal(36, g.Count()));
        Assert.All(sequences.SelectMany(s => s.Zip(s.Skip(1))).GroupBy(p => p), g => Assert.Equal(36, g.Count()));
    }

    [Fact]
    public void Clips_are_shown_equally_often_and_each_model_on_both_sides()
    {
        var rated = StudyPlan.Draw(18, 4, _pairs).SelectMany(trials => trials.Where(t => t.Kind == TrialKind.Rating)).ToArray();
        Assert.All(rated.GroupBy(t => t.Clip), g => Assert.Equal(24 * 6 * 6 / 18, g.Count()));
        foreach (var pair in rated.GroupBy(t => (Math.Min(t.Left, t.Right!.Value), Math.Max(t.Left, t.Right!.Value))))
            Assert.Equal(pair.Count() / 2, pair.Count(t => t.Left < t.Right));
    }

    [Fact]
    public void Checks_and_repeats_are_among_the_pages()
    {
        foreach (var trials in StudyPlan.Draw(20, 4, _pairs))
        {
            var checks = trials.Index().Where(t => t.Item.Kind == TrialKind.Check).ToArray();
            Assert.Equal(2, checks.Length);
            Assert.All(checks, c => Assert.True(c.Item.Expected is -1 or 1 && c.Index > 5));
            var repeats = trials.Index().Where(t => t.Item.Kind == TrialKind.Repeat).ToArray();
            Assert.Equal(3, repeats.Length);
            Assert.All(repeats, r =>
            {
                // Sides change, and much has been seen in between.
                var first = Assert.Single(trials.Index(), t => t.Item.Kind == TrialKind.Rating && t.Item.Clip == r.Item.Clip && t.Item.Left == r.Item.Right && t.Item.Right == r.Item.Left);
                Assert.True(r.Index - first.Index > 5, $"{first.Index} → {r.Index}");
            });
        }
        Assert.All(StudyPlan.Draw(20, 4, _scale).SelectMany(t => t).Where(t => t.Kind == TrialKind.Check), c => Assert.InRange(c.Expected!.Value, 1, 5));
    }

    [Fact]
    public void One_seed_makes_one_plan()
    {
        Assert.Equal(StudyPlan.Draw(20, 5, _scale).SelectMany(t => t), StudyPlan.Draw(20, 5, _scale).SelectMany(t => t));
        Assert.NotEqual(StudyPlan.Draw(20, 5, _scale).SelectMany(t => t), StudyPlan.Draw(20, 5, _scale with { Seed = 2 }).SelectMany(t => t));
    }

    [Fact]
    public void Few_clips_and_models_are_enough()
    {
        var only = Assert.Single(StudyPlan.Draw(1, 1, _scale with { Raters = 1, Checks = 1, Repeats = 1 }));
        Assert.Equal([TrialKind.Rating, TrialKind.Check, TrialKind.Repeat], only.Select(t => t.Kind).Order());
    }
}
