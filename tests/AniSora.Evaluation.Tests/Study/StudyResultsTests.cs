using AniSora.Data.Tables;
using AniSora.Evaluation.Study;

namespace AniSora.Evaluation.Tests.Study;

/// <summary>From answers to the report, with raters whose taste is known.</summary>
public sealed class StudyResultsTests(SmallStudy small) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Answers every page: by the model's place in <see cref="SmallStudy.Models"/>, the first the best, as whoever made the files knows.</summary>
    private static void Rate(string study, int raters, Func<int, string, int, int> value)
    {
        using var database = StudyDatabase.Open(study);
        var design = database.Info().Design;
        for (int rater = 0; rater < raters; rater++)
        {
            while (database.Next(rater) is { } trial)
            {
                int[] models = [.. trial.Videos.Select(file => Convert.ToInt32(database.Scalar("SELECT model FROM videos WHERE file = $0", file)))];
                // The second rater does not read.
                int wrong = design == StudyDesign.Scale ? 1 + trial.Expected.GetValueOrDefault() % 5 : -trial.Expected.GetValueOrDefault();
                int Answer(string axis) => trial.Expected is { } expected ? (rater == 1 ? wrong : expected)
                    : design == StudyDesign.Scale ? value(rater, axis, models[0]) : Math.Sign(value(rater, axis, models[0]) - value(rater, axis, models[1]));
                Assert.Equal(AnswerOutcome.Stored, database.Answer(rater, trial.Position, StudyAxis.All.ToDictionary(a => a.Key, a => Answer(a.Key)), 2000 + 1000 * rater, DateTimeOffset.UtcNow));
            }
        }
    }

    private static int Taste(int rater, string axis, int model) => axis == "motion" ? 2 + model : 4 - model + (rater == 2 ? 1 : 0);

    [Fact]
    public void Means_scores_and_left_out_raters_are_those_of_the_answers()
    {
        string study = small.Copy(_folder);
        Rate(study, 3, Taste);
        StudyStatus.Close(study);
        using var database = StudyDatabase.Open(study);
        var results = StudyResults.Of(database);
        Assert.Equal(["rater-2"], results.Excluded);
        Assert.Equal(SmallStudy.Models, results.Models.Select(m => m.Model));
        // Raters 1 and 3 count: 4 and 5 on five axes, 2 on motion.
        var best = results.Models[0];
        Assert.Equal([4.5, 4.5, 4.5, 2, 4.5, 4.5], best.Axes.Select(a => a.Value));
        Assert.Equal((5 * 4.5 + 2) / 6, best.Overall.Value, 9);
        Assert.Equal(25 * (best.Overall.Value - 1), best.Score.Value, 9);
        Assert.Equal((4.0, 5.0), (best.Axes[0].Low, best.Axes[0].High));
        Assert.Equal((1, 0, 0.0, 2.0), (results.Raters[0].ChecksPassed, results.Raters[0].ChecksFailed, results.Raters[0].RepeatDifference, results.Raters[0].MedianSeconds));
        Assert.Equal((0, 1), (results.Raters[1].ChecksPassed, results.Raters[1].ChecksFailed));
        Assert.All(results.Agreement, a => Assert.Equal(a.Axis.Key == "motion", Math.Abs(a.Interval - 1) < 1e-9));
    }

    [Fact]
    public void Pairs_give_strengths_in_the_order_of_taste()
    {
        string study = small.Copy(_folder, StudyDesign.Pairs);
        Rate(study, 3, Taste);
        StudyStatus.Close(study);
        using var database = StudyDatabase.Open(study);
        var results = StudyResults.Of(database);
        Assert.Equal(SmallStudy.Models, results.Models.Select(m => m.Model));
        Assert.True(results.Models[0].Axes[0].Value > results.Models[1].Axes[0].Value && results.Models[1].Axes[0].Value > results.Models[2].Axes[0].Value);
        Assert.True(results.Models[0].Axes[3].Value < results.Models[2].Axes[3].Value); // motion, where taste is the other way round
        // Five of six axes prefer the first of two.
        Assert.InRange(results.Models[0].Score.Value, 70, 90);
        // Sides change on repeats, and the answers with them: everybody was steady, and all agree.
        Assert.All(results.Raters, r => Assert.Equal(0, r.RepeatDifference));
        Assert.All(results.Agreement, a => Assert.True(double.IsNaN(a.Ordinal) || a.Ordinal == 1));
    }

    [Theory]
    [InlineData(StudyDesign.Scale), InlineData(StudyDesign.Pairs)]
    public void The_report_stands_for_itself_with_all_answers_beside_it(StudyDesign design)
    {
        string study = small.Copy(_folder, design);
        Rate(study, 3, Taste);
        StudyStatus.Close(study);
        StudyReport.Write(study, _folder["out/result.html"]);
        string page = File.ReadAllText(_folder["out/result.html"]);
        Assert.All(SmallStudy.Models, model => Assert.Contains(model, page));
        Assert.Contains("left out: failed checks", page);
        Assert.Contains(RaterQuality.Rule, page);
        var rows = Table<RatingRow>.Read(_folder["out/result.parquet"]);
        Assert.Equal(3 * 8 * 6, rows.Count);
        Assert.Equal(8 * 6, rows.Count(r => r.Excluded));
        Assert.Equal(rows.Count + 1, File.ReadAllLines(_folder["out/result.csv"]).Length);
        Assert.All(rows, r => Assert.Equal(design == StudyDesign.Pairs, r.Other.Length > 0));
    }

    [Fact]
    public void Answers_of_another_copy_come_in_and_what_does_not_fit_is_named()
    {
        string study = small.Copy(_folder);
        using var elsewhere = new TemporaryFolder();
        string copy = small.Copy(elsewhere);
        Rate(copy, 2, Taste);
        StudyStatus.Close(copy);
        StudyReport.Write(copy, elsewhere["answers.html"]);
        string[] lines = File.ReadAllLines(elsewhere["answers.csv"]);
        string table = elsewhere["table.csv"];
        File.WriteAllLines(table, [.. lines.Where(l => !l.StartsWith("rater-1,3,", StringComparison.Ordinal)), .. lines.Where(l => l.StartsWith("rater-1,3,", StringComparison.Ordinal)).Skip(1),
            .. lines.Where(l => l.StartsWith("rater-2,0,", StringComparison.Ordinal)).Select(l => l.Replace("rater-2", "nobody"))]);
        var (added, problems) = RatingImport.Run(study, table);
        Assert.Equal(15, added);
        Assert.Equal(2, problems.Count);
        Assert.Contains(problems, p => p.Contains("\"nobody\" is not of this study"));
        Assert.Contains(problems, p => p.Contains("rater-1, position 3"));
        Assert.Equal([7, 8, 0], StudyStatus.Read(study).Raters.Select(r => r.Answered));
        // What is there stays.
        var again = RatingImport.Run(study, table);
        Assert.Equal((0, 17), (again.Added, again.Problems.Count));
        StudyStatus.Close(study);
        Assert.Contains("closed", Assert.Throws<InputException>(() => RatingImport.Run(study, table)).Message);
        File.WriteAllText(table, "rater,axis,value\n");
        Assert.Contains("position", Assert.Throws<InputException>(() => RatingImport.Run(study, table)).Message);
    }
}
