using System.CommandLine;
using AniSora.Cli.Hosting;
using AniSora.Cli.Report;
using AniSora.Data.Pipeline;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora data report</c>: the page to read before training.</summary>
internal static class ReportCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var dataset = new Argument<string>("DATASET") { Description = "A finished data set's folder." };
        var command = new Command("report", "Write report.html: the funnel, distributions, kept and removed clips, balance, licences.") { dataset };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            Console.WriteLine(DatasetReport.Write(new DatasetFolder(Path.GetFullPath(parsed.GetValue(dataset)!))));
            return ExitCode.Ok;
        }, cancel));
        return command;
    }
}
