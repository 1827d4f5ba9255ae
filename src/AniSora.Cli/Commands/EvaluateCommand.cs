using System.CommandLine;
using AniSora.Cli.Hosting;
using AniSora.Cli.Report;
using AniSora.Data;
using AniSora.Display;
using AniSora.Evaluation;
using AniSora.Evaluation.Benchmark;
using AniSora.Evaluation.Networks;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora evaluate</c>: measures folders of videos.</summary>
internal static class EvaluateCommand
{
    /// <summary>Clips among which wrong captions are looked for under --damage.</summary>
    private const int MostCaptioned = 128;

    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var videos = new Argument<string[]>("VIDEOS") { Description = "Folders of videos, video/ID.mp4; each further one is compared with the first.", Arity = ArgumentArity.ZeroOrMore };
        var damage = new Option<int?>("--damage") { Description = "Instead of VIDEOS: damage this many real clips of the benchmark in every way and show which metrics notice." };
        var bench = new Option<string?>("--bench") { Description = "The benchmark that the ids are of: real clips, images, masks, prompts." };
        var networks = new Option<string?>("--networks") { Description = "Folder of manifests and ONNX files of published networks (docs/metrics.md); stand-ins take the place of what is not there." };
        var metrics = new Option<string[]>("--metrics") { Description = $"Only these, separated by commas: {string.Join(", ", Metric.All.Select(m => m.Key))}.", AllowMultipleArgumentsPerToken = true };
        var evaluator = new Option<string?>("--evaluator") { Description = "What `evaluator fit` learned from ratings: adds AniSora's axes." };
        var output = new Option<string>("--out") { Description = "Where scores.parquet, summary.json and index.html go.", DefaultValueFactory = _ => "out/evaluation" };
        var cache = new Option<string>("--cache") { Description = "What was measured before, by content.", DefaultValueFactory = _ => Path.Combine(CacheFolder.Default, "scores") };
        var command = new Command("evaluate", "Measure folders of videos: VBench's dimensions, likeness to the real clips, drift, leaks; with intervals and a page.")
        {
            videos, bench, networks, metrics, evaluator, output, cache, damage,
        };
        command.SetAction((parsed, cancel) => Task.Run(() => RunAsync(
            parsed.GetValue(videos)!, parsed.GetValue(bench), parsed.GetValue(networks), [.. (parsed.GetValue(metrics) ?? []).SelectMany(m => m.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))],
            parsed.GetValue(evaluator), parsed.GetValue(output)!, parsed.GetValue(cache)!, parsed.GetValue(damage), cancel), cancel));
        return command;
    }

    private static async Task<int> RunAsync(string[] videos, string? bench, string? networks, string[] metrics, string? evaluator, string output, string cache, int? damage, CancellationToken cancel)
    {
        var chosen = Metric.Choose(metrics);
        // What is given is looked at first: a mistyped folder should not have to wait for a download.
        VideoFolder[] folders = [.. videos.Select(VideoFolder.Open)];
        var learned = evaluator is null ? null : LearnedEvaluator.Load(evaluator);
        var real = bench is null ? null : BenchmarkFolder.Open(bench);
        if (damage is not null)
            return await DamageAsync(folders, real, networks, chosen, output, damage.Value, cancel);
        if (folders.Length == 0)
            throw new InputException("VIDEOS: none given; give folders of videos (video/ID.mp4), or --damage");
        if (folders.GroupBy(f => f.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InputException($"{string.Join(", ", twice.Select(f => f.Root))}: both are called \"{twice.Key}\"; measure them one after the other, or rename a folder");
        using var opened = await OpenAsync(networks, chosen, cancel);
        learned?.Require(evaluator!, chosen.Select(m => new MetricColumn(m, opened)));
        var sets = new List<SetScores>();
        foreach (var folder in folders)
        {
            using var progress = new ConsoleProgress($"evaluate {folder.Name}", folder.Videos.Count, "clips");
            int done = 0;
            var measured = new Evaluator(opened, chosen, new ScoreCache(cache), real).Run(folder, _ => progress.Report(Interlocked.Increment(ref done)), cancel);
            sets.Add(learned?.Apply(measured) ?? measured);
        }
        EvaluationFiles.Write(output, sets, real);
        Console.Write(EvaluationFiles.Markdown(sets));
        Console.Error.WriteLine(EvaluationPage.Write(Path.Combine(output, "index.html"), sets, real));
        var problems = sets.SelectMany(s => s.Problems).ToList();
        foreach (var problem in problems)
            Console.Error.WriteLine($"not measured: {problem.Id}: {problem.What}");
        return problems.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<int> DamageAsync(VideoFolder[] folders, BenchmarkFolder? bench, string? networks, IReadOnlyList<Metric> metrics, string output, int count, CancellationToken cancel)
    {
        if (bench is null || folders.Length > 0)
            throw new InputException("--damage: damages real clips; give their --bench, and no VIDEOS");
        if (count < 8 || count > bench.Clips.Count)
            throw new InputException($"--damage {count}: use 8 to {bench.Clips.Count}, the benchmark's clips");
        // Spread over the benchmark, so that all actions are among them.
        DamageStudy.Clip[] Spread(int wanted)
        {
            BenchmarkClip[] chosen = [.. Enumerable.Range(0, wanted).Select(i => bench.Clips[(int)((long)i * bench.Clips.Count / wanted)])];
            return [.. chosen.Zip(RealClips.Read(bench, chosen, cancel), (c, video) => new DamageStudy.Clip(c.Id, c.Identity, c.Prompt, video))];
        }
        DamageStudy.Clip[] clips = Spread(count), captioned = Spread(Math.Min(bench.Clips.Count, Math.Max(count, MostCaptioned)));
        using var opened = await OpenAsync(networks, metrics, cancel);
        using (var progress = new ConsoleProgress("damage", captioned.Length + count * (1 + Damage.All.Count * Damage.Steps), "videos"))
        {
            int done = 0;
            var study = DamageStudy.Run(clips, captioned, opened, metrics, measured: () => progress.Report(Interlocked.Increment(ref done)), cancellation: cancel);
            AtomicFile.WriteText(Path.Combine(output, "damage.svg"), study.Figure().ToSvg("For each kind of damage, the metric that has to notice, over five strengths"));
            AtomicFile.WriteText(Path.Combine(output, "damage-responses.svg"), study.Responses().ToSvg("How much worse each metric becomes under the strongest damage of each kind", 1120));
            Console.Write(study.Markdown());
            return DamageStudy.Expected.All(e => study.Notices(e.Damage, e.Metric)) ? ExitCode.Ok : ExitCode.Failed;
        }
    }

    private static Task<NetworkSet> OpenAsync(string? networks, IReadOnlyList<Metric> metrics, CancellationToken cancel) =>
        NetworkSet.OpenAsync(networks, metrics, new Progress<FetchProgress>(f => Console.Error.WriteLine($"{f.Package}: {f.Step} ({f.Bytes >> 20} MB)")), cancel);
}
