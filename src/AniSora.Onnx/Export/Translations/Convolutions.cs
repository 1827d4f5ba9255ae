namespace AniSora.Onnx.Export.Translations;

/// <summary>Convolutions in one to three dimensions.</summary>
internal static class Convolutions
{
    public static void AddTo(OnnxTranslations table)
    {
        for (int d = 1; d <= 3; d++)
        {
            int axes = d;
            table.Add($"conv{d}d", c => Convolve(c, axes, ("pads", Twice(c.Ints("padding", axes)))));
            table.Add($"conv{d}d.padding", c => Convolve(c, axes, c.Text("padding") == "same" ? ("pads", Same(c, axes)) : ("pads", new long[2 * axes])));
        }
    }

    private static OnnxValue Convolve(OnnxCall c, int axes, (string, object) pads)
    {
        var x = c.Tensor("input");
        bool single = x.Rank == axes + 1;
        if (single)
            x = c.Unsqueeze(x, 0);
        OnnxValue?[] inputs = c.OptionalTensor("bias") is { } bias ? [x, c.Tensor("weight"), bias] : [x, c.Tensor("weight")];
        var y = c.Emit("Conv", inputs, null, single ? [1, .. c.Result.Shape] : c.Result.Shape, pads, ("strides", c.Ints("stride", axes)),
            ("dilations", c.Ints("dilation", axes)), ("group", c.Int("groups")),
            ("kernel_shape", c.Tensor("weight").Shape.Skip(2).Select(s => s.IsConstant ? s.Constant : throw c.Error("the kernel's size depends on the input: make it a constant"))));
        return single ? c.Squeeze(y, 0) : y;
    }

    /// <summary>libtorch pads both sides alike; ONNX lists the starts, then the ends.</summary>
    private static long[] Twice(long[] padding) => [.. padding, .. padding];

    /// <summary>As much as keeps the size; the odd one goes to the end.</summary>
    private static long[] Same(OnnxCall c, int axes)
    {
        long[] total = [.. c.Tensor("weight").Shape.Skip(2).Zip(c.Ints("dilation", axes), (kernel, dilation) => (kernel.Constant - 1) * dilation)];
        return [.. total.Select(t => t / 2), .. total.Select(t => t - t / 2)];
    }
}
