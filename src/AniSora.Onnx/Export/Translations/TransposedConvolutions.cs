namespace AniSora.Onnx.Export.Translations;

/// <summary>Transposed convolutions in one to three dimensions.</summary>
internal static class TransposedConvolutions
{
    public static void AddTo(OnnxTranslations table)
    {
        foreach (var (name, axes) in new[] { ("conv_transpose1d", 1), ("conv_transpose2d.input", 2), ("conv_transpose3d.input", 3) })
            table.Add(name, c => Convolve(c, axes));
    }

    private static OnnxValue Convolve(OnnxCall c, int axes)
    {
        OnnxValue x = c.Tensor("input"), weight = c.Tensor("weight");
        bool single = x.Rank == axes + 1;
        if (single)
            x = c.Unsqueeze(x, 0);
        OnnxValue?[] inputs = c.OptionalTensor("bias") is { } bias ? [x, weight, bias] : [x, weight];
        long[] padding = c.Ints("padding", axes);
        var y = c.Emit("ConvTranspose", inputs, null, single ? [1, .. c.Result.Shape] : c.Result.Shape,
            ("pads", (long[])[.. padding, .. padding]), ("strides", c.Ints("stride", axes)), ("dilations", c.Ints("dilation", axes)), ("output_padding", c.Ints("output_padding", axes)), ("group", c.Int("groups")),
            ("kernel_shape", weight.Shape.Skip(2).Select(s => s.IsConstant ? s.Constant : throw c.Error("the kernel's size depends on the input: make it a constant"))));
        return single ? c.Squeeze(y, 0) : y;
    }
}
