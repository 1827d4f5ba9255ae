using GeluKind = AniSora.Torch.Modules.GELU.Approximate; // GELU alone means the factory method

namespace AniSora.Training.Models;

/// <summary>
/// Expert adaptive layer norm (CogVideoX §2.2): one layer norm for all tokens, but text and video are shifted, scaled and gated apart,
/// each by what the diffusion time says. Its linear layer starts at zero: every block is the identity at first.
/// </summary>
internal sealed class ExpertLayerNorm : Module<Tensor, long, Tensor, (Tensor Sequence, Tensor Gate)>
{
    private readonly Linear linear;
    private readonly LayerNorm norm;
    private readonly double _eps;

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
        var m = linear.call(time).view(time.shape[0], 2, 3, -1).flip(1).unbind(2);
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
    private readonly LayerNorm norm_q;
    private readonly LayerNorm norm_k;
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly ModuleList<Linear> to_out;
    private readonly int _heads;
    private readonly int _headDim;

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
        Tensor PerHead(Linear to) => to.call(x).view(x.shape[0], x.shape[1], _heads, _headDim);
        Tensor Normed(Linear to, LayerNorm norm) => FastOps.HeadNorm(PerHead(to), norm.weight!, norm.bias!, 1e-6, rotary?.Cos, rotary?.Sin);
        var mixed = FastOps.Attention(Normed(to_q, norm_q), Normed(to_k, norm_k), PerHead(to_v)); // [B, S, H, d]
        return to_out[0].call(mixed.reshape(x.shape));
    }
}

/// <summary>Cosines and sines [S, d] of every token of a sequence.</summary>
internal sealed record RotaryTables(Tensor Cos, Tensor Sin);

/// <summary>The first half of the feed-forward layer: widen, then GELU.</summary>
internal sealed class GeluProjection : Module<Tensor, Tensor>
{
    private readonly Linear proj;
    private readonly bool _tanh;

    public GeluProjection(long dim, long inner, bool tanh)
        : base(nameof(GeluProjection))
    {
        proj = Linear(dim, inner);
        _tanh = tanh;
        RegisterComponents();
    }

    /// <summary>The linear layer alone.</summary>
    public Linear Projection => proj;

    public override Tensor forward(Tensor x) => _tanh ? F.gelu(proj.call(x), GeluKind.tanh) : F.gelu(proj.call(x));
}

/// <summary>Two linear layers, four times as wide between.</summary>
internal sealed class FeedForward : Module<Tensor, Tensor>
{
    private readonly ModuleList<Module<Tensor, Tensor>> net;
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
    private readonly ExpertLayerNorm norm1;
    private readonly Attention attn1;
    private readonly ExpertLayerNorm norm2;
    private readonly FeedForward ff;

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
        Recompute.Block(this, inputs => Run(inputs[0], captionTokens, inputs[1], rotary), sequence, time);

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
