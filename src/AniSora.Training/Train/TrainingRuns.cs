using AniSora.Data;
using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Models.Conditioning;
using AniSora.Models.Diffusion;
using AniSora.Models.Fast;
using AniSora.Models.Runtime;
using AniSora.Models.Sampling;
using AniSora.Training.Checkpoints;
using AniSora.Training.Config;
using AniSora.Training.Distributed;
using AniSora.Training.Precompute;

namespace AniSora.Training.Train;

/// <summary>How to start a run.</summary>
public sealed record RunOptions
{
    /// <summary>The run's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>
    /// Go on from the folder's last checkpoint, with the configuration stored there. The data set's place and how often
    /// the run writes may be given anew; another setting that differs is an error.
    /// </summary>
    public bool Resume { get; init; }

    /// <summary>Stop after this time; the checkpoint allows going on.</summary>
    public TimeSpan? Longest { get; init; }

    /// <summary>Where to write a Chrome trace of a few steps (<see cref="StepProfile"/>); null = none.</summary>
    public string? Profile { get; init; }

    /// <summary>The processes that train together, each of which makes the same call, and the device that this one computes on.</summary>
    public World World { get; init; } = World.Alone;

    /// <summary>Hears about every step (in the first process).</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Hears what is done before the first step.</summary>
    public Action<string>? Say { get; init; }
}

/// <summary>Whole training runs: the calls behind <c>anisora train</c> and the notebooks.</summary>
public static class TrainingRuns
{
    private static readonly Lock _seeding = new();

    /// <summary>Trains the VAE.</summary>
    /// <exception cref="InputException">The configuration, the data or the checkpoint does not fit.</exception>
    public static TrainingOutcome TrainVae(VaeTrainingConfig config, RunOptions options, CancellationToken cancellation = default)
    {
        var given = config;
        var run = Open("vae", ref config, options, out string? checkpoint, out var claim);
        using var claimed = claim;
        ResumedConfig.RequireSame(config, given, run.ConfigFile);
        using var index = OpenIndex(config.Data);
        using var loader = new ClipLoader(index, LoaderOptionsOf(config.Data, config.Schedule.Seed, options.World));
        using var vae = Seeded(config.Schedule.Seed, () => new CausalVae(config.Model));
        if (config.Model.LinearPath && checkpoint is null)
        {
            options.Say?.Invoke($"principal components of {config.PrincipalComponentClips} clips");
            InitializeLinearPath(vae, index, config);
        }
        // What a run begins with is made on the CPU, so that it is the same for every device.
        vae.to(options.World.Device);
        var about = IndexOf(run, index, config.Data);
        var trainee = new VaeTrainee(vae, config, HeldOutClips.Choose(index, config.Schedule.EvaluateClips), about);
        using var loop = new TrainLoop(trainee, loader, run, config.Optimizer, config.Schedule, config.Data.PartSize, options.World) { Profile = ProfileOf(options), Precision = Precision.Parse(config.Precision) };
        void Keep()
        {
            ConfigFile.Save(run.ConfigFile, config);
            ConfigFile.Save(run.IndexFile, about);
        }
        return Start(loop, checkpoint, Keep, options, config.Schedule, Describe("VAE", trainee), cancellation);
    }

    /// <summary>Trains the masked DiT and its caption encoder in a VAE's latent space.</summary>
    /// <param name="config">The configuration; channels that follow from the VAE are filled in.</param>
    /// <param name="vaeFolder">A model folder, a VAE run or a folder with a published VAE. Not needed to resume.</param>
    /// <param name="options">Folder, resuming, time, progress.</param>
    /// <param name="cancellation">Ctrl-C and SIGTERM.</param>
    /// <exception cref="InputException">The configuration, the data or the checkpoint does not fit.</exception>
    public static TrainingOutcome TrainDit(DitTrainingConfig config, string? vaeFolder, RunOptions options, CancellationToken cancellation = default)
    {
        var given = config;
        var run = Open("dit", ref config, options, out string? checkpoint, out var claim);
        using var claimed = claim;
        using var index = OpenIndex(config.Data);
        if (config.Data is { Cached: true, Augment: true })
            throw new InputException("data.cached needs data.augment=false: a shifted, mirrored or recoloured clip has another latent than the stored one");
        if (checkpoint is null && options.World.IsFirst)
        {
            AdoptVae(config, vaeFolder, run, index, options);
            AdoptCaptions(config, run);
        }
        if (checkpoint is not null && options.World.IsFirst)
            RequireOwnVae(vaeFolder, run);
        options.World.Barrier();
        var about = ModelFolder.ReadIndex(run.Path);
        var captions = config.FrozenCaptions is null ? null : ModelFolder.LoadCaptions(Path.Combine(run.Path, ModelFolder.CaptionEncoder), options.World.Device);
        var latents = new LatentSpace(ModelFolder.LoadVae(run.Path, options.World.Device), about.Latents);
        DitTrainingConfig Fitted(DitTrainingConfig c) =>
            FitToVae(captions is null ? c : c with { Caption = captions.Config }, latents.Vae.Config, () => index.CaptionTexts(c.Data.CaptionSuffix));
        config = Fitted(config);
        if (checkpoint is not null)
            ResumedConfig.RequireSame(config, Fitted(given), run.ConfigFile);
        using var loader = new ClipLoader(index, LoaderOptionsOf(config.Data, config.Schedule.Seed, options.World));
        var model = Seeded(config.Schedule.Seed, () => BuildModel(config, latents, captions));
        using var latentCache = config.Data.Cached ? Precomputation.Latents(index.Folder, latents.Vae) : null;
        using var textCache = config.Data.Cached && captions is not null ? Precomputation.Text(index.Folder, captions) : null;
        if (textCache is not null)
            model.StoredCaptions = texts => textCache.Read(texts.Select(text => (text, "")), model.Device);
        var trainee = new DitTrainee(model, config, HeldOutClips.Choose(index, config.Schedule.EvaluateClips), about) { LatentCache = latentCache };
        using var loop = new TrainLoop(trainee, loader, run, config.Optimizer, config.Schedule, config.Data.PartSize, options.World) { Profile = ProfileOf(options), Precision = Precision.Parse(config.Precision) };
        return Start(loop, checkpoint, () => ConfigFile.Save(run.ConfigFile, config), options, config.Schedule, Describe("DiT", trainee), cancellation);
    }

    private static RunFolder Open<T>(string kind, ref T config, RunOptions options, out string? checkpoint, out IDisposable? claim)
        where T : class
    {
        var run = new RunFolder(options.Folder);
        claim = options.World.IsFirst ? run.Claim() : null;
        try
        {
            checkpoint = run.Checkpoints().LastOrDefault();
            if (!options.Resume && checkpoint is not null)
                throw new InputException($"{options.Folder}: holds a run already; go on with --resume, or choose another --out");
            if (checkpoint is not null)
                config = ResumedConfig.Take(run.StoredConfig<T>(kind, checkpoint), config, options.Say);
        }
        catch
        {
            claim?.Dispose();
            throw;
        }
        return run;
    }

    /// <param name="keep">Writes down what the run is told now: after the checkpoint was taken, since that refuses another data set than the run's.</param>
    private static TrainingOutcome Start(
        TrainLoop loop, string? checkpoint, Action keep, RunOptions options, ScheduleConfig schedule, string what, CancellationToken cancellation)
    {
        if (checkpoint is not null)
            loop.Restore(checkpoint);
        if (options.World.IsFirst)
            keep();
        options.Say?.Invoke($"{what}; step {loop.Step} of {schedule.Steps}, {options.Folder}");
        return loop.Run(options.Progress, options.Longest, cancellation);
    }

    /// <summary>
    /// Makes a model whose random weights follow from the seed. They come from the process's one generator, so runs in several threads
    /// take turns.
    /// </summary>
    private static T Seeded<T>(ulong seed, Func<T> make)
    {
        lock (_seeding)
        {
            manual_seed((long)seed);
            return make();
        }
    }

    private static StepProfile? ProfileOf(RunOptions options) =>
        options.Profile is { } path && options.World.IsFirst ? new StepProfile(path, options.World.Device) : null;

    private static string Describe(string what, ITrainee trainee) =>
        $"{what} with {trainee.Parameters.Sum(p => p.Value.numel()) / 1e6:0.00} M parameters";

    private static ClipIndex OpenIndex(DataConfig data) => ClipIndex.Open(data.Folder);

    private static LoaderOptions LoaderOptionsOf(DataConfig data, ulong seed, World world) =>
        new(data.Where, data.BatchSize, seed, Shuffle: true, data.Augment, data.Prefetch, data.Balance, data.WarpShare, data.CaptionSuffix, data.EpochClips, Rank: world.Rank, Processes: world.Size);

    private static void InitializeLinearPath(CausalVae vae, ClipIndex index, VaeTrainingConfig config)
    {
        using var scope = NewDisposeScope();
        vae.InitializeLinearPath(cat([.. Videos(index, config.Data, config.PrincipalComponentClips, config.Schedule.Seed, CPU)], 0));
    }

    /// <summary>Some training clips, as the loader makes them.</summary>
    private static IEnumerable<ClipBatch> Batches(ClipIndex index, DataConfig data, int count, ulong seed)
    {
        using var loader = new ClipLoader(index, LoaderOptionsOf(data with { BatchSize = 4 }, seed + 1, World.Alone));
        for (int i = 0; i < (count + 3) / 4; i++)
            yield return loader.Next();
    }

    private static IEnumerable<Tensor> Videos(ClipIndex index, DataConfig data, int count, ulong seed, Device device) =>
        Batches(index, data, count, seed).Select(batch => Frames.ToVideo(batch.Rgb, (batch.B, batch.T, batch.H, batch.W), device));

    /// <summary>Copies the VAE into the run, so that the run stays whole when the VAE's folder changes, and measures its latents.</summary>
    private static void AdoptVae(DitTrainingConfig config, string? vaeFolder, RunFolder run, ClipIndex index, RunOptions options)
    {
        if (vaeFolder is null)
            throw new InputException("--vae is missing: name a model folder or the --out folder of 'anisora train vae'");
        var vae = ModelFolder.LoadVae(vaeFolder, options.World.Device);
        options.Say?.Invoke($"latent statistics over {config.LatentStatisticClips} clips");
        var statistics = LatentSpace.Measure(vae, Videos(index, config.Data, config.LatentStatisticClips, config.Schedule.Seed, vae.Device));
        statistics = statistics with { GuideDeviations = MeasureGuides(new LatentSpace(vae, statistics), index, config) };
        ModelFolder.SavePart(Path.Combine(run.Path, ModelFolder.Vae), vae, vae.Config.ToJson(), float32);
        ConfigFile.Save(run.IndexFile, IndexOf(run, index, config.Data) with { SnrShift = config.SnrShift, Latents = statistics });
    }

    /// <summary>Whoever repeats the first command names the VAE again; another one than the run's copy would go unnoticed.</summary>
    private static void RequireOwnVae(string? vaeFolder, RunFolder run)
    {
        if (vaeFolder is null)
            return;
        using var named = ModelFolder.LoadVae(vaeFolder, CPU);
        using var own = ModelFolder.LoadVae(run.Path, CPU);
        if (ModelDigest.Of(named) != ModelDigest.Of(own))
            throw new InputException($"--vae {vaeFolder}: not the autoencoder that {run.Path} was begun with, a copy of which is in it; leave --vae out to go on, or start another run with another --out");
    }

    /// <summary>Each channel's root mean squared distance between clips and their guides, over the task mixture.</summary>
    private static float[] MeasureGuides(LatentSpace latents, ClipIndex index, DitTrainingConfig config)
    {
        using var noGrad = no_grad();
        double[]? sum = null;
        double weight = 0;
        int place = 0;
        foreach (var batch in Batches(index, config.Data, config.LatentStatisticClips, config.Schedule.Seed))
        {
            var streams = batch.Clips.Select(_ => Streams.For(config.Schedule.Seed, -1, place++)).ToArray();
            using var scope = NewDisposeScope();
            var shape = (batch.B, batch.T, batch.H, batch.W);
            var drawn = DitTrainee.DrawMasks(batch, config.Tasks with { None = 0 }, streams);
            var latent = latents.Encode(Frames.ToVideo(batch.Rgb, shape, latents.Device));
            var guide = latents.Encode(SpaceTimeMask.GuideVideo(batch.Rgb, drawn, shape, latents.Device));
            var open = 1 - SpaceTimeMask.Fold(drawn, shape, latent.shape[3], latent.shape[4]).ToTensor(latents.Device).mean([1], keepdim: true);
            var squares = ((latent - guide).square() * open).sum([0, 2, 3, 4]).ToArray<float>();
            sum ??= new double[squares.Length];
            for (int c = 0; c < sum.Length; c++)
                sum[c] += squares[c];
            weight += open.sum().item<float>();
        }
        return [.. sum!.Select(s => (float)Math.Sqrt(Math.Max(1e-6, s / Math.Max(1, weight))))];
    }

    /// <summary>What the run's model says of itself, as far as the clips decide it.</summary>
    private static ModelIndex IndexOf(RunFolder run, ClipIndex index, DataConfig data)
    {
        var (frames, height, width, fps) = index.UsualClip(data.Where);
        return new() { Name = Path.GetFileName(run.Path), Frames = frames, Height = height, Width = width, Fps = fps };
    }

    /// <summary>The configuration with the channels that the VAE decides and the words that the captions use.</summary>
    private static DitTrainingConfig FitToVae(DitTrainingConfig config, VaeConfig vae, Func<IEnumerable<string>> captions)
    {
        var caption = config.Caption.Vocabulary.Length > new CaptionConfig().Vocabulary.Length ? config.Caption : config.Caption.FittedTo(captions());
        return config with
        {
            Model = config.Model with
            {
                InChannels = 2 * vae.LatentChannels + SpaceTimeMask.FoldedChannels,
                OutChannels = config.PredictVariance ? 2 * vae.LatentChannels : vae.LatentChannels,
                MaxTextSeqLength = caption.MaxLength,
                TextEmbedDim = caption.Dim,
            },
            Caption = caption,
        };
    }

    private static MaskedVideoModel BuildModel(DitTrainingConfig config, LatentSpace latents, CaptionEncoder? frozen) =>
        new(latents, new MaskedDiT(config.Model), frozen ?? new CaptionEncoder(config.Caption), new NoiseSchedule(config.SnrShift), frozen is not null);

    /// <summary>Copies a frozen caption encoder into the run, so that the run stays whole when the model it came from changes.</summary>
    private static void AdoptCaptions(DitTrainingConfig config, RunFolder run)
    {
        if (config.FrozenCaptions is not { } model)
            return;
        using var captions = ModelFolder.LoadCaptions(Path.Combine(model, ModelFolder.CaptionEncoder));
        ModelFolder.SavePart(Path.Combine(run.Path, ModelFolder.CaptionEncoder), captions, captions.Config.ToJson(), float32);
    }
}
