using System.CommandLine;
using System.Globalization;
using System.Text;
using AniSora.Cli.Hosting;
using AniSora.Data.Tables;
using AniSora.Evaluation;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora evaluator</c>: learns AniSora's six axes from people's ratings.</summary>
internal static class EvaluatorCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create() => new("evaluator", "Learn AniSora's six axes from ratings; then: evaluate --evaluator FILE.") { Fit() };

    private static Command Fit()
    {
        var ratings = new Argument<string[]>("RATINGS") { Description = "Tables of ratings, as `study report` exports them: Parquet or CSV with rater, clip, model, axis, value.", Arity = ArgumentArity.OneOrMore };
        var scores = new Option<string[]>("--scores") { Description = "scores.parquet of the rated videos, as `evaluate` writes it.", Required = true, AllowMultipleArgumentsPerToken = true };
        var metrics = new Option<string[]>("--metrics") { Description = "Look at these only, separated by commas; all that every video has unless told.", AllowMultipleArgumentsPerToken = true };
        var output = new Option<string>("--out") { Description = "The evaluator's file.", DefaultValueFactory = _ => "out/evaluator.json" };
        var command = new Command("fit", "Fit a regression for each axis, and say how well it does on identities that it has not seen.") { ratings, scores, metrics, output };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var chosen = Metric.Choose([.. (parsed.GetValue(metrics) ?? []).SelectMany(m => m.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))]);
            var (evaluator, unmeasured) = EvaluatorFit.Of(Rating.Read(parsed.GetValue(ratings)!), [.. parsed.GetValue(scores)!.SelectMany(Table<ScoreRow>.Read)], chosen);
            evaluator.Save(parsed.GetValue(output)!);
            Console.Write(Report(evaluator));
            foreach (string video in unmeasured)
                Console.Error.WriteLine($"not measured, left out: {video}");
            return unmeasured.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
        }, cancel));
        return command;
    }

    private static string Report(LearnedEvaluator evaluator)
    {
        var text = new StringBuilder("| axis | rank correlation, held out | error (of the mean) | ratings | raters | videos | identities | ridge |\n|---|---:|---:|---:|---:|---:|---:|---:|\n");
        foreach (var a in evaluator.Axes)
            text.Append(CultureInfo.InvariantCulture, $"| {a.Find().Metric.Title} | {a.Correlation.Mean:0.00} ({a.Correlation.Low:0.00} … {a.Correlation.High:0.00}) | {a.Error:0.00} ({a.SpreadError:0.00}) | {a.Ratings} | {a.Raters} | {a.Videos} | {a.Correlation.Groups} | {a.Regression.Strength:0.####} |\n");
        text.Append("\nCalibration, predicted → rated:\n\n");
        foreach (var a in evaluator.Axes)
            text.Append(CultureInfo.InvariantCulture, $"- {a.Find().Metric.Title}: {string.Join(", ", a.Calibration.Select(b => string.Create(CultureInfo.InvariantCulture, $"{b.Predicted:0.0} → {b.Rated:0.0}")))}\n");
        return text.ToString();
    }
}
