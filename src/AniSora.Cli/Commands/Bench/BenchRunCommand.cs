using System.CommandLine;
using AniSora.Cli.Hosting;
using AniSora.Evaluation.Benchmark;
using AniSora.Models;
using AniSora.Models.Sampling;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora bench run</c>: a model's, or a rule's, videos for a benchmark.</summary>
internal static class BenchRunCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var method = new Argument<string>("METHOD") { Description = $"A model's folder (exported or not), or a rule to compare with: {string.Join(", ", BaselineMethod.Names)}." };
        var bench = new Option<string>("--bench") { Description = "The benchmark's folder.", Required = true };
        var task = new Option<string>("--task") { Description = $"What is given: {string.Join(", ", BenchmarkTask.Names)}.", DefaultValueFactory = _ => "first" };
        var output = new Option<string>("--out") { Description = "The folder of videos; a killed run goes on there.", Required = true };
        var seed = new Option<long>("--seed") { Description = "Seed of the first clip; the others' follow.", DefaultValueFactory = _ => 1 };
        var batch = new Option<int>("--batch") { Description = "Clips that a model works on together.", DefaultValueFactory = _ => 8 };
        var sampling = new SamplingOptionsOfCommand();
        var engine = new EngineOptions();
        var command = new Command("run", "Make videos for a benchmark: resumable, with what made them written down beside them.") { method, bench, task, output, seed, batch };
        foreach (var option in sampling.All.Concat(engine.All))
            command.Add(option);
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            string name = parsed.GetValue(method)!, folder = parsed.GetValue(output)!;
            if (parsed.GetValue(batch) is < 1 or > 256)
                throw new InputException($"--batch {parsed.GetValue(batch)}: use 1 to 256");
            var options = sampling.Read(parsed);
            var benchmark = BenchmarkFolder.Open(parsed.GetValue(bench)!);
            var run = new BenchmarkRun(benchmark, BenchmarkTask.Parse(parsed.GetValue(task)!), unchecked((ulong)parsed.GetValue(seed)), folder);
            if (BaselineMethod.Names.Contains(name))
                return Work(run, new BaselineMethod(name), 0, folder, cancel);
            if (!Directory.Exists(name))
                throw new InputException($"{name}: neither a model's folder nor a rule ({string.Join(", ", BaselineMethod.Names)})");
            var choice = engine.Read(parsed, name);
            var description = ModelMethod.Describe(choice.ReadIndex(), choice.Checksum(), choice.Onnx ? "onnx" : "libtorch", sampling.Name(parsed), options);
            using var opened = choice.Open();
            int shortened = benchmark.Clips.Count(c => opened.Captions.Readable(c.Prompt) is var read && (read is null || CaptionConfig.Split(read).Count < CaptionConfig.Split(c.Prompt).Count));
            return Work(run, new ModelMethod(opened, options, description, parsed.GetValue(batch)), shortened, folder, cancel);
        }, cancel));
        return command;
    }

    private static int Work(BenchmarkRun run, IVideoMethod method, int shortened, string folder, CancellationToken cancel)
    {
        var made = run.Begin(method.Describe(), shortened, method.Size);
        if (shortened > 0)
            Console.Error.WriteLine($"note: of {shortened} prompts the model knows some words only, or none; it is told those");
        using (var progress = new ConsoleProgress($"run {made.Task}", run.Clips, "clips"))
            run.Work(method, made, done => progress.Report(done), cancel);
        Console.WriteLine(folder);
        return ExitCode.Ok;
    }
}
