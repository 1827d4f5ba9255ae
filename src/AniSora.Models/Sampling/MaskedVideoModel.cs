using AniSora.Models.Checkpoints;
using AniSora.Models.Conditioning;
using AniSora.Models.Diffusion;

namespace AniSora.Models.Sampling;

/// <summary>
/// Everything that turns captions and guides into video: the latent space (VAE), the caption encoder, the masked DiT and the noise
/// schedule. Training and sampling share it.
/// </summary>
public sealed class MaskedVideoModel
{
    private const string DitPrefix = ModelFolder.Transformer + ".";
    private const string CaptionPrefix = ModelFolder.CaptionEncoder + ".";

    private readonly Preconditioning _preconditioning;
    private readonly bool _frozenCaptions;

    /// <summary>A model from its parts, all of which are brought to the device of the first; a frozen caption encoder is not trained.</summary>
    /// <exception cref="InputException">The parts do not fit together; the message names the field.</exception>
    public MaskedVideoModel(LatentSpace latents, MaskedDiT dit, CaptionEncoder captions, NoiseSchedule schedule, bool frozenCaptions = false)
    {
        int latentChannels = latents.Vae.Config.LatentChannels;
        int wanted = 2 * latentChannels + SpaceTimeMask.FoldedChannels;
        if (dit.Config.InChannels != wanted || (dit.Config.OutChannels != latentChannels && dit.Config.OutChannels != 2 * latentChannels))
            throw new InputException($"DiT configuration: in_channels {dit.Config.InChannels} and out_channels {dit.Config.OutChannels} do not fit a VAE with {latentChannels} latent channels; use {wanted} (noisy latent + {SpaceTimeMask.FoldedChannels} mask + guide latent) and {latentChannels} (or {2 * latentChannels}: with a variance)");
        if (dit.Config.TextEmbedDim != captions.Config.Dim)
            throw new InputException($"DiT configuration: text_embed_dim {dit.Config.TextEmbedDim} differs from the caption encoder's {captions.Config.Dim}");
        (Latents, Dit, Captions, Schedule, _frozenCaptions) = (latents, dit, captions, schedule, frozenCaptions);
        foreach (var part in new nn.Module[] { dit, captions })
            part.to(latents.Device);
        _preconditioning = new Preconditioning(latents.Statistics.ChannelDeviations, latents.Statistics.GuideDeviations, schedule, latents.Device);
    }

    /// <summary>Where the model is; its inputs belong there too.</summary>
    public Device Device => Latents.Device;

    /// <summary>The latent space.</summary>
    public LatentSpace Latents { get; }

    /// <summary>The diffusion transformer.</summary>
    public MaskedDiT Dit { get; }

    /// <summary>The caption encoder.</summary>
    public CaptionEncoder Captions { get; }

    /// <summary>The noise schedule.</summary>
    public NoiseSchedule Schedule { get; }

    /// <summary>Looks up embeddings [B, L, D] that a frozen caption encoder computed ahead; null: they are computed.</summary>
    public Func<IReadOnlyList<string>, Tensor>? StoredCaptions { get; set; }

    /// <summary>Trained parameters: the DiT's under <c>transformer.</c>, the caption encoder's, unless it is frozen, under <c>caption_encoder.</c>.</summary>
    public IEnumerable<(string Name, Parameter Value)> NamedParameters() =>
        Dit.named_parameters().Select(p => (DitPrefix + p.name, p.parameter))
            .Concat(_frozenCaptions ? [] : Captions.named_parameters().Select(p => (CaptionPrefix + p.name, p.parameter)));

    /// <summary>What is trained as parts of a model folder: folder, what names of weights begin with, and sizes as JSON text.</summary>
    public IReadOnlyList<(string Folder, string Prefix, string Config)> Parts => _frozenCaptions
        ? [(ModelFolder.Transformer, DitPrefix, Dit.Config.ToJson())]
        : [(ModelFolder.Transformer, DitPrefix, Dit.Config.ToJson()), (ModelFolder.CaptionEncoder, CaptionPrefix, Captions.Config.ToJson())];

    /// <summary>The predicted velocity (<see cref="Preconditioning"/>).</summary>
    /// <param name="noisy">Noisy latents <c>[B, C, T', h, w]</c>.</param>
    /// <param name="guide">The guide's channels <c>[B, 4 + C, T', h, w]</c> (<see cref="SpaceTimeMask.GuideChannels"/>).</param>
    /// <param name="captions">A caption for each, null for none.</param>
    /// <param name="timesteps">A timestep in [0, 1000) for each.</param>
    /// <returns><c>[B, C, T', h, w]</c>.</returns>
    public Tensor Predict(Tensor noisy, Tensor guide, IReadOnlyList<string?> captions, long[] timesteps) =>
        Predict(noisy, guide, EncodeCaptions(captions), tensor(timesteps, device: Device));

    /// <summary>The predicted velocity for captions that are encoded already (<see cref="EncodeCaptions"/>).</summary>
    /// <param name="noisy">Noisy latents <c>[B, C, T', h, w]</c>.</param>
    /// <param name="guide">The guide's channels <c>[B, 4 + C, T', h, w]</c>.</param>
    /// <param name="text">Caption embeddings <c>[B, L, D]</c>.</param>
    /// <param name="timesteps">A timestep in [0, 1000) for each, <c>[B]</c>, int64.</param>
    /// <returns><c>[B, C, T', h, w]</c>.</returns>
    public Tensor Predict(Tensor noisy, Tensor guide, Tensor text, Tensor timesteps)
    {
        var mask = guide.narrow(1, 0, SpaceTimeMask.FoldedChannels);
        var factors = Factors(guide, timesteps);
        var output = Dit.call(cat([factors.Input(noisy), mask, factors.ScaledGuide], 1), text, timesteps);
        return factors.Velocity(noisy, output);
    }

    /// <summary>The scales around the network for some samples.</summary>
    /// <param name="guide">The guide's channels <c>[B, 4 + C, T', h, w]</c>.</param>
    /// <param name="timesteps">A timestep for each, <c>[B]</c>, int64.</param>
    public PreconditioningFactors Factors(Tensor guide, Tensor timesteps)
    {
        long folded = SpaceTimeMask.FoldedChannels;
        return _preconditioning.For(timesteps, guide.narrow(1, 0, folded), guide.narrow(1, folded, guide.shape[1] - folded));
    }

    /// <summary>Fills the trained weights from a file with the names of <see cref="NamedParameters"/>.</summary>
    /// <exception cref="InputException">A tensor is missing or has another shape.</exception>
    public void Load(ITensorSource weights)
    {
        Weights.Load(Dit, weights, DitPrefix);
        if (!_frozenCaptions)
            Weights.Load(Captions, weights, CaptionPrefix);
    }

    /// <summary>Caption embeddings <c>[B, L, D]</c>; zeros where there is no caption.</summary>
    public Tensor EncodeCaptions(IReadOnlyList<string?> captions)
    {
        if (captions.All(c => c is null))
            return Captions.NoCaption(captions.Count);
        var embedded = Embed(captions);
        if (captions.All(c => c is not null))
            return embedded;
        return embedded * tensor(captions.Select(c => c is null ? 0f : 1f).ToArray(), device: Device).reshape(captions.Count, 1, 1);
    }

    private Tensor Embed(IReadOnlyList<string?> captions)
    {
        if (!_frozenCaptions)
            return Captions.Encode([.. captions.Select(c => c ?? "")]);
        using var noGrad = no_grad();
        // Where there is no caption any embedding will do: it is multiplied by zero.
        string any = captions.First(c => c is not null)!;
        string[] wanted = [.. captions.Select(c => c ?? any)];
        return StoredCaptions is null ? Captions.Encode(wanted) : StoredCaptions(wanted);
    }

    /// <summary>Training mode for what is trained.</summary>
    public void Train()
    {
        Dit.train();
        Captions.train(!_frozenCaptions);
    }

    /// <summary>Evaluation mode.</summary>
    public void Eval()
    {
        Dit.eval();
        Captions.eval();
    }
}
