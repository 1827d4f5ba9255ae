using AniSora.Torch.Recording;

namespace AniSora.Training.Models;

/// <summary>
/// CogVideoX's diffusion transformer (arXiv 2408.06072, §2.2) with room for AniSora's space-time mask: the noisy latent and whatever
/// guides it are stacked on the channels, cut into patches, and put into one sequence with the caption. Parameter names are those of
/// the published <c>CogVideoXTransformer3DModel</c>.
/// </summary>
/// <remarks>An instance is used by one thread at a time.</remarks>
public sealed class MaskedDiT : Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly PatchEmbed patch_embed;
    private readonly TimeEmbedding time_embedding;
    private readonly ModuleList<TransformerBlock> transformer_blocks = new();
    private readonly LayerNorm norm_final;
    private readonly AdaptiveNorm norm_out;
    private readonly Linear proj_out;

    private readonly Dictionary<(long Text, long T, long H, long W, ScalarType Type, string Device), RotaryTables> _rotary = [];

    /// <summary>Makes a model with random weights; its output is zero until it is trained.</summary>
    /// <param name="config">The model's sizes.</param>
    /// <exception cref="InputException">The sizes do not fit together.</exception>
    public MaskedDiT(DitConfig config)
        : base(nameof(MaskedDiT))
    {
        config.Validate("DiT configuration");
        Config = config;
        patch_embed = new PatchEmbed(config);
        time_embedding = new TimeEmbedding(config);
        for (var i = 0; i < config.NumLayers; i++)
            transformer_blocks.Add(new TransformerBlock(config));
        norm_final = LayerNorm(config.InnerDim, eps: config.NormEps, elementwise_affine: config.NormElementwiseAffine);
        norm_out = new AdaptiveNorm(config);
        proj_out = Linear(config.InnerDim, config.OutChannels * config.PatchSize * config.PatchSize);
        init.zeros_(proj_out.weight);
        init.zeros_(proj_out.bias!);
        RegisterComponents();
    }

    /// <summary>The model's sizes.</summary>
    public DitConfig Config { get; }

    /// <summary>Predicts the velocity √ᾱ·ε − √(1−ᾱ)·x₀ (or what else the model was trained for) from a noisy latent.</summary>
    /// <param name="latent">[B, C, T', h, w]: noisy latent, then folded mask and guide latent; h and w multiples of the patch size.</param>
    /// <param name="text">Caption embedding [B, L, E]; zeros for none.</param>
    /// <param name="timestep">Diffusion time [B], in [0, 1000).</param>
    /// <returns>[B, C', T', h, w].</returns>
    /// <exception cref="InputException">A tensor's shape does not fit the model.</exception>
    public override Tensor forward(Tensor latent, Tensor text, Tensor timestep)
    {
        CheckInput(latent, text, timestep);
        using var scope = NewDisposeScope();
        var p = Config.PatchSize;
        var (b, t, h, w) = (latent.shape[0], latent.shape[2], latent.shape[3] / p, latent.shape[4] / p);

        // 1. Patches and words to tokens: video [B, T'·h·w, D], caption [B, L, D].
        var (video, caption) = patch_embed.call(latent, text);

        // 2. The diffusion time, [B, E]; every use of it begins with silu, so it is taken once.
        var sinusoid = PositionalEmbedding.Timestep(timestep, Config.InnerDim, Config.FlipSinToCos, Config.FreqShift);
        var time = time_embedding.call(sinusoid.to(video.dtype)).silu();

        // 3. The transformer over one sequence, caption first.
        var rotary = Config.UseRotaryPositionalEmbeddings ? Rotary(caption.shape[1], t, h, w, video) : null;
        var sequence = cat([caption, video], 1);
        foreach (var block in transformer_blocks)
        {
            using var before = sequence; // if the backward pass needs it, the graph has it
            sequence = block.call(sequence, caption.shape[1], time, rotary);
        }
        video = sequence.narrow(1, caption.shape[1], video.shape[1]);

        // 4. Video tokens back to the latent's shape: [B, T'·h·w, C'·p·p] → [B, C', T', h·p, w·p].
        var patches = proj_out.call(norm_out.call(norm_final.call(video), time));
        return patches.reshape(b, t, h, w, Config.OutChannels, p, p)
            .permute(0, 4, 1, 2, 5, 3, 6)
            .reshape(b, Config.OutChannels, t, h * p, w * p)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The rotary tables for a size, in the type and on the device of the tokens, made once and kept as long as the model.</summary>
    private RotaryTables Rotary(long textTokens, long t, long h, long w, Tensor tokens)
    {
        var key = (textTokens, t, h, w, tokens.dtype, tokens.device.ToString());
        if (!GraphRecorder.IsRecording && _rotary.TryGetValue(key, out var tables))
            return tables;
        var (cos, sin) = PositionalEmbedding.Rotary(Config.AttentionHeadDim, t, h, w, textTokens);
        tables = new(cos.to(tokens.dtype, tokens.device), sin.to(tokens.dtype, tokens.device));
        if (GraphRecorder.IsRecording)
            return tables;
        tables.Cos.DetachFromDisposeScope();
        tables.Sin.DetachFromDisposeScope();
        return _rotary[key] = tables;
    }

    private void CheckInput(Tensor latent, Tensor text, Tensor timestep)
    {
        static string Shape(Tensor x) => $"[{string.Join(", ", x.shape)}]";
        if (latent.ndim != 5 || latent.shape[1] != Config.InChannels)
            throw new InputException($"latent has shape {Shape(latent)}; this DiT reads [B, {Config.InChannels}, T', h, w]");
        if (latent.shape[3] % Config.PatchSize != 0 || latent.shape[4] % Config.PatchSize != 0)
            throw new InputException($"latent has shape {Shape(latent)}; height and width must be multiples of the patch size {Config.PatchSize}");
        if (text.ndim != 3 || text.shape[0] != latent.shape[0] || text.shape[2] != Config.TextEmbedDim)
            throw new InputException($"text has shape {Shape(text)}; this DiT reads [{latent.shape[0]}, L, {Config.TextEmbedDim}]");
        if (timestep.ndim != 1 || timestep.shape[0] != latent.shape[0])
            throw new InputException($"timestep has shape {Shape(timestep)}; give one per sample, [{latent.shape[0]}]");
    }
}
