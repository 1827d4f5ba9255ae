using AniSora.Models;

namespace AniSora.Benchmarks.Stock;

/// <summary>A block over video [B, N, D] and caption [B, L, D], with time [B, E] and rotary tables [L + N, d].</summary>
internal sealed class StockBlock : Module<Tensor, Tensor, Tensor, Tensor, Tensor, (Tensor Video, Tensor Text)>
{
    private readonly StockExpertNorm norm1;
    private readonly StockAttention attn1;
    private readonly StockExpertNorm norm2;
    private readonly StockFeedForward ff;

    public StockBlock(DitConfig config)
        : base(nameof(StockBlock))
    {
        norm1 = new StockExpertNorm(config);
        attn1 = new StockAttention(config);
        norm2 = new StockExpertNorm(config);
        ff = new StockFeedForward(config);
        RegisterComponents();
    }

    public override (Tensor Video, Tensor Text) forward(Tensor video, Tensor text, Tensor time, Tensor cos, Tensor sin)
    {
        using var scope = NewDisposeScope();
        var (words, tokens) = (text.shape[1], video.shape[1]);
        var (v, t, gate, textGate) = norm1.call(video, text, time);
        var y = attn1.call(cat([t, v], 1), cos, sin);
        (video, text) = (video + gate * y.narrow(1, words, tokens), text + textGate * y.narrow(1, 0, words));
        (v, t, gate, textGate) = norm2.call(video, text, time);
        y = ff.call(cat([t, v], 1));
        return ((video + gate * y.narrow(1, words, tokens)).MoveToOuterDisposeScope(), (text + textGate * y.narrow(1, 0, words)).MoveToOuterDisposeScope());
    }
}

/// <summary>One layer norm for video and caption, each shifted, scaled and later gated by the time.</summary>
internal sealed class StockExpertNorm : Module<Tensor, Tensor, Tensor, (Tensor Video, Tensor Text, Tensor Gate, Tensor TextGate)>
{
    private readonly Linear linear;
    private readonly LayerNorm norm;

    public StockExpertNorm(DitConfig config)
        : base(nameof(StockExpertNorm))
    {
        linear = Linear(config.TimeEmbedDim, 6 * config.InnerDim);
        norm = LayerNorm(config.InnerDim, eps: config.NormEps);
        RegisterComponents();
    }

    public override (Tensor Video, Tensor Text, Tensor Gate, Tensor TextGate) forward(Tensor video, Tensor text, Tensor time)
    {
        var m = linear.call(F.silu(time)).unsqueeze(1).chunk(6, 2);
        return (norm.call(video) * (1 + m[1]) + m[0], norm.call(text) * (1 + m[4]) + m[3], m[2], m[5]);
    }
}

/// <summary>Attention over [B, S, D], queries and keys normalised per head and turned by position.</summary>
internal sealed class StockAttention : Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly LayerNorm norm_q;
    private readonly LayerNorm norm_k;
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly ModuleList<Linear> to_out;
    private readonly int _heads;

    public StockAttention(DitConfig config)
        : base(nameof(StockAttention))
    {
        var dim = config.InnerDim;
        _heads = config.NumAttentionHeads;
        (norm_q, norm_k) = (LayerNorm(config.AttentionHeadDim, eps: 1e-6), LayerNorm(config.AttentionHeadDim, eps: 1e-6));
        (to_q, to_k, to_v) = (Linear(dim, dim), Linear(dim, dim), Linear(dim, dim));
        to_out = new(Linear(dim, dim));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor cos, Tensor sin)
    {
        var (b, s) = (x.shape[0], x.shape[1]);
        Tensor Heads(Linear to) => to.call(x).view(b, s, _heads, -1).transpose(1, 2); // [B, H, S, d]
        Tensor Turn(Tensor y) => y * cos + stack([-y.slice(-1, 1, y.shape[3], 2), y.slice(-1, 0, y.shape[3], 2)], -1).flatten(-2) * sin;
        var mixed = F.scaled_dot_product_attention(Turn(norm_q.call(Heads(to_q))), Turn(norm_k.call(Heads(to_k))), Heads(to_v));
        return to_out[0].call(mixed.transpose(1, 2).reshape(x.shape));
    }
}

/// <summary>A linear layer, then GELU.</summary>
internal sealed class StockProjection : Module<Tensor, Tensor>
{
    private readonly Linear proj;
    private readonly bool _tanh;

    public StockProjection(DitConfig config)
        : base(nameof(StockProjection))
    {
        proj = Linear(config.InnerDim, 4 * config.InnerDim);
        _tanh = config.ActivationFn == "gelu-approximate";
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => F.gelu(proj.call(x), _tanh ? TorchSharp.Modules.GELU.Approximate.tanh : TorchSharp.Modules.GELU.Approximate.none);
}

/// <summary>Two linear layers, four times as wide between.</summary>
internal sealed class StockFeedForward : Module<Tensor, Tensor>
{
    private readonly ModuleList<Module<Tensor, Tensor>> net;

    public StockFeedForward(DitConfig config)
        : base(nameof(StockFeedForward))
    {
        net = new(new StockProjection(config), Dropout(config.Dropout), Linear(4 * config.InnerDim, config.InnerDim));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        foreach (var layer in net)
            x = layer.call(x);
        return x;
    }
}
