using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Models.Conditioning;
using AniSora.Models.Diffusion;
using AniSora.Models.Sampling;

namespace AniSora.Onnx.Tests;

/// <summary>Small models with random weights, none of them zero, in each of the architecture's forms.</summary>
internal static class RandomModel
{
    private const int LatentChannels = 4;

    /// <summary>
    /// <c>published</c>: as CogVideoX is, with group norm over whole chunks; <c>own</c>: as the shipped model is, with a linear path and folded
    /// patches; <c>learned</c>: positions that are learned, for one picture size.
    /// </summary>
    public static void Save(string folder, string form)
    {
        using var scope = NewDisposeScope();
        var vaeConfig = form == "own"
            ? new VaeConfig { BlockOutChannels = [8, 8, 16], LatentChannels = LatentChannels, LayersPerBlock = 1, PatchSize = 4, Norm = VaeNorm.Rms, LinearPath = true }
            : new VaeConfig { BlockOutChannels = [8, 8, 16, 16], LatentChannels = LatentChannels, LayersPerBlock = 1, NormNumGroups = 4, Norm = form == "learned" ? VaeNorm.Frame : VaeNorm.Group };
        var captionConfig = new CaptionConfig { Dim = 24, Heads = 2, Layers = 1, MaxLength = 6 }.FittedTo(["a ball runs"]);
        var ditConfig = new DitConfig
        {
            NumAttentionHeads = 2,
            AttentionHeadDim = 16,
            NumLayers = 2,
            InChannels = 2 * LatentChannels + SpaceTimeMask.FoldedChannels,
            OutChannels = form == "own" ? 2 * LatentChannels : LatentChannels,
            TextEmbedDim = 24,
            MaxTextSeqLength = 6,
            TimeEmbedDim = 16,
            PatchSize = form == "own" ? 1 : 2,
            ActivationFn = form == "own" ? "gelu" : "gelu-approximate",
            UseRotaryPositionalEmbeddings = form != "published",
            UseLearnedPositionalEmbeddings = form == "learned",
            SampleFrames = 17,
            SampleHeight = 4,
            SampleWidth = 6,
        };
        var (vae, dit, captions) = (new CausalVae(vaeConfig), new MaskedDiT(ditConfig), new CaptionEncoder(captionConfig));
        using var generator = new Generator(5);
        using (no_grad())
            foreach (var parameter in new nn.Module[] { vae, dit, captions }.SelectMany(m => m.parameters()))
                parameter.add_(randn(parameter.shape, generator: generator) * 0.1);
        var statistics = new LatentStatistics
        {
            Mean = [0.1f, -0.2f, 0.3f, 0],
            Deviation = 0.7f,
            ChannelDeviations = [1.2f, 0.8f, 1, 1],
            GuideDeviations = [0.4f, 0.5f, 0.6f, 0.7f],
        };
        ModelFolder.Save(folder, new MaskedVideoModel(new LatentSpace(vae, statistics), dit, captions, new NoiseSchedule(2)),
            new ModelIndex { Name = form, Frames = 17, Height = 32, Width = 48, Fps = 8, SnrShift = 2, Latents = statistics }, float32);
    }
}
