namespace AniSora.Onnx.Export.Layers;

/// <summary>Normalisations.</summary>
internal static class Norms
{
    public static void Register()
    {
        OnnxModules.Register<LayerNorm>((g, m, x) => LayerNorm(x, m.normalized_shape, m.weight is null ? null : g.Weight(m.weight), m.bias is null ? null : g.Weight(m.bias), m.eps));
        OnnxModules.Register<GroupNorm>((g, m, x) => PerChannel(g, GroupNorm(x, m.num_groups, m.eps), m.weight, m.bias));
        OnnxModules.Register<BatchNorm>(BatchNorm);
        OnnxModules.Register<InstanceNorm>(InstanceNorm);
        OnnxModules.Register<LocalResponseNorm>((_, m, x) => m.size % 2 == 1
            ? x.Map("LRN", ("size", m.size), ("alpha", m.alpha), ("beta", m.beta), ("bias", m.k))
            : throw x.Graph.Error($"LocalResponseNorm over {m.size} channels: ONNX has an odd number only"));
    }

    /// <summary>Over the last axes.</summary>
    public static Value LayerNorm(Value x, long[] shape, Value? weight, Value? bias, double eps)
    {
        // The scale may not be missing.
        Value?[] inputs = bias is null ? [x, weight ?? x.Graph.Ones(shape)] : [x, weight ?? x.Graph.Ones(shape), bias];
        return x.Graph.Emit("LayerNormalization", inputs, null, null, ("axis", -shape.Length), ("epsilon", eps));
    }

    /// <summary>Over groups of channels and all that is behind, without scale and offset: a group is a channel of instance normalisation.</summary>
    public static Value GroupNorm(Value x, long groups, double eps)
    {
        var grouped = x.Reshape(x.Shape[0], groups, Dim.Product([x.Shape[1].Constant / groups, .. x.Shape.Skip(2)]));
        return x.Graph.Emit("InstanceNormalization", [grouped, x.Graph.Ones(groups), x.Graph.Zeros(groups)], null, null, ("epsilon", eps)).Reshape(x.Shape);
    }

    private static Value PerChannel(GraphBuilder g, Value x, Tensor? weight, Tensor? bias)
    {
        Value Spread(Tensor numbers) => g.Weight(numbers, [numbers.shape[0], .. Enumerable.Repeat(1L, x.Rank - 2)]);
        x = weight is null ? x : x * Spread(weight);
        return bias is null ? x : x + Spread(bias);
    }

    private static Value BatchNorm(GraphBuilder g, BatchNorm m, Value x)
    {
        if (m.running_mean is null || m.running_var is null)
            throw g.Error($"{m.GetType().Name} keeps no statistics, so every result depends on the other samples of its batch: make it with track_running_stats: true and train it");
        Tensor Or(Tensor? given, double number) => given ?? full([m.num_features], number, dtype: float32);
        return g.Emit("BatchNormalization", [x, g.Weight(Or(m.weight, 1)), g.Weight(Or(m.bias, 0)), g.Weight(m.running_mean), g.Weight(m.running_var)], null, null, ("epsilon", m.eps));
    }

    private static Value InstanceNorm(GraphBuilder g, InstanceNorm m, Value x)
    {
        if (m.track_running_stats)
            throw g.Error($"{m.GetType().Name} with track_running_stats: normalises by what it has seen in training; use BatchNorm, which says so, or make it without");
        int axes = m is InstanceNorm1d ? 1 : m is InstanceNorm2d ? 2 : 3;
        return Products.Batched(x, axes, x => g.Emit("InstanceNormalization",
            [x, m.weight is null ? g.Ones(m.num_features) : g.Weight(m.weight), m.bias is null ? g.Zeros(m.num_features) : g.Weight(m.bias)], null, null, ("epsilon", m.eps)));
    }
}
