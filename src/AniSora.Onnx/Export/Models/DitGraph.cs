using AniSora.Models;
using AniSora.Onnx.Export.Layers;

namespace AniSora.Onnx.Export.Models;

/// <summary><see cref="MaskedDiT"/> as a graph, in its order.</summary>
internal static class DitGraph
{
    /// <summary>Latent [B, C, T', h, w], caption embedding [B, L, E] and diffusion times [B] to [B, C', T', h, w].</summary>
    public static Value Build(this GraphBuilder g, MaskedDiT m, Value latent, Value text, Value timestep)
    {
        var (c, p) = (m.Config, m.Config.PatchSize);
        var (b, t, h, w) = (latent.Shape[0], latent.Shape[2], Part(latent, 3, p), Part(latent, 4, p));

        // 1. Patches and words to tokens: video [B, T'·h·w, D], caption [B, L, D].
        var (video, caption) = g.Build(m.patch_embed, latent, text);
        long words = caption.Shape[1].Constant;

        // 2. The diffusion time, [B, E]; every use of it begins with silu, so it is taken once.
        var time = g.Build(m.time_embedding, PositionGraph.Timestep(g, timestep, c.InnerDim, c.FlipSinToCos, c.FreqShift)).Silu();

        // 3. The transformer over one sequence, caption first.
        (Value, Value)? rotary = c.UseRotaryPositionalEmbeddings ? PositionGraph.Rotary(g, c.AttentionHeadDim, t, h, w, words) : null;
        var sequence = Value.Concat([caption, video], 1);
        foreach (var block in m.transformer_blocks)
            sequence = g.Build(block, sequence, words, time, rotary);
        video = sequence.Narrow(1, words, t * h * w);

        // 4. Video tokens back to the latent's shape: [B, T'·h·w, C'·p·p] → [B, C', T', h·p, w·p].
        var patches = g.Call(m.proj_out, g.Build(m.norm_out, g.Call(m.norm_final, video), time));
        return patches.Reshape(b, t, h, w, c.OutChannels, p, p)
            .Permute(0, 4, 1, 2, 5, 3, 6)
            .Reshape(b, c.OutChannels, t, h * p, w * p);
    }

    private static Dim Part(Value latent, int axis, int p) => latent.Shape[axis].FloorDivide(p) is { } part && (part * p).Equals(latent.Shape[axis]) ? part
        : throw latent.Graph.Error($"height and width must be multiples of the patch size {p}: give them as {p} * rows and {p} * columns");

    /// <summary>Latent [B, C, T', H, W] and text [B, L, E] to tokens [B, T'·h·w, D] and [B, L, D].</summary>
    private static (Value Video, Value Text) Build(this GraphBuilder g, PatchEmbed m, Value latent, Value text)
    {
        using var here = g.Enter(m);
        var (c, p) = (m._config, m._config.PatchSize);
        var (b, channels, t, h, w) = (latent.Shape[0], latent.Shape[1], latent.Shape[2], Part(latent, 3, p), Part(latent, 4, p));
        var patches = latent.Reshape(b, channels, t, h, p, w, p).Permute(0, 2, 3, 5, 1, 4, 6).Reshape(b, t * h * w, channels * p * p);
        var video = Linear(g, m.proj, patches, channels.Constant * p * p);
        var caption = g.Call(m.text_proj, text);
        if (m.pos_embedding is not null)
        {
            var positions = g.Weight(m.pos_embedding);
            caption += positions.Narrow(1, 0, text.Shape[1]);
            video += positions.Narrow(1, text.Shape[1], t * h * w);
        }
        else if (!c.UseRotaryPositionalEmbeddings)
            video += PositionGraph.Sinusoidal(g, c.InnerDim, t, h, w, c.SpatialInterpolationScale, c.TemporalInterpolationScale);
        return (video, caption);
    }

    /// <summary>A convolution whose stride is its kernel, as a linear map of each patch.</summary>
    private static Value Linear(GraphBuilder g, Conv2d m, Value patches, long width)
    {
        using var here = g.Enter(m);
        var y = patches.MatMul(g.Weight(m.weight!, ".transposed", w => w.reshape(-1, width).t()));
        return m.bias is null ? y : y + g.Weight(m.bias);
    }

    private static Value Build(this GraphBuilder g, TimeEmbedding m, Value sinusoid)
    {
        using var here = g.Enter(m);
        return g.Call(m.linear_2, g.Call(m.linear_1, sinusoid).Silu());
    }

    /// <summary>Tokens [B, N, D] with silu(time embedding) [B, E].</summary>
    private static Value Build(this GraphBuilder g, AdaptiveNorm m, Value x, Value time)
    {
        using var here = g.Enter(m);
        var shiftScale = g.Call(m.linear, time).Unsqueeze(1).Chunk(2, 2);
        return shiftScale[0] + (g.Call(m.norm, x) * (shiftScale[1] + 1));
    }

    /// <summary>From a sequence [B, L + N, D], caption first, to the next.</summary>
    private static Value Build(this GraphBuilder g, TransformerBlock m, Value x, long words, Value time, (Value, Value)? rotary)
    {
        using var here = g.Enter(m);
        var (normed, gate) = g.Build(m.norm1, x, words, time);
        x += g.Build(m.attn1, normed, rotary) * Spread(gate, x.Shape[1], words);
        (normed, gate) = g.Build(m.norm2, x, words, time);
        return x + ((m.ff is FeedForward own ? g.Build(own, normed) : g.Call(m.ff, normed)) * Spread(gate, x.Shape[1], words));
    }

    /// <summary>Normalises a sequence [B, L + N, D]; gives the gates [B, 2, D] too, caption's and video's.</summary>
    private static (Value Sequence, Value Gate) Build(this GraphBuilder g, ExpertLayerNorm m, Value x, long words, Value time)
    {
        using var here = g.Enter(m);
        // [B, 6·D]: shift, scale, gate of the video, then of the caption. The caption comes first from here on.
        var (b, d) = (time.Shape[0], x.Shape[2]);
        var parts = g.Call(m.linear, time).Reshape(b, 2, 3, d).Chunk(2, 1);
        Value[] modulation = [.. Value.Concat([parts[1], parts[0]], 1).Chunk(3, 2).Select(part => part.Reshape(b, 2, d))];
        var (offset, scale) = (modulation[0], modulation[1] + 1);
        if (m.norm.weight is not null) // norm·w + b, scaled and shifted: norm·(w·scale) + (b·scale + shift)
            (scale, offset) = (scale * g.Weight(m.norm.weight), offset + (scale * g.Weight(m.norm.bias!)));
        var normed = Norms.LayerNorm(x, [d.Constant], null, null, m._eps);
        return ((normed * Spread(scale, x.Shape[1], words)) + Spread(offset, x.Shape[1], words), modulation[2]);
    }

    /// <summary>What belongs to the caption and to the video, [B, 2, D], for every token: [B, L + N, D]. Rows are gathered at once, which is
    /// faster than to repeat and then join them.</summary>
    private static Value Spread(Value parts, Dim tokens, long words)
    {
        var g = parts.Graph;
        var index = Value.Concat([g.Integers([0]).Expand(words), g.Integers([1]).Expand(tokens - words)], 0);
        return parts.Gather(index, 1);
    }

    private static Value Build(this GraphBuilder g, Attention m, Value x, (Value Cos, Value Sin)? rotary)
    {
        using var here = g.Enter(m);
        Value PerHead(Linear to) => g.Call(to, x).Reshape(x.Shape[0], x.Shape[1], m._heads, m._headDim);
        Value Turned(Value y)
        {
            if (rotary is not var (cos, sin))
                return y;
            // Each pair of neighbours (a, b) is turned to (a·cos - b·sin, b·cos + a·sin).
            var pairs = y.Reshape([.. y.Shape.Take(3), m._headDim / 2, 2]).Chunk(2, 4);
            return (y * cos) + (Value.Concat([-pairs[1], pairs[0]], 4).Reshape(y.Shape) * sin);
        }

        var q = Turned(g.Call(m.norm_q, PerHead(m.to_q))).Permute(0, 2, 1, 3) * (1 / Math.Sqrt(m._headDim));
        var k = Turned(g.Call(m.norm_k, PerHead(m.to_k))).Permute(0, 2, 3, 1);
        var mixed = q.MatMul(k).Softmax(-1).MatMul(PerHead(m.to_v).Permute(0, 2, 1, 3));
        return g.Call(m.to_out[0], mixed.Permute(0, 2, 1, 3).Reshape(x.Shape));
    }

    private static Value Build(this GraphBuilder g, FeedForward m, Value x)
    {
        using var here = g.Enter(m);
        var widen = (GeluProjection)m.net[0];
        using (g.Enter(widen))
            x = g.Call(widen.proj, x).Gelu(widen._tanh);
        return g.Call(m.net[2], x);
    }
}
