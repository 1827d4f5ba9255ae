using System.CommandLine;
using System.Globalization;
using AniSora.Cli.Hosting;
using AniSora.Cli.Report;
using AniSora.Data.Pipeline;
using AniSora.Data.Pipeline.Selection;
using Spectre.Console;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora data merge</c>: what workers made becomes one index, again and quickly after a changed rule.</summary>
internal static class MergeCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var dataset = new Argument<string>("DATASET") { Description = "The data set's folder." };
        var config = new Option<string?>("--config") { Description = "YAML file with settings over the data set's own." };
        var set = new Option<string[]>("--set") { Description = "A setting, such as --set filter.duplicate_bits=2 (repeatable)." };
        var clean = new Option<bool>("--clean") { Description = "Also delete what changed settings or sources left behind." };
        var command = new Command("merge", "Join what workers made, apply filter, splits and balance, and write the index.") { dataset, config, set, clean };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var run = IngestRun.Open(parsed.GetValue(dataset)!, parsed.GetValue(config), parsed.GetValue(set));
            Finish(run);
            if (parsed.GetValue(clean))
                Console.Error.WriteLine($"{run.Clean() / 1e6:0.0} MB of earlier settings deleted");
            return ExitCode.Ok;
        }, cancel));
        return command;
    }

    /// <summary>Makes the index and shows the funnel.</summary>
    internal static void Finish(IngestRun run)
    {
        var funnel = run.Finish();
        Show(funnel, run.Pipeline.Config.Balance.TestShare);
        Console.Error.WriteLine($"report: {DatasetReport.Write(run.Folder)}");
        Console.WriteLine(run.Folder.Index);
    }

    private static void Show(Funnel funnel, double share)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error), Ansi = Console.IsErrorRedirected ? AnsiSupport.No : AnsiSupport.Detect });
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumn("").AddColumn(new TableColumn("").RightAligned()).AddColumn("");
        void Row(string name, long count, string note = "") => table.AddRow(Markup.Escape(name), $"{count:#,0}", Markup.Escape(note));
        Row("sources", funnel.Sources);
        foreach (var (reason, count) in funnel.Unreadable)
            Row("  not usable", count, reason);
        Row("shots", funnel.Shots);
        Row("clips", funnel.Candidates);
        foreach (var removal in funnel.Removed.Where(r => r.Clips > 0))
            Row($"  {removal.Rule}", -removal.Clips, removal.Why);
        Row("kept", funnel.Kept, string.Join(", ", funnel.Splits.Select(s => $"{s.Value:#,0} {s.Key}")));
        Row("identities", funnel.Identities, funnel.HeldOut > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{funnel.HeldOut:#,0} held out, {100.0 * funnel.HeldOut / funnel.Identities:0.#} % (balance.test_share asks for {100 * share:0.#} %)")
            : share > 0 ? "nothing is held out: that needs two that are not near-duplicates" : "nothing is held out (balance.test_share is 0)");
        console.Write(table);
    }
}
