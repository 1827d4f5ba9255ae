using TorchSharp;

namespace AniSora.Onnx.Export.Layers;

/// <summary>Means and maxima over windows.</summary>
internal static class Poolings
{
    public static void Register()
    {
        OnnxModules.Register<MaxPool1d>((g, m, x) => Pool(x, "MaxPool", [m.kernel_size], m.stride is { } s ? [s] : null, m.padding is { } p ? [p] : null, m.dilation is { } d ? [d] : null, m.ceil_mode));
        OnnxModules.Register<MaxPool2d>((g, m, x) => Pool(x, "MaxPool", m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode));
        OnnxModules.Register<MaxPool3d>((g, m, x) => Pool(x, "MaxPool", m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode));
        OnnxModules.Register<AvgPool1d>((g, m, x) => Pool(x, "AveragePool", [m.kernel_size], m.stride is { } s ? [s] : null, m.padding is { } p ? [p] : null, null, m.ceil_mode, m.count_include_pad));
        OnnxModules.Register<AvgPool2d>((g, m, x) => Pool(x, "AveragePool", m.kernel_size, m.stride, m.padding, null, m.ceil_mode, m.count_include_pad, m.divisor_override));
        OnnxModules.Register<AvgPool3d>((g, m, x) => Pool(x, "AveragePool", m.kernel_size, m.stride, m.padding, null, m.ceil_mode, m.count_include_pad, m.divisor_override));
        OnnxModules.Register<AdaptiveAvgPool1d>((g, m, x) => Adaptive(x, [m.output_size], (v, axis) => v.Mean([axis])));
        OnnxModules.Register<AdaptiveAvgPool2d>((g, m, x) => Adaptive(x, m.output_size, (v, axis) => v.Mean([axis])));
        OnnxModules.Register<AdaptiveAvgPool3d>((g, m, x) => Adaptive(x, m.output_size, (v, axis) => v.Mean([axis])));
        OnnxModules.Register<AdaptiveMaxPool1d>((g, m, x) => Adaptive(x, [m.output_size], (v, axis) => v.Max([axis])));
        OnnxModules.Register<AdaptiveMaxPool2d>((g, m, x) => Adaptive(x, m.output_size, (v, axis) => v.Max([axis])));
        OnnxModules.Register<AdaptiveMaxPool3d>((g, m, x) => Adaptive(x, m.output_size, (v, axis) => v.Max([axis])));
    }

    private static Value Pool(Value x, string op, long[] kernel, long[]? stride, long[]? padding, long[]? dilation, bool ceil, bool borders = true, long? divisor = null) =>
        Products.Batched(x, kernel.Length, x =>
        {
            int axes = kernel.Length;
            long[] Each(long[]? given, long otherwise) => given is { Length: > 0 } ? given.Length == axes ? given : [.. Enumerable.Repeat(given[0], axes)] : [.. Enumerable.Repeat(otherwise, axes)];
            if (ceil)
                throw x.Graph.Error($"{op} with ceil_mode: runtimes do not agree on its last window; pad the input instead");
            long[] strides = stride is { Length: > 0 } ? Each(stride, 1) : kernel;
            var (pads, dilations) = (Each(padding, 0), Each(dilation, 1));
            Dim[] sizes = [.. kernel.Select((k, i) => x.Graph.Divide(x.Shape[i + 2] + ((2 * pads[i]) - (dilations[i] * (k - 1)) - 1), strides[i], $"axis{i}") + 1)];
            (string, object) own = op == "MaxPool" ? ("dilations", dilations) : ("count_include_pad", borders || divisor is not null ? 1L : 0L);
            var y = x.Graph.Emit(op, [x], [x.Shape[0], x.Shape[1], .. sizes], null, ("kernel_shape", kernel), ("strides", strides), ("pads", (long[])[.. pads, .. pads]), own);
            return divisor is { } by ? y * (kernel.Aggregate(1.0, (product, k) => product * k) / by) : y;
        });

    /// <summary>Windows whose number is given, one axis after the other.</summary>
    private static Value Adaptive(Value x, long[] sizes, Func<Value, int, Value> reduce)
    {
        for (int i = 0; i < sizes.Length; i++)
        {
            int axis = x.Rank - sizes.Length + i;
            long to = sizes[i];
            if (x.Shape[axis].Equals(to))
                continue;
            // Windows of equal length are an axis of their own.
            Dim length = to == 1 ? x.Shape[axis] : x.Shape[axis].FloorDivide(to) is { } whole && (whole * to).Equals(x.Shape[axis]) ? whole
                : throw x.Graph.Error($"adaptive pooling of {x.Shape[axis]} places to {to}: ONNX has windows of one length only; give an axis whose length is a multiple of {to}");
            x = reduce(x.Reshape([.. x.Shape.Take(axis), to, length, .. x.Shape.Skip(axis + 1)]), axis + 1);
        }
        return x;
    }
}
