using System.CommandLine;
using AniSora.Cli.Hosting;
using AniSora.Cli.Report;
using AniSora.Evaluation.Benchmark;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora bench show</c>: pages to browse a benchmark.</summary>
internal static class BenchShowCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var folder = BenchCommand.Folder();
        var output = new Option<string>("--out") { Description = "The pages' folder.", DefaultValueFactory = _ => "out/benchmark" };
        var command = new Command("show", "Write pages to browse a benchmark: an overview and a page for each label, with clips, masks and prompts.") { folder, output };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var bench = BenchmarkFolder.Open(parsed.GetValue(folder)!);
            using var progress = new ConsoleProgress("show", bench.Clips.Count, "clips");
            string page = BenchmarkPages.Write(bench, Path.GetFullPath(parsed.GetValue(output)!), done => progress.Report(done), cancel);
            progress.Dispose();
            Console.WriteLine(page);
            return ExitCode.Ok;
        }, cancel));
        return command;
    }
}
