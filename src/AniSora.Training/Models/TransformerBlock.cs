using GeluKind = AniSora.Torch.Modules.GELU.Approximate; // GELU alone means the factory method

namespace AniSora.Training.Models;

/// <summary>
/// Expert adaptive layer norm (CogVideoX §2.2): one layer norm for all tokens, but text and video are shifted, scaled and gated apart,
/// each by what the diffusion time says. Its linear layer starts at zero: every block is the identity at first.
/// </summary>
internal sealed class ExpertLayerNorm : nn.Module
{
    private readonly Linear linear;
    private readonly LayerNorm norm;

    public ExpertLayerNorm(DitConfig config)
        : base(nameof(ExpertLayerNorm))
    {
        linear = Linear(config.TimeEmbedDim, 6 * config.InnerDim);
        norm = LayerNorm(config.InnerDim, eps: config.NormEps, elementwise_affine: config.NormElementwiseAffine);
        init.zeros_(linear.weight);
        init.zeros_(linear.bias!);
        RegisterComponents();
    }

    /// <summary>Normalises video [B, N, D] and text [B, L, D]; <paramref name="time"/> is silu(embedding) [B, E].</summary>
    /// <returns>One sequence [B, L + N, D], and the gates [B, 1, D] of what is computed from it.</returns>
    public (Tensor Sequence, Tensor VideoGate, Tensor TextGate) Apply(Tensor video, Tensor text, Tensor time)
    {
        // [B, 6·D] → shift, scale, gate of the video, then of the text
        var m = linear.call(time).unsqueeze(1).chunk(6, 2);
        var sequence = cat([addcmul(m[3], norm.call(text), m[4] + 1, 1), addcmul(m[0], norm.call(video), m[1] + 1, 1)], 1);
        return (sequence, m[2], m[5]);
    }
}

/// <summary>Attention of all tokens to all tokens, queries and keys normalised per head and turned by position.</summary>
internal sealed class Attention : nn.Module
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
    public Tensor Attend(Tensor x, RotaryTables? rotary)
    {
        var (b, s) = (x.shape[0], x.shape[1]);
        var perHead = new[] { b, s, _heads, _headDim };
        // 1/√d goes into the query's norm, whose weights are small, instead of over all S×S scores.
        var scale = 1 / Math.Sqrt(_headDim);
        var q = F.layer_norm(to_q.call(x).view(perHead), [_headDim], norm_q.weight! * scale, norm_q.bias! * scale, 1e-6);
        var k = F.layer_norm(to_k.call(x).view(perHead), [_headDim], norm_k.weight, norm_k.bias, 1e-6);
        if (rotary is not null)
            (q, k) = (rotary.Turn(q), rotary.Turn(k));

        var scores = bmm(FoldHeads(q), FoldHeads(k).transpose(1, 2)); // [B·H, S, S]
        var mixed = bmm(scores.softmax(-1), FoldHeads(to_v.call(x).view(perHead)));
        return to_out[0].call(mixed.view(b, _heads, s, _headDim).transpose(1, 2).reshape(b, s, -1));
    }

    /// <summary>[B, S, H, d] → [B·H, S, d].</summary>
    private static Tensor FoldHeads(Tensor x) => x.transpose(1, 2).reshape(x.shape[0] * x.shape[2], x.shape[1], x.shape[3]);
}

/// <summary>Cosines and sines [S, 1, d] of every token of a sequence, and the matrix that turns pairs by a right angle.</summary>
internal sealed record RotaryTables(Tensor Cos, Tensor Sin, Tensor QuarterTurn)
{
    /// <summary>Turns [B, S, H, d].</summary>
    public Tensor Turn(Tensor x) => addcmul(x * Cos, x.matmul(QuarterTurn), Sin, 1);
}

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

    public override Tensor forward(Tensor x) => _tanh ? F.gelu(proj.call(x), GeluKind.tanh) : F.gelu(proj.call(x));
}

/// <summary>Two linear layers, four times as wide between.</summary>
internal sealed class FeedForward : Module<Tensor, Tensor>
{
    private readonly ModuleList<Module<Tensor, Tensor>> net;

    public FeedForward(DitConfig config)
        : base(nameof(FeedForward))
    {
        var (dim, inner) = (config.InnerDim, 4 * config.InnerDim);
        net = new(
            new GeluProjection(dim, inner, config.ActivationFn == "gelu-approximate"),
            Dropout(config.Dropout),
            Linear(inner, dim),
            Dropout(config.Dropout));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        foreach (var layer in net)
            x = layer.call(x);
        return x;
    }
}

/// <summary>One block: attention, then feed-forward, each normed before, gated after, and added to what came in.</summary>
internal sealed class TransformerBlock : nn.Module
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

    /// <summary>Video [B, N, D] and text [B, L, D], both changed.</summary>
    public (Tensor Video, Tensor Text) Apply(Tensor video, Tensor text, Tensor time, RotaryTables? rotary)
    {
        var results = Recompute.Block(this, inputs => Run(inputs[0], inputs[1], inputs[2], rotary), video, text, time);
        return (results[0], results[1]);
    }

    private Tensor[] Run(Tensor video, Tensor text, Tensor time, RotaryTables? rotary)
    {
        using var scope = NewDisposeScope();
        var (sequence, videoGate, textGate) = norm1.Apply(video, text, time);
        (video, text) = AddGated(video, text, attn1.Attend(sequence, rotary), videoGate, textGate);
        (sequence, videoGate, textGate) = norm2.Apply(video, text, time);
        (video, text) = AddGated(video, text, ff.call(sequence), videoGate, textGate);
        return [video.MoveToOuterDisposeScope(), text.MoveToOuterDisposeScope()];
    }

    private static (Tensor Video, Tensor Text) AddGated(Tensor video, Tensor text, Tensor change, Tensor videoGate, Tensor textGate)
    {
        var (l, n) = (text.shape[1], video.shape[1]);
        return (addcmul(video, change.narrow(1, l, n), videoGate, 1), addcmul(text, change.narrow(1, 0, l), textGate, 1));
    }
}
