using System.CommandLine;
using AniSora.Cli.Hosting;
using AniSora.Cli.Report;
using AniSora.Evaluation;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora leaderboard</c>: published and measured rows in one place.</summary>
internal static class LeaderboardCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var summaries = new Argument<string[]>("SUMMARY") { Description = "summary.json files of `evaluate`, or their folders; all of one benchmark.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--out") { Description = "Where leaderboard.md, .html and .json go.", DefaultValueFactory = _ => "out/leaderboard" };
        var command = new Command("leaderboard", "Published rows as published and measured rows in one table; a stand-in never stands in a published column.") { summaries, output };
        command.SetAction(parsed =>
        {
            var board = Leaderboard.Of(MeasuredSet.Read(parsed.GetValue(summaries)!));
            string folder = parsed.GetValue(output)!, page = Path.Combine(folder, "leaderboard.html");
            ConfigFile.Save(Path.Combine(folder, "leaderboard.json"), board);
            AtomicFile.WriteText(Path.Combine(folder, "leaderboard.md"), board.ToMarkdown());
            AtomicFile.WriteText(page, LeaderboardPage.Of(board));
            Console.WriteLine(page);
            return ExitCode.Ok;
        });
        return command;
    }
}
