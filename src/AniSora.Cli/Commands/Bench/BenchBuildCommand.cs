using System.CommandLine;
using System.Globalization;
using AniSora.Cli.Hosting;
using AniSora.Data;
using AniSora.Evaluation.Benchmark;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora bench build</c>: the benchmark, made on the user's machine.</summary>
internal static class BenchBuildCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var usual = new BenchmarkFormat();
        var output = new Option<string>("--out") { Description = "The benchmark's folder.", Required = true };
        var size = new Option<string>("--size") { Description = "WIDTHxHEIGHT in pixels, multiples of 16.", DefaultValueFactory = _ => $"{usual.Width}x{usual.Height}" };
        var frames = new Option<int>("--frames") { Description = "Frames of a clip, 4k + 1.", DefaultValueFactory = _ => usual.Frames };
        var rate = new Option<double>("--rate") { Description = "Frames per second aimed at; a clip has the nearest that its source gives evenly.", DefaultValueFactory = _ => usual.Rate };
        var cache = new Option<string?>("--cache") { Description = "Where packages are kept (default: ~/.cache/anisora, or ANISORA_CACHE)." };
        var only = new Option<string[]>("--source") { Description = $"Take clips of this collection only, for a part of the benchmark ({string.Join(", ", BenchmarkPlan.Collections.Select(c => c.Name))}; repeatable)." };
        var limit = new Option<int?>("--per-label") { Description = "At most so many clips of an action, for a quick look; the whole benchmark has 10 to 30." };
        var command = new Command("build", "Make the benchmark from free packages (emoji, a role-playing game, a football game: 870 MB to download once).") { output, size, frames, rate, only, limit, cache };
        command.SetAction((parsed, cancel) => Task.Run(async () =>
        {
            var (width, height) = ParseSize(parsed.GetValue(size)!);
            var format = new BenchmarkFormat(parsed.GetValue(frames), height, width, parsed.GetValue(rate));
            format.Check();
            if (parsed.GetValue(limit) is < 1)
                throw new InputException($"--per-label {parsed.GetValue(limit)}: use 1 or more");
            string root = parsed.GetValue(output)!;
            BenchmarkBuilder.RequireFree(root);
            var collections = Chosen(parsed.GetValue(only) ?? []);
            var plan = BenchmarkPlan.Of(await FetchAsync(collections, parsed.GetValue(cache), cancel).ConfigureAwait(false), format);
            if (parsed.GetValue(limit) is { } most)
                plan = [.. plan.GroupBy(c => c.Label).SelectMany(label => label.Take(most))];
            BenchmarkFolder bench;
            using (var progress = new ConsoleProgress("build", plan.Count, "clips"))
                bench = BenchmarkBuilder.Build(root, plan, format, made => progress.Report(made), cancel);
            Console.WriteLine(bench.Root);
            return BenchCheckCommand.Compare(bench);
        }, cancel));
        return command;
    }

    /// <summary>Says what has to be downloaded, and does.</summary>
    private static Task<IReadOnlyList<Data.Pipeline.SourceRow>> FetchAsync(IReadOnlyList<FootageCollection> collections, string? cache, CancellationToken cancel)
    {
        var missing = collections.SelectMany(c => c.Missing(cache)).ToList();
        if (missing.Count > 0)
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"to download: {missing.Sum(p => p.Bytes) / 1e6:0} MB ({string.Join(", ", missing.Select(p => p.Name))})"));
        return BenchmarkBuilder.FetchAsync(collections, cache, new Fetching(), cancel);
    }

    private static IReadOnlyList<FootageCollection> Chosen(string[] names) => names.FirstOrDefault(n => BenchmarkPlan.Collections.All(c => c.Name != n)) is { } unknown
        ? throw new InputException($"--source {unknown}: the benchmark takes clips of {string.Join(", ", BenchmarkPlan.Collections.Select(c => c.Name))}")
        : [.. BenchmarkPlan.Collections.Where(c => names.Length == 0 || names.Contains(c.Name))];

    private static (int Width, int Height) ParseSize(string text) =>
        text.Split('x') is [var w, var h] && int.TryParse(w, NumberStyles.None, CultureInfo.InvariantCulture, out int width) && int.TryParse(h, NumberStyles.None, CultureInfo.InvariantCulture, out int height)
            ? (width, height)
            : throw new InputException($"--size {text}: write it as WIDTHxHEIGHT, for example 64x64");
}
