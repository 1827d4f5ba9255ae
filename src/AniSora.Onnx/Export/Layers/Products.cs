using TorchSharp;

namespace AniSora.Onnx.Export.Layers;

/// <summary>Layers that multiply by weights: linear, convolutions, embedding.</summary>
internal static class Products
{
    public static void Register()
    {
        OnnxModules.Register<Linear>((g, m, x) => Linear(g, x, m.weight!, m.bias));
        OnnxModules.Register<Embedding>((g, m, x) => g.Weight(m.weight!).Gather(x));
        OnnxModules.Register<Convolution>(Convolve);
        OnnxModules.Register<ConvolutionTranspose>(ConvolveTransposed);
    }

    /// <summary>[…, in] to […, out].</summary>
    public static Value Linear(GraphBuilder g, Value x, Tensor weight, Tensor? bias)
    {
        bool single = x.Rank == 1;
        var y = (single ? x.Unsqueeze(0) : x).MatMul(g.Transposed(weight));
        y = single ? y.Squeeze(0) : y;
        return bias is null ? y : y + g.Weight(bias);
    }

    /// <summary>A convolution with padding before and behind each axis.</summary>
    public static Value Conv(GraphBuilder g, Value x, Value weight, Tensor? bias, long[] pads, long[] strides, long[] dilation, long groups = 1)
    {
        int axes = strides.Length;
        long[] kernel = [.. weight.Shape.Skip(2).Select(d => d.Constant)];
        Dim[] sizes = [.. kernel.Select((k, i) => g.Divide(x.Shape[i + 2] + (pads[i] + pads[i + axes] - (dilation[i] * (k - 1)) - 1), strides[i], $"axis{i}") + 1)];
        Value?[] inputs = bias is null ? [x, weight] : [x, weight, g.Weight(bias)];
        return g.Emit("Conv", inputs, [x.Shape[0], weight.Shape[0], .. sizes], null,
            ("kernel_shape", kernel), ("pads", pads), ("strides", strides), ("dilations", dilation), ("group", groups));
    }

    /// <summary>ONNX wants a batch.</summary>
    public static Value Batched(Value x, int axes, Func<Value, Value> layer) => x.Rank == axes + 1 ? layer(x.Unsqueeze(0)).Squeeze(0) : layer(x);

    private static Value Convolve(GraphBuilder g, Convolution m, Value x) => Batched(x, m.kernel_size.Length, x =>
    {
        int axes = m.kernel_size.Length;
        long[] total = [.. m.kernel_size.Zip(m.dilation, (k, d) => (k - 1) * d)];
        long[] pads = m.padding_type switch
        {
            // As much as keeps the size; the odd one goes to the end.
            Padding.Same => [.. total.Select(t => t / 2), .. total.Select(t => t - (t / 2))],
            Padding.Valid => new long[2 * axes],
            _ => [.. m.padding!, .. m.padding!],
        };
        if (m.padding_mode != PaddingModes.Zeros)
        {
            x = Shapes.Pad(x, pads[..axes], pads[axes..], m.padding_mode, 0);
            pads = new long[2 * axes];
        }
        return Conv(g, x, g.Weight(m.weight!), m.bias, pads, m.stride, m.dilation, m.groups);
    });

    private static Value ConvolveTransposed(GraphBuilder g, ConvolutionTranspose m, Value x) => Batched(x, m.kernel_size.Length, x =>
    {
        Value?[] inputs = m.bias is null ? [x, g.Weight(m.weight!)] : [x, g.Weight(m.weight!), g.Weight(m.bias)];
        Dim[] sizes = [.. m.kernel_size.Select((k, i) => ((x.Shape[i + 2] - 1) * m.stride[i]) - (2 * m.padding![i]) + (m.dilation[i] * (k - 1)) + m.output_padding![i] + 1)];
        return g.Emit("ConvTranspose", inputs, [x.Shape[0], m.out_channels, .. sizes], null, ("kernel_shape", m.kernel_size),
            ("pads", (long[])[.. m.padding!, .. m.padding!]), ("strides", m.stride), ("dilations", m.dilation), ("output_padding", m.output_padding!), ("group", m.groups));
    });
}
