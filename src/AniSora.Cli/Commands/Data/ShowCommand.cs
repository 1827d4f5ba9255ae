using System.CommandLine;
using AniSora.Cli.Hosting;
using AniSora.Cli.Report;
using AniSora.Data.Pipeline;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora data show</c>: one clip with its flow, mask and scores drawn.</summary>
internal static class ShowCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var clip = new Argument<string>("CLIP") { Description = "The clip's name, or a part of it that only one clip has (`anisora data draw` prints names)." };
        var data = new Option<string>("--data") { Description = "The data set's folder.", Required = true };
        var output = new Option<string>("--out") { Description = "The page.", DefaultValueFactory = _ => "out/clip.html" };
        var command = new Command("show", "Write a page about one clip: flow, mask, shot and scores.") { clip, data, output };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            string page = Path.GetFullPath(parsed.GetValue(output)!);
            ClipPage.Write(new DatasetFolder(Path.GetFullPath(parsed.GetValue(data)!)), parsed.GetValue(clip)!, page);
            Console.WriteLine(page);
            return ExitCode.Ok;
        }, cancel));
        return command;
    }
}
