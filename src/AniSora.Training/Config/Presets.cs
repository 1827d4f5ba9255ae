using AniSora.Models;

namespace AniSora.Training.Config;

/// <summary>The named sizes. Everything else is a setting over one of them.</summary>
public static class Presets
{
    /// <summary>VAE presets by name.</summary>
    public static IReadOnlyDictionary<string, Func<VaeTrainingConfig>> Vae { get; } = new Dictionary<string, Func<VaeTrainingConfig>>
    {
        ["debug"] = VaeDebug,
        ["tiny"] = VaeTiny,
        ["small"] = VaeSmall,
        ["cogvideox-2b"] = () => VaePublished(1.15258426),
        ["cogvideox-5b-i2v"] = () => VaePublished(0.7),
    };

    /// <summary>DiT presets by name.</summary>
    public static IReadOnlyDictionary<string, Func<DitTrainingConfig>> Dit { get; } = new Dictionary<string, Func<DitTrainingConfig>>
    {
        ["debug"] = DitDebug,
        ["tiny"] = DitTiny,
        ["small"] = DitSmall,
        ["cogvideox-2b"] = () => DitPublished(heads: 30, layers: 30, snrShift: 3),
        ["cogvideox-5b-i2v"] = () => DitPublished(heads: 48, layers: 42, snrShift: 1),
    };

    /// <summary>The preset of a name.</summary>
    /// <exception cref="InputException">There is none; the message lists them.</exception>
    public static T Find<T>(IReadOnlyDictionary<string, Func<T>> presets, string name) =>
        presets.TryGetValue(name, out var make)
            ? make()
            : throw new InputException($"--preset {name}: unknown; did you mean '{Nearest.To(name, presets.Keys)}'? (known: {string.Join(", ", presets.Keys)})");

    /// <summary>For tests: everything there, nothing large.</summary>
    private static VaeTrainingConfig VaeDebug() => new()
    {
        Model = new() { BlockOutChannels = [8, 8, 16], LatentChannels = 8, LayersPerBlock = 1, PatchSize = 4, Norm = VaeNorm.Rms, LinearPath = true },
        Schedule = new() { Steps = 8, CheckpointEvery = 4, EvaluateEvery = 4, EvaluateClips = 2 },
        Optimizer = new() { WarmupSteps = 2 },
        PrincipalComponentClips = 8,
    };

    /// <summary>Learns something within a minute on two cores.</summary>
    private static VaeTrainingConfig VaeTiny() => VaeSmall() with
    {
        Model = VaeSmall().Model with { BlockOutChannels = [24, 32, 48], LatentChannels = 16 },
        Schedule = new() { Steps = 400, CheckpointEvery = 200, EvaluateEvery = 50, EvaluateClips = 8 },
        Optimizer = new() { WarmupSteps = 20 },
    };

    /// <summary>The VAE of the shipped demo model (see docs/log.md for why these sizes).</summary>
    private static VaeTrainingConfig VaeSmall() => new()
    {
        Model = new() { BlockOutChannels = [32, 64, 80], LatentChannels = 48, LayersPerBlock = 1, PatchSize = 4, Norm = VaeNorm.Rms, LinearPath = true },
        Data = new() { WarpShare = 0.5 },
        Schedule = new() { Steps = 4000, CheckpointEvery = 250, EvaluateEvery = 250, EvaluateClips = 16 },
        Optimizer = new() { WarmupSteps = 200 },
    };

    /// <summary>The published sizes (CogVideoX's VAE), to fine-tune the published weights or to train from nothing on large machines.</summary>
    private static VaeTrainingConfig VaePublished(double scalingFactor) => new()
    {
        Model = new() { ScalingFactor = scalingFactor },
        Data = new() { BatchSize = 1 },
        Optimizer = new() { LearningRate = 1e-4, EmaDecay = 0.9999 },
        Schedule = new() { Steps = 100_000, CheckpointEvery = 1000, EvaluateEvery = 1000 },
        L1Weight = 0.1,
        RecomputeBlocks = true,
    };

    private static DitTrainingConfig DitDebug() => new()
    {
        Model = new() { NumAttentionHeads = 2, AttentionHeadDim = 16, NumLayers = 2, TimeEmbedDim = 32, UseRotaryPositionalEmbeddings = true },
        Caption = new() { Dim = 16, Layers = 1 },
        PredictVariance = true,
        Schedule = new() { Steps = 8, CheckpointEvery = 4, EvaluateEvery = 4, EvaluateClips = 2 },
        Optimizer = new() { WarmupSteps = 2 },
        LatentStatisticClips = 4,
    };

    /// <summary>Learns something within a minute on two cores.</summary>
    private static DitTrainingConfig DitTiny() => DitSmall() with
    {
        Model = DitSmall().Model with { NumLayers = 3, NumAttentionHeads = 3 },
        Schedule = new() { Steps = 400, CheckpointEvery = 200, EvaluateEvery = 100, EvaluateClips = 8 },
        Optimizer = DitSmall().Optimizer with { WarmupSteps = 20 },
    };

    /// <summary>The DiT of the shipped demo model. The exact GELU: on CPUs libtorch's tanh form takes four times as long.</summary>
    private static DitTrainingConfig DitSmall() => new()
    {
        Model = new() { PatchSize = 1, NumAttentionHeads = 4, AttentionHeadDim = 64, NumLayers = 6, TimeEmbedDim = 64, ActivationFn = "gelu", UseRotaryPositionalEmbeddings = true },
        Caption = new() { Dim = 64, Layers = 2 },
        Data = new() { BatchSize = 4, WarpShare = 0.7 },
        NoiseDraws = 2,
        PredictVariance = true,
        Optimizer = new() { LearningRate = 1e-3, Beta2 = 0.95, WarmupSteps = 100, EmaDecay = 0.999, WeightDecay = 0.01 },
        Schedule = new() { Steps = 4000, CheckpointEvery = 200, EvaluateEvery = 400, EvaluateClips = 16 },
    };

    /// <summary>The published sizes (CogVideoX's transformers) and the fine-tuning recipe of AniSora V1's published configuration, with this project's 4 mask channels.</summary>
    private static DitTrainingConfig DitPublished(int heads, int layers, double snrShift) => new()
    {
        Model = new() { NumAttentionHeads = heads, NumLayers = layers, UseRotaryPositionalEmbeddings = true },
        Caption = new() { Dim = 4096, Heads = 64 },
        Data = new() { BatchSize = 1 },
        Optimizer = new() { LearningRate = 2e-5, Beta2 = 0.95, WeightDecay = 1e-4, ClipNorm = 0.1, EmaDecay = 0.9999 },
        Schedule = new() { Steps = 20_000, CheckpointEvery = 200, EvaluateEvery = 1000 },
        SnrShift = snrShift,
        RecomputeBlocks = true,
    };
}
