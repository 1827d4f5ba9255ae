using System.CommandLine;
using AniSora.Cli.Hosting;
using AniSora.Data;
using AniSora.Evaluation.Benchmark;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora bench check</c>: whether a benchmark is whole, and apart from what is trained on.</summary>
internal static class BenchCheckCommand
{
    private const int Shown = 20;

    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var folder = BenchCommand.Folder();
        var against = new Option<string[]>("--against") { Description = "A data set whose training clips must show nothing that the benchmark shows (repeatable)." };
        var where = new Option<string>("--where") { Description = "With --against: which of its clips are trained on, in SQL.", DefaultValueFactory = _ => new Training.Config.DataConfig().Where };
        var identities = new Option<bool>("--identities") { Description = "Write the hashes of what the benchmark shows, as the project keeps them, and do nothing else." };
        var command = new Command("check", "Read every file of a benchmark and compare it with its manifest; look for its identities in data sets.") { folder, against, where, identities };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var bench = BenchmarkFolder.Open(parsed.GetValue(folder)!);
            if (parsed.GetValue(identities))
            {
                Console.WriteLine("# What the benchmark shows, hashed; `anisora bench check BENCHMARK --identities` writes this file.");
                foreach (string hash in Hashes(bench).Order(StringComparer.Ordinal))
                    Console.WriteLine(hash);
                return ExitCode.Ok;
            }
            int files = CheckFiles(bench, cancel), published = Compare(bench);
            int leaks = (parsed.GetValue(against) ?? []).Sum(set => CheckLeaks(bench, set, parsed.GetValue(where)!));
            return files + leaks > 0 ? ExitCode.Failed : published;
        }, cancel));
        return command;
    }

    /// <summary>Says whether a benchmark is the published one, where its format has one.</summary>
    /// <returns>The exit code.</returns>
    public static int Compare(BenchmarkFolder bench)
    {
        var usual = new BenchmarkFormat();
        string what = $"{bench.Clips.Count} clips, {bench.Clips.Select(c => c.Label).Distinct().Count()} labels, {bench.Clips.Select(c => c.Identity).Distinct().Count()} identities, checksum {bench.Checksum}";
        bool comparable = bench.HasManifest && bench.Clips.Count == BenchmarkBuilder.Clips && bench.Clips.All(c => (c.Frames, c.Height, c.Width) == (usual.Frames, usual.Height, usual.Width));
        bool same = bench.Checksum == BenchmarkBuilder.PublishedChecksum;
        Console.Error.WriteLine(!comparable ? $"{what}; there is no published checksum for a benchmark of this size" : same ? $"{what}: the published benchmark" : $"{what}: NOT the published benchmark ({BenchmarkBuilder.PublishedChecksum}): numbers measured on it cannot be compared with others'; `data list` shows the packages' versions");
        return comparable && !same ? ExitCode.Failed : ExitCode.Ok;
    }

    private static int CheckFiles(BenchmarkFolder bench, CancellationToken cancel)
    {
        var problems = new List<string>();
        using (var progress = new ConsoleProgress("check", bench.Clips.Count, "clips"))
        {
            int done = 0;
            Parallel.ForEach(bench.Clips, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount }, clip =>
            {
                var found = bench.Problems(clip, cancel);
                lock (problems)
                    problems.AddRange(found);
                progress.Report(Interlocked.Increment(ref done));
            });
        }
        foreach (string problem in problems.Order(StringComparer.Ordinal).Take(Shown))
            Console.WriteLine(problem);
        if (problems.Count > Shown)
            Console.WriteLine($"… and {problems.Count - Shown} more");
        return problems.Count;
    }

    private static int CheckLeaks(BenchmarkFolder bench, string set, string where)
    {
        using var index = ClipIndex.Open(set);
        var shared = BenchmarkIdentities.Shared(index, where, Hashes(bench));
        foreach (string identity in shared)
            Console.WriteLine($"{index.FilePath}: trains on {identity}, which the benchmark shows");
        Console.Error.WriteLine(shared.Count == 0 ? $"{index.FilePath}: shows nothing that the benchmark shows, in the clips with {where}" : $"{index.FilePath}: {shared.Count} identities are the benchmark's");
        return shared.Count;
    }

    private static HashSet<string> Hashes(BenchmarkFolder bench) => [.. bench.Clips.Select(c => BenchmarkIdentities.HashOf(c.Identity))];
}
