using AniSora.Models;

namespace AniSora.Onnx.Export.Models;

/// <summary><see cref="CaptionEncoder"/> as a graph, in its order.</summary>
internal static class CaptionGraph
{
    /// <summary>Word numbers [B, L] to [B, L, D].</summary>
    public static Value Build(this GraphBuilder g, CaptionEncoder m, Value tokens)
    {
        var x = g.Call(m.token_embedding, tokens) + g.Weight(m.position_embedding);
        foreach (var layer in m.layers)
            x = g.Build(layer, x);
        return g.Call(m.norm_final, x);
    }

    private static Value Build(this GraphBuilder g, CaptionLayer m, Value x)
    {
        using var here = g.Enter(m);
        var (b, l, d, heads) = (x.Shape[0], x.Shape[1], x.Shape[2], m._heads);
        var width = d.Constant / heads;
        Value[] qkv = [.. g.Call(m.to_qkv, g.Call(m.norm1, x)).Chunk(3, 2).Select(part => part.Reshape(b, l, heads, width).Permute(0, 2, 1, 3))];
        var scores = qkv[0].MatMul(qkv[1].Transpose(2, 3)) * (1 / Math.Sqrt(width));
        var mixed = scores.Softmax(-1).MatMul(qkv[2]).Permute(0, 2, 1, 3).Reshape(b, l, d);
        x += g.Call(m.to_out, mixed);
        return x + g.Call(m.down, g.Call(m.up, g.Call(m.norm2, x)).Gelu());
    }
}
