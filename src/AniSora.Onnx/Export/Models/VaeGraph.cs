using AniSora.Models;
using AniSora.Models.Layers;

namespace AniSora.Onnx.Export.Models;

/// <summary>What one chunk of a clip leaves behind for the next, as <see cref="ChunkState"/>.</summary>
/// <param name="before">Frames that precede this chunk at every causal convolution; null at the clip's beginning.</param>
internal sealed class ChunkValues(IReadOnlyDictionary<CausalConv3d, Value>? before)
{
    /// <summary>Whether the chunk begins the clip.</summary>
    public bool IsFirst => before is null;

    /// <summary>What is kept for the next chunk, in the order of the convolutions' first use.</summary>
    public OrderedDictionary<CausalConv3d, Value> Tails { get; } = [];

    /// <summary>The frames that precede this chunk at a convolution, or null at the clip's beginning.</summary>
    public Value? Before(CausalConv3d conv) => before?[conv];
}

/// <summary><see cref="CausalVae"/> as a graph, in its order.</summary>
internal static class VaeGraph
{
    /// <summary>A piece of a clip [B, C, T, H, W] to means and log-variances, [B, 2·Z, T', h, w].</summary>
    public static Value Encode(this GraphBuilder g, CausalVae m, Value chunk, ChunkValues state)
    {
        var moments = g.Build(m.encoder, FoldPatches(chunk, m.Config.PatchSize), state);
        if (m.linear_path is null)
            return moments;
        var halves = moments.Chunk(2, 1);
        return Value.Concat([halves[0] + g.Build(m.linear_path, chunk, state.IsFirst), halves[1]], 1);
    }

    /// <summary>A piece of a latent [B, Z, T', h, w] to video [B, C, T, 8h, 8w].</summary>
    public static Value Decode(this GraphBuilder g, CausalVae m, Value chunk, ChunkValues state)
    {
        var video = UnfoldPatches(g.Build(m.decoder, chunk, state), m.Config.PatchSize);
        return m.linear_path is null ? video : video + g.Decode(m.linear_path, chunk, state.IsFirst);
    }

    private static Value Build(this GraphBuilder g, Encoder m, Value x, ChunkValues state)
    {
        using var here = g.Enter(m);
        var h = g.Build(m.conv_in, x, state);
        foreach (var block in m.down_blocks)
        {
            using var inBlock = g.Enter(block);
            foreach (var resnet in block.resnets)
                h = g.Build(resnet, h, state);
            if (block.downsamplers is not null)
                h = g.Build(block.downsamplers[0], h, state);
        }
        foreach (var resnet in m.mid_block.resnets)
            h = g.Build(resnet, h, state);
        return g.Build(m.conv_out, g.Build(m.norm_out, h), state);
    }

    private static Value Build(this GraphBuilder g, Decoder m, Value z, ChunkValues state)
    {
        using var here = g.Enter(m);
        var h = g.Build(m.conv_in, z, state);
        foreach (var resnet in m.mid_block.resnets)
            h = g.Build(resnet, h, z, state);
        foreach (var block in m.up_blocks)
        {
            using var inBlock = g.Enter(block);
            foreach (var resnet in block.resnets)
                h = g.Build(resnet, h, z, state);
            if (block.upsamplers is not null)
                h = g.Build(block.upsamplers[0], h, state);
        }
        return g.Build(m.conv_out, g.Build(m.norm_out, h, z, state), state);
    }

    /// <summary>[B, C, T, H, W] → [B, C·p·p, T, H/p, W/p]: pixels of a square become channels.</summary>
    private static Value FoldPatches(Value video, int p)
    {
        if (p == 1)
            return video;
        var (b, c, t, h, w) = (video.Shape[0], video.Shape[1], video.Shape[2], video.Shape[3].FloorDivide(p)!, video.Shape[4].FloorDivide(p)!);
        return video.Reshape(b, c, t, h, p, w, p).Permute(0, 1, 4, 6, 2, 3, 5).Reshape(b, c * p * p, t, h, w);
    }

    /// <summary>The inverse of <see cref="FoldPatches"/>.</summary>
    private static Value UnfoldPatches(Value folded, int p)
    {
        if (p == 1)
            return folded;
        var (b, c, t, h, w) = (folded.Shape[0], folded.Shape[1].Constant / (p * p), folded.Shape[2], folded.Shape[3], folded.Shape[4]);
        return folded.Reshape(b, c, p, p, t, h, w).Permute(0, 1, 4, 5, 2, 6, 3).Reshape(b, c, t, h * p, w * p);
    }
}
