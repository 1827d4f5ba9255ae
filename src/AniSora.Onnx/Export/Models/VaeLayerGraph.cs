using AniSora.Models;
using AniSora.Models.Layers;
using AniSora.Onnx.Export.Layers;

namespace AniSora.Onnx.Export.Models;

/// <summary>The layers of <see cref="CausalVae"/> as graphs.</summary>
internal static class VaeLayerGraph
{
    private const int Block = VaeConfig.SpatialCompression;

    /// <summary>A 3D convolution that looks back in time, never ahead.</summary>
    public static Value Build(this GraphBuilder g, CausalConv3d m, Value x, ChunkValues state)
    {
        using var here = g.Enter(m);
        if (m._timePad == 0)
            return Conv(g, m.conv, x, [0, 0, 0, 0, 0, 0]);
        Value[] frames = state.Before(m) is { } before ? [before, x] : [.. Enumerable.Repeat(x.Narrow(2, 0, 1), (int)m._timePad), x];
        x = Value.Concat(frames, 2);
        state.Tails[m] = x.Narrow(2, x.Shape[2] - m._timePad, m._timePad);
        long side = m.conv.kernel_size[1] / 2;
        return Conv(g, m.conv, x, [0, side, side, 0, side, side]);
    }

    public static Value Build(this GraphBuilder g, EncoderBlock m, Value x, ChunkValues state)
    {
        using var here = g.Enter(m);
        var h = g.Build(m.conv1, g.Build(m.norm1, x), state);
        h = g.Build(m.conv2, g.Build(m.norm2, h), state);
        return h + (m.conv_shortcut is null ? x : g.Call(m.conv_shortcut, x));
    }

    public static Value Build(this GraphBuilder g, DecoderBlock m, Value x, Value z, ChunkValues state)
    {
        using var here = g.Enter(m);
        var h = g.Build(m.conv1, g.Build(m.norm1, x, z, state), state);
        h = g.Build(m.conv2, g.Build(m.norm2, h, z, state), state);
        return h + (m.conv_shortcut is null ? x : g.Call(m.conv_shortcut, x));
    }

    /// <summary>silu(norm(x)·scale + offset) with the module's own numbers per channel.</summary>
    public static Value Build(this GraphBuilder g, NormSilu m, Value x)
    {
        using var here = g.Enter(m);
        return ((Normed(m, x) * PerChannel(g, m.weight)) + PerChannel(g, m.bias)).Silu();
    }

    /// <summary>silu(norm(f)·y(z) + b(z)): scale and offset are read from the latent, where they are small, and then repeated.</summary>
    public static Value Build(this GraphBuilder g, SpatialNormSilu m, Value f, Value z, ChunkValues state)
    {
        using var here = g.Enter(m);
        var y = g.Build(m.conv_y, z, state);
        var offset = g.Build(m.conv_b, z, state) + (y * PerChannel(g, m.norm_layer.bias));
        var scale = y * PerChannel(g, m.norm_layer.weight);
        using var inNorm = g.Enter(m.norm_layer);
        return ((Normed(m.norm_layer, f) * SpreadOver(f, scale, state.IsFirst)) + SpreadOver(f, offset, state.IsFirst)).Silu();
    }

    public static Value Build(this GraphBuilder g, Downsampler m, Value x, ChunkValues state)
    {
        using var here = g.Enter(m);
        if (m._time)
            x = HalveTime(x, state.IsFirst);
        // The 2D kernel is applied as a 1×3×3 one, which spares moving time into the batch and back.
        return m._space ? Conv(g, m.conv, x, [0, 0, 0, 0, 1, 1], [1, 2, 2]) : Conv(g, m.conv, x, [0, 1, 1, 0, 1, 1]);
    }

    public static Value Build(this GraphBuilder g, Upsampler m, Value x, ChunkValues state)
    {
        using var here = g.Enter(m);
        if (m._space)
            x = x.Repeat(4, 2).Repeat(3, 2);
        if (m._time)
            x = RepeatFrames(x, 2, state.IsFirst);
        return Conv(g, m.conv, x, [0, 1, 1, 0, 1, 1]);
    }

    /// <summary>Video chunk [B, C, T, H, W] to latent means [B, Z, T', h, w].</summary>
    public static Value Build(this GraphBuilder g, LinearPath m, Value video, bool first)
    {
        using var here = g.Enter(m);
        var alone = first ? 1 : 0;
        var steps = (video.Shape[2] - alone).FloorDivide(m._frames)!;
        var moving = g.Call(m.to_latent, Fold(m, video.Narrow(2, alone, steps * m._frames), m._frames));
        Value[] codes = first ? [g.Call(m.first_to_latent, Fold(m, video.Narrow(2, 0, 1), 1)), moving] : [moving];
        return Value.Concat(codes, 1).Permute(0, 4, 1, 2, 3);
    }

    /// <summary>Latent chunk [B, Z, T', h, w] to video [B, C, T, H, W].</summary>
    public static Value Decode(this GraphBuilder g, LinearPath m, Value latent, bool first)
    {
        using var here = g.Enter(m);
        var z = latent.Permute(0, 2, 3, 4, 1); // [B, T', h, w, Z]
        if (!first)
            return Unfold(m, g.Call(m.from_latent, z), m._frames);
        return Value.Concat([Unfold(m, g.Call(m.first_from_latent, z.Narrow(1, 0, 1)), 1), Unfold(m, g.Call(m.from_latent, z.Narrow(1, 1, z.Shape[1] - 1)), m._frames)], 2);
    }

    /// <summary>The convolution's kernel, 2D or 3D, over [B, C, T, H, W].</summary>
    private static Value Conv(GraphBuilder g, Convolution m, Value x, long[] pads, long[]? strides = null)
    {
        using var here = g.Enter(m);
        long[] shape = m.weight!.shape;
        var kernel = g.Weight(m.weight, shape.Length == 5 ? shape : [shape[0], shape[1], 1, shape[2], shape[3]]);
        return Products.Conv(g, x, kernel, m.bias, pads, strides ?? [1, 1, 1], [1, 1, 1]);
    }

    /// <summary>The norm alone, without scale and offset.</summary>
    private static Value Normed(NormSilu m, Value x)
    {
        if (m._kind == VaeNorm.Rms)
            return x / (x.Square().Mean([1], keepdim: true) + m._eps).Sqrt();
        if (m._kind == VaeNorm.Group)
            return Norms.GroupNorm(x, m._groups, m._eps);
        // To normalise each frame by itself, frames become samples.
        var (b, c, t, h, w) = (x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3], x.Shape[4]);
        return Norms.GroupNorm(x.Transpose(1, 2).Reshape(b * t, c, h, w), m._groups, m._eps).Reshape(b, t, c, h, w).Transpose(1, 2);
    }

    private static Value PerChannel(GraphBuilder g, Tensor numbers) => g.Weight(numbers, numbers.shape[0], 1, 1, 1);

    /// <summary>A map over a latent's places, repeated over those of x.</summary>
    private static Value SpreadOver(Value x, Value map, bool first)
    {
        map = map.Repeat(4, x.Shape[4].Over(map.Shape[4])).Repeat(3, x.Shape[3].Over(map.Shape[3]));
        return RepeatFrames(map, first ? (x.Shape[2] - 1).Over(map.Shape[2] - 1) : x.Shape[2].Over(map.Shape[2]), first);
    }

    /// <summary>Every step some times, but the clip's first once.</summary>
    private static Value RepeatFrames(Value x, long each, bool first)
    {
        var even = x.Repeat(2, each);
        return first && each > 1 ? even.Narrow(2, each - 1, even.Shape[2] - (each - 1)) : even;
    }

    /// <summary>The mean of each pair of frames; the clip's first stays alone.</summary>
    private static Value HalveTime(Value x, bool first)
    {
        var (alone, frames) = (first ? 1 : 0, x.Shape[2]);
        var count = (frames - alone).FloorDivide(2)!;
        var pairs = (x.Slice(2, alone, frames, 2, count) + x.Slice(2, alone + 1, frames, 2, count)) * 0.5;
        return first ? Value.Concat([x.Narrow(2, 0, 1), pairs], 2) : pairs;
    }

    /// <summary>[B, C, T, H, W] → [B, T/n, H/8, W/8, C·n·8·8].</summary>
    private static Value Fold(LinearPath m, Value video, long n)
    {
        var (b, t, h, w) = (video.Shape[0], video.Shape[2].FloorDivide(n)!, video.Shape[3].FloorDivide(Block)!, video.Shape[4].FloorDivide(Block)!);
        return video.Reshape(b, m._channels, t, n, h, Block, w, Block)
            .Permute(0, 2, 4, 6, 1, 3, 5, 7)
            .Reshape(b, t, h, w, m._channels * n * Block * Block);
    }

    /// <summary>The inverse of <see cref="Fold"/>.</summary>
    private static Value Unfold(LinearPath m, Value blocks, long n)
    {
        var (b, t, h, w) = (blocks.Shape[0], blocks.Shape[1], blocks.Shape[2], blocks.Shape[3]);
        return blocks.Reshape(b, t, h, w, m._channels, n, Block, Block)
            .Permute(0, 4, 1, 5, 2, 6, 3, 7)
            .Reshape(b, m._channels, t * n, h * Block, w * Block);
    }
}
