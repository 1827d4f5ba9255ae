using TorchSharp;

namespace AniSora.Onnx.Export.Layers;

/// <summary>Layers that move numbers, and those that hold others.</summary>
internal static class Shapes
{
    public static void Register()
    {
        OnnxModules.Register<Sequential>((g, m, x) => m.children().Aggregate(x, (value, layer) => g.Call(layer, value)));
        OnnxModules.Register<Flatten>((_, m, x) => x.Flatten((int)m.start_dim, (int)m.end_dim));
        OnnxModules.Register<Unflatten>(Unflatten);
        OnnxModules.Register<PixelShuffle>((_, m, x) => Shuffle(x, m.upscale_factor, up: true));
        OnnxModules.Register<PixelUnshuffle>((_, m, x) => Shuffle(x, m.downscale_factor, up: false));
        OnnxModules.Register<ChannelShuffle>((_, m, x) =>
            x.Reshape([x.Shape[0], m.groups, x.Shape[1].Constant / m.groups, .. x.Shape.Skip(2)]).Transpose(1, 2).Reshape(x.Shape));
        OnnxModules.Register<PadBase>((_, m, x) => Pad(x, m));
        OnnxModules.Register<Upsample>(Upsample);
    }

    /// <summary>Padding of the last axes.</summary>
    public static Value Pad(Value x, long[] before, long[] after, PaddingModes mode, double number)
    {
        Dim[] none = [.. Enumerable.Repeat((Dim)0, x.Rank - before.Length)];
        string name = mode switch
        {
            PaddingModes.Zeros or PaddingModes.Constant => "constant",
            PaddingModes.Reflect => "reflect",
            PaddingModes.Replicate => "edge",
            _ => throw x.Graph.Error($"padding mode {mode} is not in opset 17: use zeros, reflect or replicate"),
        };
        return x.Pad([.. none, .. before.Select(p => (Dim)p)], [.. none, .. after.Select(p => (Dim)p)], name, number);
    }

    /// <summary>TorchSharp lists the last axis first, each with its start and its end; the mode is in the type's name only.</summary>
    private static Value Pad(Value x, PadBase m)
    {
        int axes = m.GetType().Name[^2] - '0';
        long[] padding = m.padding.Length == 1 ? [.. Enumerable.Repeat(m.padding[0], 2 * axes)] : m.padding;
        var mode = m.GetType().Name[..3] switch { "Ref" => PaddingModes.Reflect, "Rep" => PaddingModes.Replicate, _ => PaddingModes.Constant };
        long[] Of(int side) => [.. Enumerable.Range(0, padding.Length / 2).Reverse().Select(i => padding[(2 * i) + side])];
        return Pad(x, Of(0), Of(1), mode, m.value);
    }

    private static Value Unflatten(GraphBuilder g, Unflatten m, Value x)
    {
        int axis = x.Axis(m.dim);
        long known = m.unflattened_size.Where(s => s >= 0).Aggregate(1L, (a, b) => a * b);
        Dim rest = m.unflattened_size.Contains(-1) ? x.Shape[axis].FloorDivide(known) ?? throw g.Error($"{x.Shape[axis]} is not always a multiple of {known}") : 1;
        return x.Reshape([.. x.Shape.Take(axis), .. m.unflattened_size.Select(s => s < 0 ? rest : s), .. x.Shape.Skip(axis + 1)]);
    }

    /// <summary>[…, C·r², H, W] to […, C, H·r, W·r], or back.</summary>
    private static Value Shuffle(Value x, long r, bool up)
    {
        int lead = x.Rank - 3;
        Dim[] before = [.. x.Shape.Take(lead)];
        int[] all = [.. Enumerable.Range(0, lead)];
        var (c, h, w) = (x.Shape[^3], x.Shape[^2], x.Shape[^1]);
        if (up)
            return x.Reshape([.. before, c.Constant / (r * r), r, r, h, w]).Permute([.. all, lead, lead + 3, lead + 1, lead + 4, lead + 2]).Reshape([.. before, c.Constant / (r * r), h * r, w * r]);
        Dim Part(Dim d) => d.FloorDivide(r) is { } part && (part * r).Equals(d) ? part : throw x.Graph.Error($"{d} is not always a multiple of {r}: give an axis that is, such as {r} * height");
        return x.Reshape([.. before, c, Part(h), r, Part(w), r]).Permute([.. all, lead, lead + 2, lead + 4, lead + 1, lead + 3]).Reshape([.. before, c * r * r, Part(h), Part(w)]);
    }

    private static Value Upsample(GraphBuilder g, Upsample m, Value x)
    {
        int axes = x.Rank - 2;
        double[] factors = [.. m.scale_factor.ToArray()];
        long[] size = [.. m.size.ToArray()];
        if (factors.Length == 1)
            factors = [.. Enumerable.Repeat(factors[0], axes)];
        bool whole = factors.Length == axes && factors.All(f => f == Math.Floor(f));
        if (m.mode == UpsampleMode.Nearest && whole)
            return Enumerable.Range(0, axes).Reverse().Aggregate(x, (value, i) => value.Repeat(i + 2, (long)factors[i]));
        string mode = m.mode switch
        {
            UpsampleMode.Nearest => "nearest",
            UpsampleMode.Bicubic => "cubic",
            _ => "linear",
        };
        bool aligned = m.align_corners == true;
        Dim Resized(int i) => size.Length > 0 ? size[size.Length == 1 ? 0 : i]
            : factors[i] == Math.Floor(factors[i]) ? x.Shape[i + 2] * (long)factors[i]
            : x.Shape[i + 2].IsConstant ? (long)Math.Floor(x.Shape[i + 2].Constant * factors[i])
            : throw g.Error($"Upsample by {factors[i]} of a dynamic axis: use a whole factor or a size");
        Dim[] shape = [x.Shape[0], x.Shape[1], .. Enumerable.Range(0, axes).Select(Resized)];
        (string, object)[] attributes = [("mode", mode), ("coordinate_transformation_mode", mode == "nearest" ? "asymmetric" : aligned ? "align_corners" : "half_pixel"), ("nearest_mode", "floor"), ("cubic_coeff_a", -0.75)];
        return g.Emit("Resize", [x, null, null, g.Sizes(shape)], shape, null, attributes);
    }
}
