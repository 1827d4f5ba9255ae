using System.CommandLine;
using AniSora.Cli.Hosting;
using AniSora.Data;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora data draw</c>: clips of an index at random, by their weights.</summary>
internal static class DrawCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var dataset = new Argument<string>("DATASET") { Description = "The data set's folder, or an index." };
        var count = new Option<int>("--count") { Description = "How many clips.", DefaultValueFactory = _ => 100 };
        var where = new Option<string>("--where") { Description = "SQL condition over the index's columns.", DefaultValueFactory = _ => "split = 'train'" };
        var seed = new Option<ulong>("--seed") { Description = "The same seed gives the same draw.", DefaultValueFactory = _ => 0UL };
        var command = new Command("draw", "Print clip ids drawn at random by their weights, as an epoch of training draws them.") { dataset, count, where, seed };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            if (parsed.GetValue(count) is var wanted && wanted < 0)
                throw new InputException($"--count {wanted}: should be 0 or more");
            using var index = ClipIndex.Open(parsed.GetValue(dataset)!);
            using var output = new StreamWriter(Console.OpenStandardOutput());
            foreach (string id in index.DrawIds(parsed.GetValue(where)!, wanted, parsed.GetValue(seed)))
                output.WriteLine(id);
            return ExitCode.Ok;
        }, cancel));
        return command;
    }
}
