using System.CommandLine;
using AniSora.Cli.Hosting;
using AniSora.Data;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora data</c>: from footage to an indexed data set.</summary>
internal static class DataCommand
{
    private const int ProgressParts = 1000;

    /// <summary>Describes the command.</summary>
    public static Command Create() => new("data", "Prepare indexed clips to train on.")
    {
        ListCommand.Create(),
        CheckCommand.Create(),
        IngestCommand.Create(),
        MergeCommand.Create(),
        OcrCommand.Create(),
        ReportCommand.Create(),
        ShowCommand.Create(),
        DrawCommand.Create(),
        PrecomputeCommand.Create(),
        ShotsCommand.Create(),
        FlowCommand.Create(),
        new Command("prepare", "Fetch a collection, cut it into clips, score and index them.") { CreateDemo() },
    };

    private static Command CreateDemo()
    {
        var output = new Option<string>("--out") { Description = "The data set's folder.", DefaultValueFactory = _ => DemoDataset.DefaultFolder };
        var cache = new Option<string?>("--cache") { Description = "Where packages are kept (default: ~/.cache/anisora, or ANISORA_CACHE)." };
        var command = new Command("demo", "The sprites of Debian's tuxfootball and frozen-bubble as 64×64 clips of 17 frames.") { output, cache };
        command.SetAction(async (parsed, cancel) =>
        {
            string folder = parsed.GetValue(output)!;
            PrepareResult result;
            using (var progress = new ConsoleProgress("prepare", ProgressParts, "‰"))
                result = await DemoDataset.PrepareAsync(folder, parsed.GetValue(cache), new Reporter(progress), cancel).ConfigureAwait(false);
            string clips = string.Join(", ", result.Clips.OrderByDescending(c => c.Value).Select(c => $"{c.Value} {c.Key}"));
            Console.Error.WriteLine(result.Built
                ? $"{result.Sequences} sequences, clips: {clips}, {result.Bytes / 1e6:0.0} MB"
                : $"already there and whole: {result.Sequences} sequences, clips: {clips}");
            Console.WriteLine(result.Folder);
            return ExitCode.Ok;
        });
        return command;
    }

    private sealed class Reporter(ConsoleProgress progress) : IProgress<PrepareProgress>
    {
        public void Report(PrepareProgress value) => progress.Report((long)(value.Fraction * ProgressParts), value.Stage);
    }
}
