using AniSora.Models.Fast;
using AniSora.Models.Layers;

namespace AniSora.Models;

/// <summary>
/// CogVideoX's diffusion transformer (arXiv 2408.06072, §2.2) with room for AniSora's space-time mask: the noisy latent and whatever
/// guides it are stacked on the channels, cut into patches, and put into one sequence with the caption. Parameter names are those of
/// the published <c>CogVideoXTransformer3DModel</c>.
/// </summary>
/// <remarks>An instance is used by one thread at a time.</remarks>
public sealed class MaskedDiT : Module<Tensor, Tensor, Tensor, Tensor>
{
    internal readonly PatchEmbed patch_embed;
    internal readonly TimeEmbedding time_embedding;
    internal readonly ModuleList<TransformerBlock> transformer_blocks = new();
    internal readonly LayerNorm norm_final;
    internal readonly AdaptiveNorm norm_out;
    internal readonly Linear proj_out;

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
        var patches = proj_out.Apply(norm_out.call(norm_final.call(video), time));
        return patches.reshape(b, t, h, w, Config.OutChannels, p, p)
            .permute(0, 4, 1, 2, 5, 3, 6)
            .reshape(b, Config.OutChannels, t, h * p, w * p)
            .MoveToOuterDisposeScope();
    }

    /// <summary>A block's feed-forward network, tokens [B, N, D] to [B, N, D] (D = <see cref="DitConfig.InnerDim"/>).</summary>
    /// <param name="block">0 … <see cref="DitConfig.NumLayers"/> − 1.</param>
    public Module<Tensor, Tensor> FeedForward(int block) => transformer_blocks[block].ff;

    /// <summary>Puts a network of one's own into a block, as an experiment: it is trained and saved with the model from then on.</summary>
    /// <param name="block">0 … <see cref="DitConfig.NumLayers"/> − 1.</param>
    /// <param name="network">Tokens [B, N, D] to [B, N, D]; the model owns it. What stood there is left to the caller.</param>
    public void ReplaceFeedForward(int block, Module<Tensor, Tensor> network) => transformer_blocks[block].Replace(network);

    /// <summary>The rotary tables for a size, in the type and on the device of the tokens, made once and kept as long as the model.</summary>
    private RotaryTables Rotary(long textTokens, long t, long h, long w, Tensor tokens)
    {
        var key = (textTokens, t, h, w, tokens.dtype, tokens.device.ToString());
        if (_rotary.TryGetValue(key, out var tables))
            return tables;
        var (cos, sin) = PositionalEmbedding.Rotary(Config.AttentionHeadDim, t, h, w, textTokens);
        tables = new(cos.to(tokens.dtype, tokens.device), sin.to(tokens.dtype, tokens.device));
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

/// <summary>Cuts the latent into patches and brings patches and words to the transformer's width.</summary>
internal sealed class PatchEmbed : Module<Tensor, Tensor, (Tensor Video, Tensor Text)>
{
    internal readonly Conv2d proj;
    internal readonly Linear text_proj;
    internal readonly Parameter? pos_embedding;
    internal readonly DitConfig _config;

    public PatchEmbed(DitConfig config)
        : base(nameof(PatchEmbed))
    {
        _config = config;
        proj = Conv2d(config.InChannels, config.InnerDim, config.PatchSize, stride: config.PatchSize, bias: config.PatchBias);
        text_proj = Linear(config.TextEmbedDim, config.InnerDim);
        if (config.UseLearnedPositionalEmbeddings)
        {
            var (t, h, w) = LearnedGrid(config);
            var video = PositionalEmbedding.Sinusoidal(config.InnerDim, t, h, w, config.SpatialInterpolationScale, config.TemporalInterpolationScale);
            pos_embedding = new Parameter(cat([zeros(config.MaxTextSeqLength, config.InnerDim), video], 0).unsqueeze(0));
        }
        RegisterComponents();
    }

    /// <summary>Latent [B, C, T', H, W] and text [B, L, E] to tokens [B, T'·h·w, D] and [B, L, D].</summary>
    public override (Tensor Video, Tensor Text) forward(Tensor latent, Tensor text)
    {
        var p = _config.PatchSize;
        var (b, c, t, h, w) = (latent.shape[0], latent.shape[1], latent.shape[2], latent.shape[3] / p, latent.shape[4] / p);

        // A convolution whose stride is its kernel is a linear map of each patch, and as one matrix product it keeps all cores busy.
        var patches = latent.reshape(b, c, t, h, p, w, p).permute(0, 2, 3, 5, 1, 4, 6).reshape(b, t * h * w, c * p * p);
        var video = FastOps.Linear(patches, proj.weight.flatten(1), proj.bias);
        var caption = text_proj.Apply(text);

        if (pos_embedding is not null)
        {
            var (l, grid) = (text.shape[1], LearnedGrid(_config));
            if (h != grid.H || w != grid.W || t > grid.T || l != _config.MaxTextSeqLength)
                throw new InputException($"latent of {t}×{h * p}×{w * p} with {l} words: this model's learned positions are for {_config.SampleHeight}×{_config.SampleWidth}, at most {grid.T} steps, and {_config.MaxTextSeqLength} words");
            caption = caption + pos_embedding.narrow(1, 0, l);
            video = video + pos_embedding.narrow(1, l, t * h * w);
        }
        else if (!_config.UseRotaryPositionalEmbeddings)
            video = video + PositionalEmbedding.Sinusoidal(_config.InnerDim, t, h, w, _config.SpatialInterpolationScale, _config.TemporalInterpolationScale).to(video.dtype, video.device);
        return (video, caption);
    }

    /// <summary>Latent steps, rows and columns of tokens that learned positions are for.</summary>
    internal static (long T, long H, long W) LearnedGrid(DitConfig c) =>
        (((c.SampleFrames - 1) / c.TemporalCompressionRatio) + 1, c.SampleHeight / c.PatchSize, c.SampleWidth / c.PatchSize);
}

/// <summary>Two layers over the sinusoids of the diffusion time: [B, D] → [B, E].</summary>
internal sealed class TimeEmbedding : Module<Tensor, Tensor>
{
    internal readonly Linear linear_1;
    internal readonly Linear linear_2;

    public TimeEmbedding(DitConfig config)
        : base(nameof(TimeEmbedding))
    {
        linear_1 = Linear(config.InnerDim, config.TimeEmbedDim);
        linear_2 = Linear(config.TimeEmbedDim, config.TimeEmbedDim);
        RegisterComponents();
    }

    public override Tensor forward(Tensor sinusoid) => linear_2.Apply(linear_1.Apply(sinusoid).silu());
}

/// <summary>The last norm, shifted and scaled by the diffusion time. Its linear layer starts at zero.</summary>
internal sealed class AdaptiveNorm : Module<Tensor, Tensor, Tensor>
{
    internal readonly Linear linear;
    internal readonly LayerNorm norm;

    public AdaptiveNorm(DitConfig config)
        : base(nameof(AdaptiveNorm))
    {
        linear = Linear(config.TimeEmbedDim, 2 * config.InnerDim);
        norm = LayerNorm(config.InnerDim, eps: config.NormEps, elementwise_affine: config.NormElementwiseAffine);
        init.zeros_(linear.weight);
        init.zeros_(linear.bias!);
        RegisterComponents();
    }

    /// <summary>Tokens [B, N, D] with silu(time embedding) [B, E].</summary>
    public override Tensor forward(Tensor x, Tensor time)
    {
        var m = linear.Apply(time).unsqueeze(1).chunk(2, 2); // shift, scale
        return addcmul(m[0], norm.call(x), m[1] + 1, 1);
    }
}

/// <summary>
/// Expert adaptive layer norm (CogVideoX §2.2): one layer norm for all tokens, but text and video are shifted, scaled and gated apart,
/// each by what the diffusion time says. Its linear layer starts at zero: every block is the identity at first.
/// </summary>
internal sealed class ExpertLayerNorm : Module<Tensor, long, Tensor, (Tensor Sequence, Tensor Gate)>
{
    internal readonly Linear linear;
    internal readonly LayerNorm norm;
    internal readonly double _eps;

    public ExpertLayerNorm(DitConfig config)
        : base(nameof(ExpertLayerNorm))
    {
        linear = Linear(config.TimeEmbedDim, 6 * config.InnerDim);
        norm = LayerNorm(config.InnerDim, eps: config.NormEps, elementwise_affine: config.NormElementwiseAffine);
        _eps = config.NormEps;
        init.zeros_(linear.weight);
        init.zeros_(linear.bias!);
        RegisterComponents();
    }

    /// <summary>Normalises a sequence [B, L + N, D], caption first; <paramref name="time"/> is silu(embedding) [B, E].</summary>
    /// <returns>The same shape, and the gates [B, 2, D], caption's and video's, of what is computed from it.</returns>
    public override (Tensor Sequence, Tensor Gate) forward(Tensor sequence, long captionTokens, Tensor time)
    {
        // [B, 6·D]: shift, scale, gate of the video, then of the caption. The caption comes first from here on.
        var m = linear.Apply(time).view(time.shape[0], 2, 3, -1).flip(1).unbind(2);
        var scale = m[1] + 1;
        var offset = m[0];
        if (norm.weight is { } weight) // norm·w + b, scaled and shifted: norm·(w·scale) + (b·scale + shift)
            (scale, offset) = (scale * weight, addcmul(offset, scale, norm.bias!, 1));
        return (FastOps.ModulatedNorm(sequence, scale, offset, captionTokens, _eps), m[2]);
    }
}

/// <summary>Attention of all tokens to all tokens, queries and keys normalised per head and turned by position.</summary>
internal sealed class Attention : Module<Tensor, RotaryTables?, Tensor>
{
    internal readonly LayerNorm norm_q;
    internal readonly LayerNorm norm_k;
    internal readonly Linear to_q;
    internal readonly Linear to_k;
    internal readonly Linear to_v;
    internal readonly ModuleList<Linear> to_out;
    internal readonly int _heads;
    internal readonly int _headDim;

    public Attention(DitConfig config)
        : base(nameof(Attention))
    {
        (_heads, _headDim) = (config.NumAttentionHeads, config.AttentionHeadDim);
        norm_q = LayerNorm(_headDim, eps: 1e-6);
        norm_k = LayerNorm(_headDim, eps: 1e-6);
        to_q = Linear(config.InnerDim, config.InnerDim, config.AttentionBias);
        to_k = Linear(config.InnerDim, config.InnerDim, config.AttentionBias);
        to_v = Linear(config.InnerDim, config.InnerDim, config.AttentionBias);
        to_out = new(Linear(config.InnerDim, config.InnerDim));
        RegisterComponents();
    }

    /// <param name="x">Sequence [B, S, D].</param>
    /// <param name="rotary">Rotary tables, or null for models without.</param>
    /// <returns>[B, S, D].</returns>
    public override Tensor forward(Tensor x, RotaryTables? rotary)
    {
        Tensor PerHead(Linear to) => to.Apply(x).view(x.shape[0], x.shape[1], _heads, _headDim);
        Tensor Normed(Linear to, LayerNorm norm) => FastOps.HeadNorm(PerHead(to), norm.weight!, norm.bias!, 1e-6, rotary?.Cos, rotary?.Sin);
        var mixed = FastOps.Attention(Normed(to_q, norm_q), Normed(to_k, norm_k), PerHead(to_v)); // [B, S, H, d]
        return to_out[0].Apply(mixed.reshape(x.shape));
    }
}

/// <summary>Cosines and sines [S, d] of every token of a sequence.</summary>
internal sealed record RotaryTables(Tensor Cos, Tensor Sin);

/// <summary>The first half of the feed-forward layer: widen, then GELU.</summary>
internal sealed class GeluProjection : Module<Tensor, Tensor>
{
    internal readonly Linear proj;
    internal readonly bool _tanh;

    public GeluProjection(long dim, long inner, bool tanh)
        : base(nameof(GeluProjection))
    {
        proj = Linear(dim, inner);
        _tanh = tanh;
        RegisterComponents();
    }

    /// <summary>The linear layer alone.</summary>
    public Linear Projection => proj;

    public override Tensor forward(Tensor x) => _tanh ? F.gelu(proj.Apply(x), TorchSharp.Modules.GELU.Approximate.tanh) : F.gelu(proj.Apply(x));
}

/// <summary>Two linear layers, four times as wide between.</summary>
internal sealed class FeedForward : Module<Tensor, Tensor>
{
    internal readonly ModuleList<Module<Tensor, Tensor>> net;
    private readonly bool _fused;

    public FeedForward(DitConfig config)
        : base(nameof(FeedForward))
    {
        var (dim, inner) = (config.InnerDim, 4 * config.InnerDim);
        var tanh = config.ActivationFn == "gelu-approximate";
        net = new(
            new GeluProjection(dim, inner, tanh),
            Dropout(config.Dropout),
            Linear(inner, dim),
            Dropout(config.Dropout));
        _fused = tanh && config.Dropout == 0;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        if (_fused)
        {
            var (up, down) = (((GeluProjection)net[0]).Projection, (Linear)net[2]);
            return FastOps.FeedForward(x, up.weight, up.bias!, down.weight, down.bias!);
        }
        foreach (var layer in net)
            x = layer.call(x);
        return x;
    }
}

/// <summary>One block: attention, then feed-forward, each normed before, gated after, and added to what came in.</summary>
internal sealed class TransformerBlock : Module<Tensor, long, Tensor, RotaryTables?, Tensor>
{
    internal readonly ExpertLayerNorm norm1;
    internal readonly Attention attn1;
    internal readonly ExpertLayerNorm norm2;
    internal Module<Tensor, Tensor> ff;

    public TransformerBlock(DitConfig config)
        : base(nameof(TransformerBlock))
    {
        norm1 = new ExpertLayerNorm(config);
        attn1 = new Attention(config);
        norm2 = new ExpertLayerNorm(config);
        ff = new FeedForward(config);
        RegisterComponents();
    }

    /// <summary>From a sequence [B, L + N, D], caption first, to the next.</summary>
    public override Tensor forward(Tensor sequence, long captionTokens, Tensor time, RotaryTables? rotary) =>
        ActivationCheckpointing.Block(this, inputs => Run(inputs[0], captionTokens, inputs[1], rotary), sequence, time);

    /// <summary>Puts another network into the place of <see cref="ff"/>; its weights take its name.</summary>
    public void Replace(Module<Tensor, Tensor> feedForward)
    {
        register_module(nameof(ff), null!);
        register_module(nameof(ff), ff = feedForward);
    }

    private Tensor Run(Tensor x, long captionTokens, Tensor time, RotaryTables? rotary)
    {
        using var scope = NewDisposeScope();
        var (normed, gate) = norm1.call(x, captionTokens, time);
        x = scope.DisposeEverythingBut(FastOps.AddGated(x, attn1.call(normed, rotary), gate, captionTokens));
        (normed, gate) = norm2.call(x, captionTokens, time);
        x = FastOps.AddGated(x, ff.call(normed), gate, captionTokens);
        return x.MoveToOuterDisposeScope();
    }
}
