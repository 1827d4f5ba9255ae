using AniSora.Data;
using AniSora.Models.Checkpoints;
using AniSora.Tests;
using AniSora.Training.Checkpoints;
using AniSora.Training.Config;
using AniSora.Training.Distributed;
using AniSora.Training.Train;

namespace AniSora.Training.Tests.Training;

/// <summary>The law of data-parallel training: n processes with a share of the clips each are one process with all of them.</summary>
[Collection(nameof(TrainingRuns))]
public sealed class ManyProcessesTests : IClassFixture<SmallDataset>, IDisposable
{
    private readonly SmallDataset _data;
    private readonly string _folder = Directory.CreateTempSubdirectory("anisora-ranks").FullName;

    public ManyProcessesTests(SmallDataset data) => _data = data;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string In(string name) => Path.Combine(_folder, name);

    // Smooth AdamW: with the usual ε, a weight whose gradient is rounding noise moves by a full step in whichever direction the noise has.
    private string[] Settings(int batch, int steps) =>
        [$"data.folder={_data.Folder}", $"data.batch_size={batch}", $"schedule.steps={steps}", "optimizer.epsilon=1e-3", "optimizer.learning_rate=3e-4", "schedule.checkpoint_every=10"];

    private VaeTrainingConfig Vae(int batch, int steps = 20) => ConfigFile.Resolve(Presets.Vae["debug"](), null, Settings(batch, steps));

    private DitTrainingConfig Dit(int batch, int steps = 20) => ConfigFile.Resolve(Presets.Dit["debug"](), null, [.. Settings(batch, steps), "noise_draws=2"]);

    [Theory]
    [InlineData(2, 4)]
    [InlineData(2, 3)] // a remainder: shares of 1 and 2 clips
    public void Vae_processes_with_shares_end_with_the_weights_of_one(int processes, int batch)
    {
        TrainingRuns.TrainVae(Vae(batch), new() { Folder = In("one") });
        ThreadRanks.Run(processes, world => TrainingRuns.TrainVae(Vae(batch), new() { Folder = In("many"), World = world }));
        AssertClose(In("one"), In("many"));
    }

    [Fact]
    public void Dit_processes_with_shares_end_with_the_weights_of_one()
    {
        TrainingRuns.TrainVae(Vae(2, steps: 4), new() { Folder = In("vae") });
        TrainingRuns.TrainDit(Dit(4), In("vae"), new() { Folder = In("one") });
        ThreadRanks.Run(2, world => TrainingRuns.TrainDit(Dit(4), In("vae"), new() { Folder = In("many"), World = world }));
        AssertClose(In("one"), In("many"));
    }

    [Fact]
    public void A_step_in_parts_is_the_whole_step()
    {
        TrainingRuns.TrainVae(Vae(3), new() { Folder = In("whole") });
        var parts = Vae(3);
        TrainingRuns.TrainVae(parts with { Data = parts.Data with { PartSize = 2 } }, new() { Folder = In("parts") });
        AssertClose(In("whole"), In("parts"));
    }

    [Fact]
    public void A_run_goes_on_with_another_number_of_processes()
    {
        TrainingRuns.TrainVae(Vae(4), new() { Folder = In("one") });
        using var stop = new CancellationTokenSource();
        TrainingRuns.TrainVae(Vae(4), new() { Folder = In("many"), Progress = new At(7, stop.Cancel) }, stop.Token);
        // The signal reaches one rank only; both stop at the same step.
        var outcomes = ThreadRanks.Run(2, world =>
        {
            using var signal = new CancellationTokenSource();
            return TrainingRuns.TrainVae(Vae(4), new() { Folder = In("many"), Resume = true, World = world, Progress = new At(13, signal.Cancel) }, signal.Token);
        });
        Assert.All(outcomes, o => Assert.Equal((13, false), (o.Step, o.Finished)));
        ThreadRanks.Run(4, world => TrainingRuns.TrainVae(Vae(4), new() { Folder = In("many"), Resume = true, World = world }));
        AssertClose(In("one"), In("many"));
    }

    [Fact]
    public void A_stop_file_stops_all_at_the_next_step_and_is_gone()
    {
        string stop = Path.Combine(In("run"), "stop");
        var outcomes = ThreadRanks.Run(2, world => TrainingRuns.TrainVae(Vae(2, steps: 4), new() { Folder = In("run"), World = world, Progress = new At(2, () => File.WriteAllText(stop, "")) }));
        Assert.All(outcomes, o => Assert.Equal((2, false, true), (o.Step, o.Finished, o.ByStopFile)));
        Assert.False(File.Exists(stop));
        // One that is there when the run is at its end is too late: the run has finished, and the next one is not to see it.
        var late = TrainingRuns.TrainVae(Vae(2, steps: 4), new() { Folder = In("run"), Resume = true, Progress = new At(4, () => File.WriteAllText(stop, "")) });
        Assert.Equal((4, true, false), (late.Step, late.Finished, late.ByStopFile));
        Assert.False(File.Exists(stop));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Every_clip_goes_to_one_process_once_an_epoch(int processes)
    {
        using var index = ClipIndex.Open(_data.Folder);
        var options = new LoaderOptions("", BatchSize: 5, Seed: 4, PrefetchBatches: 0, Processes: processes);
        var loaders = Enumerable.Range(0, processes).Select(rank => new ClipLoader(index, options with { Rank = rank })).ToList();

        var seen = new List<string>();
        for (int step = 0; step < 6; step++)
        {
            var batches = loaders.Select(l => l.Next()).ToList();
            Assert.Equal(Enumerable.Range(0, 5), batches.SelectMany(b => Enumerable.Range(b.First, b.B)));
            Assert.All(batches, b => Assert.Equal(5, b.Of));
            seen.AddRange(batches.SelectMany(b => b.Clips.Select(c => c.ClipId)));
        }
        Assert.All(seen.Chunk(6), epoch => Assert.Equal(6, epoch.Distinct().Count()));
        Assert.Single(loaders.Select(l => l.State).Distinct());
        loaders.ForEach(l => l.Dispose());
        Assert.Contains("batch_size is 5", Assert.Throws<InputException>(() => new ClipLoader(index, options with { Processes = 6 })).Message);
    }

    /// <summary>Weights and their averages within 1e-6; losses within 1e-5.</summary>
    private static void AssertClose(string one, string many)
    {
        using var scope = NewDisposeScope();
        string a = ModelFolder.Checkpoints(one)[^1], b = ModelFolder.Checkpoints(many)[^1];
        Assert.Equal(Path.GetFileName(a), Path.GetFileName(b));
        // The weights, and their moving average, which is the trained part of a model folder.
        string part = File.Exists(Path.Combine(a, ModelFolder.Transformer, ModelFolder.WeightsFileName)) ? ModelFolder.Transformer : ModelFolder.Vae;
        foreach (string file in new[] { Checkpoint.Weights, Path.Combine(part, ModelFolder.WeightsFileName) })
        {
            using var x = Checkpoint.Open(a, file);
            using var y = Checkpoint.Open(b, file);
            foreach (string name in x.Names)
                Assert.True((x.Load(name) - y.Load(name)).abs().max().item<float>() <= 1e-6, $"{file} {name}: {(x.Load(name) - y.Load(name)).abs().max().item<float>():e2}");
        }
        var losses = MetricsLog.Read(Path.Combine(one, "metrics.jsonl")).Zip(MetricsLog.Read(Path.Combine(many, "metrics.jsonl"))).ToList();
        Assert.Equal(20, losses.Count);
        Assert.All(losses, l => Assert.Equal((double)l.First["loss"]!, (double)l.Second["loss"]!, 1e-5));
    }

    private sealed class At(long step, Action action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step == step)
                action();
        }
    }
}
