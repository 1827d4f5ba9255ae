using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Models.Conditioning;
using AniSora.Models.Sampling;
using AniSora.Onnx.Engine;

namespace AniSora.Onnx.Export;

/// <summary>What is exported: a whole model, or a VAE alone.</summary>
/// <param name="Latents">The VAE with the latents' statistics.</param>
/// <param name="Model">The whole model, or null.</param>
/// <param name="Index">What the folder says of itself.</param>
internal sealed record ExportSource(LatentSpace Latents, MaskedVideoModel? Model, ModelIndex Index)
{
    /// <summary>Loads a model folder, a training run (DiT or VAE), or a folder with a VAE's config and weights, a published one say.</summary>
    /// <exception cref="InputException">It is none of these, or damaged, or of another version.</exception>
    public static ExportSource Load(string checkpoint)
    {
        if (!Directory.Exists(checkpoint))
            throw new InputException($"{checkpoint}: no such folder; name a model folder, the --out folder of 'anisora train', or a folder with a VAE's config.json and weights");
        if (File.Exists(Path.Combine(checkpoint, OnnxModelIndex.FileName)))
            throw new InputException($"{checkpoint}: is an exported model already; name the checkpoint that it came from");
        if (ModelFolder.IsWhole(checkpoint))
        {
            var (model, index) = ModelFolder.Load(checkpoint);
            return new(model.Latents, model, index);
        }
        var vae = ModelFolder.LoadVae(checkpoint);
        // Nobody has measured its latents: they are scaled as its configuration says, which is how published transformers read them.
        var statistics = new LatentStatistics { Mean = new float[vae.Config.LatentChannels], Deviation = (float)(1 / vae.Config.ScalingFactor) };
        var about = ModelFolder.TryReadIndex(checkpoint) ?? new ModelIndex();
        return new(new LatentSpace(vae, statistics), null, about with { Name = Path.GetFileName(Path.GetFullPath(checkpoint)), Latents = statistics });
    }
}
