using System.CommandLine;
using AniSora.Cli.Hosting;
using AniSora.Data;
using AniSora.Data.Pipeline;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora data ingest</c>: from footage to a training set, on one machine or as one of many workers.</summary>
internal static class IngestCommand
{
    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var footage = new Argument<string?>("FOLDER") { Description = "Films, animated pictures and folders of numbered pictures; left out to go on with what is planned.", Arity = ArgumentArity.ZeroOrOne };
        var collections = new Option<string[]>("--collection") { Description = "A collection that comes with AniSora, fetched by name (`anisora data list` shows them; repeatable)." };
        var output = new Option<string>("--out") { Description = "The data set's folder.", Required = true };
        var config = new Option<string?>("--config") { Description = "YAML file with settings over the data set's own." };
        var set = new Option<string[]>("--set") { Description = "A setting, such as --set balance.test_share=0.2 (repeatable)." };
        var shard = new Option<string?>("--shard") { Description = "Work on part i of n only (0/4 … 3/4), and don't finish: `anisora data merge` does. A task of a Slurm array finds its part itself." };
        var planOnly = new Option<bool>("--plan-only") { Description = "Write down what there is to do, and stop." };
        var stage = new Option<string?>("--stage") { Description = "Run this one stage (its inputs must be there), and don't finish." };
        var cache = new Option<string?>("--cache") { Description = "Where packages are kept (default: ~/.cache/anisora, or ANISORA_CACHE)." };
        var encoding = new Option<string?>("--encoding") { Description = "What captions and tables in FOLDER are written in, if not UTF-8, such as windows-1252 or shift_jis." };
        var kernels = KernelsOption.Create();
        var command = new Command("ingest", "Turn footage into a clean, captioned, indexed training set; what is done stays done.") { footage, collections, output, config, set, shard, planOnly, stage, kernels, cache };
        command.SetAction((parsed, cancel) => Task.Run(async () =>
        {
            using var backend = KernelsOption.Open(parsed.GetValue(kernels)!);
            var run = IngestRun.Open(parsed.GetValue(output)!, parsed.GetValue(config), parsed.GetValue(set), backend);
            await PlanAsync(run, parsed.GetValue(footage), parsed.GetValue(collections) ?? [], parsed.GetValue(cache), parsed.GetValue(encoding), cancel).ConfigureAwait(false);
            if (parsed.GetValue(planOnly))
            {
                Console.WriteLine(run.Folder.Sources);
                return ExitCode.Ok;
            }
            var share = WorkShare.Parse(parsed.GetValue(shard));
            var only = parsed.GetValue(stage) is { } name ? Find(run.Pipeline, name) : null;
            Work(run, share, only, cancel);
            if (only is null && share == WorkShare.All)
                MergeCommand.Finish(run);
            else
                Console.Error.WriteLine($"this part is done; when all are, `anisora data merge {run.Folder.Root}` makes the index");
            return ExitCode.Ok;
        }, cancel));
        return command;
    }

    private static async Task PlanAsync(IngestRun run, string? footage, string[] collections, string? cache, string? encoding, CancellationToken cancel)
    {
        if (footage is null && collections.Length == 0)
        {
            if (!File.Exists(run.Folder.Sources))
                throw new InputException("give a folder with footage, or --collection NAME (`anisora data list` shows them)");
            return;
        }
        var sources = new List<SourceRow>();
        foreach (string name in collections)
        {
            var collection = FootageCollection.Find(name);
            sources.AddRange(await collection.ListAsync(cache, new Fetching(), cancel).ConfigureAwait(false));
        }
        if (footage is not null)
            sources.AddRange(FolderSources.List(footage, Console.Error.WriteLine, encoding, cancel));
        CheckCommand.RequireReadable(sources);
        var (planned, fresh) = run.Plan(sources);
        Console.Error.WriteLine($"{planned:#,0} sources, {fresh:#,0} of them new or changed");
    }

    private static void Work(IngestRun run, WorkShare share, IStage? only, CancellationToken cancel)
    {
        using var progress = new ConsoleProgress("ingest", run.Count(share), "sources");
        run.Work(share, only, new Reporter(progress), cancel);
    }

    private static IStage Find(IngestPipeline pipeline, string name) => pipeline.Stages.FirstOrDefault(s => s.Name == name)
        ?? throw new InputException($"--stage {name}: there is no such stage; did you mean {Nearest.To(name, pipeline.Stages.Select(s => s.Name))}? (there are {string.Join(", ", pipeline.Stages.Select(s => s.Name))})");

    /// <summary>Counts finished sources, and says what is being done to which unit.</summary>
    private sealed class Reporter(ConsoleProgress progress) : IProgress<WorkProgress>
    {
        private long _finished;

        public void Report(WorkProgress value)
        {
            _finished += value.Finished;
            progress.Report(_finished, value.Finished > 0 ? null : $"unit {value.Shard}: {value.Stage.Stage} {value.Stage.Done}/{value.Stage.Total}");
        }
    }
}
