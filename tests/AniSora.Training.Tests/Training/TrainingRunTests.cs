using System.Text.Json.Nodes;
using AniSora.Data;
using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Models.Conditioning;
using AniSora.Models.Diffusion;
using AniSora.Models.Fast;
using AniSora.Models.Sampling;
using AniSora.Training.Checkpoints;
using AniSora.Training.Config;
using AniSora.Training.Train;

namespace AniSora.Training.Tests.Training;

/// <summary>A run's first weights come from the process's one generator: nothing else may draw from it meanwhile.</summary>
[CollectionDefinition(nameof(TrainingRuns), DisableParallelization = true)]
public sealed class TrainingRunCollection;

[Collection(nameof(TrainingRuns))]
public sealed class TrainingRunTests : IClassFixture<SmallDataset>, IDisposable
{
    private readonly SmallDataset _data;
    private readonly string _folder = Directory.CreateTempSubdirectory("anisora-run").FullName;

    public TrainingRunTests(SmallDataset data) => _data = data;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private VaeTrainingConfig Vae => ConfigFile.Resolve(Presets.Vae["debug"](), null, [$"data.folder={_data.Folder}"]);

    private DitTrainingConfig Dit => ConfigFile.Resolve(Presets.Dit["debug"](), null, [$"data.folder={_data.Folder}"]);

    private string In(string name) => Path.Combine(_folder, name);

    [Fact]
    public void A_broken_vae_run_goes_on_bit_for_bit()
    {
        TrainingRuns.TrainVae(Vae, new() { Folder = In("whole") });
        Interrupted(In("parts"), 3, (options, cancel) => TrainingRuns.TrainVae(Vae, options, cancel));
        Interrupted(In("parts"), 6, (options, cancel) => TrainingRuns.TrainVae(Vae, options, cancel));
        TrainingRuns.TrainVae(Vae, new() { Folder = In("parts"), Resume = true });
        AssertSameEnd(In("whole"), In("parts"));
    }

    [Fact]
    public void A_broken_dit_run_goes_on_bit_for_bit_even_without_the_vaes_folder()
    {
        TrainingRuns.TrainVae(Vae, new() { Folder = In("vae") });
        TrainingRuns.TrainDit(Dit, In("vae"), new() { Folder = In("whole") });
        Interrupted(In("parts"), 5, (options, cancel) => TrainingRuns.TrainDit(Dit, In("vae"), options, cancel));
        TrainingRuns.TrainVae(Vae with { Schedule = Vae.Schedule with { Seed = 9 } }, new() { Folder = In("other vae") });
        Assert.Contains("--vae", Assert.Throws<InputException>(() => TrainingRuns.TrainDit(Dit, In("other vae"), new() { Folder = In("parts"), Resume = true })).Message);
        Directory.Delete(In("vae"), recursive: true);
        TrainingRuns.TrainDit(Dit, null, new() { Folder = In("parts"), Resume = true });
        AssertSameEnd(In("whole"), In("parts"));
    }

    [Fact]
    public void Measurements_say_where_on_the_way_from_noise_a_transformer_errs()
    {
        TrainingRuns.TrainVae(Vae, new() { Folder = In("vae") });
        TrainingRuns.TrainDit(Dit, In("vae"), new() { Folder = In("dit") });
        var measured = MetricsLog.Read(Path.Combine(In("dit"), "metrics.jsonl")).Where(line => line.ContainsKey("heldout_loss")).ToList();
        Assert.Equal([4, 8], measured.Select(line => (int)line["step"]!));
        foreach (var line in measured)
        {
            double[] losses = [.. new[] { 100, 300, 500, 700, 900 }.Select(t => (double)line[$"{DitTrainee.TimestepLossPrefix}{t}"]!)];
            Assert.All(losses, loss => Assert.InRange(loss, 1e-4, 100));
            Assert.Equal(5, losses.Distinct().Count());
        }
        // The same clips, noise and masks each time: what differs is what was learnt.
        Assert.NotEqual((double)measured[0]["heldout_loss_t100"]!, (double)measured[1]["heldout_loss_t100"]!);
    }

    [Fact]
    public void Recomputed_blocks_give_the_same_weights_bit_for_bit()
    {
        TrainingRuns.TrainVae(Vae, new() { Folder = In("vae") });
        TrainingRuns.TrainVae(Vae with { RecomputeBlocks = true }, new() { Folder = In("vae-again") });
        AssertSameEnd(In("vae"), In("vae-again"));
        TrainingRuns.TrainDit(Dit, In("vae"), new() { Folder = In("dit") });
        TrainingRuns.TrainDit(Dit with { RecomputeBlocks = true }, In("vae"), new() { Folder = In("dit-again") });
        AssertSameEnd(In("dit"), In("dit-again"));
    }

    [Fact]
    public void A_profile_holds_the_phases_and_the_operators_of_both_passes()
    {
        string file = In("trace.json");
        var notes = new List<string>();
        TrainingRuns.TrainVae(Vae, new() { Folder = In("run"), Profile = file, Progress = new Notes(notes) });
        var events = JsonNode.Parse(File.ReadAllText(file))!["traceEvents"]!.AsArray();
        string[] Names(string category) => [.. events.Where(e => (string?)e!["cat"] == category).Select(e => (string)e!["name"]!).Distinct()];
        Assert.Superset(new HashSet<string> { "wait for data", "forward", "backward", "optimizer" }, Names("phase").ToHashSet());
        Assert.Superset(new HashSet<string> { "aten::mkldnn_convolution", "anisora::Repeat", "anisora::RepeatBackward" }, Names("operator").ToHashSet());
        Assert.Contains(Names("backward"), n => n.Contains("Backward", StringComparison.Ordinal));
        Assert.Equal(StepProfile.Steps, events.Count(e => (string?)e!["name"] == "optimizer"));
        Assert.All(events.Where(e => (string?)e!["ph"] == "X"), e => Assert.True((double)e!["dur"]! >= 0 && (double)e["ts"]! >= 0));
        Assert.Contains(notes, n => n.Contains("GFLOP/s") && n.Contains("aten::mkldnn_convolution") && n.Contains(file));
    }

    [Fact]
    public void An_operators_own_time_is_without_what_it_runs()
    {
        OperatorEvent Event(string name, long start, long end, long thread = 1) => new(name, start * 1_000_000_000, end * 1_000_000_000, thread, 0, false);
        var own = StepProfile.OwnSeconds([Event("outer", 0, 10), Event("other thread", 1, 20, 2), Event("inner", 2, 5), Event("inmost", 3, 4), Event("inner", 6, 7), Event("next", 10, 12)]);
        Assert.Equal([6, 19, 2, 1, 1, 2], own.Select(s => Math.Round(s, 6)));
    }

    [Fact]
    public void The_log_has_one_line_a_step_and_drops_steps_that_were_lost()
    {
        TrainingRuns.TrainVae(Vae, new() { Folder = In("run") });
        string log = Path.Combine(In("run"), "metrics.jsonl");
        Assert.Equal(Enumerable.Range(1, 8), MetricsLog.Read(log).Select(line => (int)line["step"]!));
        Assert.Contains(MetricsLog.Read(log), line => line.ContainsKey("heldout_psnr"));

        // As if killed after step 8's line but before its checkpoint, in the middle of another line.
        Directory.Delete(ModelFolder.Checkpoints(In("run"))[^1], recursive: true);
        File.AppendAllText(log, "{\"step\": 9, \"lo");
        TrainingRuns.TrainVae(Vae, new() { Folder = In("run"), Resume = true });
        Assert.Equal(Enumerable.Range(1, 8), MetricsLog.Read(log).Select(line => (int)line["step"]!));
    }

    [Fact]
    public void A_damaged_checkpoint_is_named_with_the_way_on_and_the_earlier_one_is_whole()
    {
        TrainingRuns.TrainVae(Vae, new() { Folder = In("run") });
        string last = ModelFolder.Checkpoints(In("run"))[^1];
        string weights = Path.Combine(last, Checkpoint.Weights);
        var bytes = File.ReadAllBytes(weights);
        bytes[^5] ^= 4;
        File.WriteAllBytes(weights, bytes);
        var error = Assert.Throws<InputException>(() => TrainingRuns.TrainVae(Vae, new() { Folder = In("run"), Resume = true }));
        Assert.Contains(weights, error.Message);
        Assert.Contains($"delete {last}", error.Message);

        File.WriteAllBytes(weights, bytes.AsSpan(0, bytes.Length / 2).ToArray());
        Assert.Contains(weights, Assert.Throws<InputException>(() => TrainingRuns.TrainVae(Vae, new() { Folder = In("run"), Resume = true })).Message);

        Directory.Delete(last, recursive: true);
        Assert.Equal(8, TrainingRuns.TrainVae(Vae, new() { Folder = In("run"), Resume = true }).Step);
    }

    [Fact]
    public void A_run_is_not_overwritten_nor_resumed_as_another()
    {
        TrainingRuns.TrainVae(Vae, new() { Folder = In("run") });
        Assert.Contains("--resume", Assert.Throws<InputException>(() => TrainingRuns.TrainVae(Vae, new() { Folder = In("run") })).Message);
        Assert.Contains("--vae", Assert.Throws<InputException>(() => TrainingRuns.TrainDit(Dit, null, new() { Folder = In("other") })).Message);

        string state = Path.Combine(ModelFolder.Checkpoints(In("run"))[^1], "state.json");
        var json = JsonNode.Parse(File.ReadAllText(state))!;
        json["version"] = 99;
        File.WriteAllText(state, json.ToJsonString());
        Assert.Contains("version 99", Assert.Throws<InputException>(() => TrainingRuns.TrainVae(Vae, new() { Folder = In("run"), Resume = true })).Message);
    }

    [Fact]
    public void A_resumed_run_refuses_what_it_cannot_change_and_takes_what_it_can()
    {
        TrainingRuns.TrainVae(Vae, new() { Folder = In("run") });
        var other = Vae with { Optimizer = Vae.Optimizer with { LearningRate = 0.5 }, Schedule = Vae.Schedule with { Seed = 77 } };
        string message = Assert.Throws<InputException>(() => TrainingRuns.TrainVae(other, new() { Folder = In("run"), Resume = true })).Message;
        Assert.Contains("optimizer.learning_rate", message);
        Assert.Contains("given 0.5", message);
        Assert.Contains("schedule.seed", message);

        var said = new List<string>();
        TrainingRuns.TrainVae(Vae with { Schedule = Vae.Schedule with { CheckpointEvery = 3 } }, new() { Folder = In("run"), Resume = true, Say = said.Add });
        Assert.Contains("schedule.checkpoint_every: 4 so far, 3 from here on", said);
        Assert.Equal(3, ConfigFile.Load<VaeTrainingConfig>(Path.Combine(In("run"), "config.json")).Schedule.CheckpointEvery);
    }

    [Fact]
    public void A_resumed_run_finds_its_data_set_in_another_place()
    {
        string there = In("möved");
        Directory.CreateDirectory(there);
        foreach (string file in Directory.GetFiles(Vae.Data.Folder))
            File.Copy(file, Path.Combine(there, Path.GetFileName(file)));
        foreach (string run in new[] { "run", "still" })
            Interrupted(In(run), 3, (options, cancel) => TrainingRuns.TrainVae(Vae, options, cancel));
        var moved = Vae with { Data = Vae.Data with { Folder = there } };
        // Another set is refused, and leaves no trace in the run.
        using var other = SmallDataset.Portrait();
        string Told() => File.ReadAllText(Path.Combine(In("run"), "config.json")) + File.ReadAllText(Path.Combine(In("run"), "model_index.json"));
        string told = Told();
        var wrong = Vae with { Data = Vae.Data with { Folder = other.Folder } };
        string message = Assert.Throws<InputException>(() => TrainingRuns.TrainVae(wrong, new() { Folder = In("run"), Resume = true })).Message;
        Assert.Contains(other.Folder, message);
        Assert.Contains("--data", message);
        Assert.Equal(told, Told());

        Assert.Equal(8, TrainingRuns.TrainVae(moved, new() { Folder = In("run"), Resume = true }).Step);
        Assert.Equal(8, TrainingRuns.TrainVae(Vae, new() { Folder = In("still"), Resume = true }).Step);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(ModelFolder.Checkpoints(In("still"))[^1], Checkpoint.Weights)),
            File.ReadAllBytes(Path.Combine(ModelFolder.Checkpoints(In("run"))[^1], Checkpoint.Weights)));
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_leaves_the_earlier_one_and_nothing_half_written()
    {
        var run = new RunFolder(In("run"));
        using var scope = NewDisposeScope();
        Checkpoint.Write(run.CheckpointFolder(1), new() { Kind = "vae", Step = 1 }, folder => TensorFile.Save(Path.Combine(folder, Checkpoint.Weights), [("w", ones(4))]));
        Assert.Throws<InputException>(() => Checkpoint.Write(run.CheckpointFolder(2), new() { Kind = "vae", Step = 2 }, folder => TensorFile.Save(Path.Combine(folder, Checkpoint.Weights), Failing())));
        Assert.Equal([run.CheckpointFolder(1)], run.Checkpoints());
        Assert.Empty(Directory.GetDirectories(Path.Combine(run.Path, "checkpoints"), ".*"));
        using var whole = Checkpoint.Open(run.CheckpointFolder(1), Checkpoint.Weights);

        static IEnumerable<(string, Tensor)> Failing()
        {
            yield return ("w", ones(4));
            throw new IOException("No space left on device");
        }
    }

    [Fact]
    public void A_model_folder_makes_the_same_video_as_the_run_it_came_from_and_respects_what_is_given()
    {
        TrainingRuns.TrainVae(Vae, new() { Folder = In("vae") });
        TrainingRuns.TrainDit(Dit, In("vae"), new() { Folder = In("dit") });
        var (trained, index) = ModelFolder.Load(In("dit"));
        ModelFolder.Save(In("model"), trained, index, float32);
        var (loaded, _) = ModelFolder.Load(In("model"));

        using var clips = AniSora.Data.ClipIndex.Open(_data.Folder);
        var clip = HeldOutClips.Choose(clips, 1).Clips[0];
        var options = new SamplingOptions { Steps = 3, Seed = 5, Guidance = 2 };
        using TorchVideoEngine loadedEngine = new(loaded, index), trainedEngine = new(trained, index);
        foreach (var task in new[] { GuideTask.First, GuideTask.FirstMiddleLast, GuideTask.Region })
        {
            var guide = clip.Guide(task);
            var video = VideoSampler.Sample(loadedEngine, [guide, guide], options);
            Assert.Equal(VideoSampler.Sample(trainedEngine, [guide, guide], options), video);
            Assert.NotEqual(video[0], video[1]);
            for (int i = 0; i < guide.Mask.Length; i++)
                if (guide.Mask[i] == 1)
                    Assert.Equal(guide.Rgb.AsSpan(3 * i, 3).ToArray(), video[0].AsSpan(3 * i, 3).ToArray());
        }
        Assert.Contains("nearest", Assert.Throws<InputException>(() => VideoSampler.Sample(loadedEngine, [Guide.Nothing("a dragon flies", 17, 64, 64)], options)).Message);
    }

    [Fact]
    public void A_damaged_or_missing_model_is_named()
    {
        Assert.Contains("model_index.json", Assert.Throws<InputException>(() => ModelFolder.Load(In("nothing"))).Message);
        TrainingRuns.TrainVae(Vae, new() { Folder = In("vae") });
        TrainingRuns.TrainDit(Dit, In("vae"), new() { Folder = In("dit") });
        var (trained, index) = ModelFolder.Load(In("dit"));
        ModelFolder.Save(In("model"), trained, index, float16);
        string weights = Path.Combine(In("model"), "transformer", "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Assert.Contains(weights, Assert.Throws<InputException>(() => ModelFolder.Load(In("model"))).Message);
    }

    [Fact]
    public void A_dit_that_does_not_fit_the_vae_is_refused()
    {
        var vae = new CausalVae(Vae.Model);
        var latents = new LatentSpace(vae, new LatentStatistics { Mean = new float[8], ChannelDeviations = [1, 1, 1, 1, 1, 1, 1, 1], GuideDeviations = [1, 1, 1, 1, 1, 1, 1, 1] });
        var dit = new MaskedDiT(Dit.Model with { InChannels = 16, OutChannels = 8, TextEmbedDim = 16 });
        Assert.Contains("in_channels", Assert.Throws<InputException>(() => new MaskedVideoModel(latents, dit, new CaptionEncoder(Dit.Caption), new NoiseSchedule())).Message);
    }

    /// <summary>Runs until a step is done, then asks it to stop as Ctrl-C does.</summary>
    private static void Interrupted(string folder, long step, Func<RunOptions, CancellationToken, TrainingOutcome> train)
    {
        using var stop = new CancellationTokenSource();
        bool resume = ModelFolder.Checkpoints(folder).Count > 0;
        var outcome = train(new() { Folder = folder, Resume = resume, Progress = new Stopper(step, stop) }, stop.Token);
        Assert.False(outcome.Finished);
        Assert.Equal(step, outcome.Step);
    }

    private static void AssertSameEnd(string whole, string parts)
    {
        string a = ModelFolder.Checkpoints(whole)[^1], b = ModelFolder.Checkpoints(parts)[^1];
        Assert.Equal(Path.GetFileName(a), Path.GetFileName(b));
        string[] files = [.. Directory.EnumerateFiles(a, "*.safetensors", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(a, file))];
        Assert.InRange(files.Length, 3, 4); // weights, optimiser, and the averaged parts of the model
        foreach (string file in files)
            Assert.Equal(File.ReadAllBytes(Path.Combine(a, file)), File.ReadAllBytes(Path.Combine(b, file)));
        Assert.Equal(Losses(whole), Losses(parts));

        static List<string> Losses(string run) => [.. MetricsLog.Read(Path.Combine(run, "metrics.jsonl")).Select(line => line["loss"]!.ToJsonString())];
    }

    private sealed class Notes(List<string> notes) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Note is { } note)
                notes.Add(note);
        }
    }

    private sealed class Stopper(long step, CancellationTokenSource stop) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step == step)
                stop.Cancel();
        }
    }
}
