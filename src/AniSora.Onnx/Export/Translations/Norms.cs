using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export.Translations;

/// <summary>Normalisations.</summary>
internal static class Norms
{
    public static void AddTo(OnnxTranslations table)
    {
        table.Add("layer_norm", LayerNorm);
        table.Add("group_norm", GroupNorm);
    }

    private static OnnxValue LayerNorm(OnnxCall c)
    {
        var x = c.Tensor("input");
        long[] shape = c.Ints("normalized_shape");
        // The scale may not be missing.
        var weight = c.OptionalTensor("weight") ?? Ones(c, shape);
        OnnxValue?[] inputs = c.OptionalTensor("bias") is { } bias ? [x, weight, bias] : [x, weight];
        return c.Emit("LayerNormalization", inputs, attributes: [("axis", -shape.Length), ("epsilon", c.Number("eps"))]);
    }

    private static OnnxValue GroupNorm(OnnxCall c)
    {
        var x = c.Tensor("input");
        long groups = c.Int("num_groups"), channels = x.Shape[1].Constant;
        // A group is a channel of instance normalisation.
        SizeFormula[] grouped = [x.Shape[0], groups, OnnxSizes.Product([channels / groups, .. x.Shape.Skip(2)])];
        var normed = c.Emit("InstanceNormalization", [c.Reshape(x, grouped), Ones(c, [groups]), Zeros(c, [groups])], attributes: ("epsilon", c.Number("eps")));
        var y = c.Reshape(normed, x.Shape);
        SizeFormula[] perChannel = [channels, .. x.Shape.Skip(2).Select(_ => (SizeFormula)1)];
        if (c.OptionalTensor("weight") is { } weight)
            y = c.Mul(y, c.Reshape(weight, perChannel));
        return c.OptionalTensor("bias") is { } bias ? c.Add(y, c.Reshape(bias, perChannel)) : y;
    }

    internal static OnnxValue Ones(OnnxCall c, long[] shape) => c.Literal($"ones [{string.Join(", ", shape)}]", () => ones(shape, dtype: c.Result.Type));

    internal static OnnxValue Zeros(OnnxCall c, long[] shape) => c.Literal($"zeros [{string.Join(", ", shape)}]", () => zeros(shape, dtype: c.Result.Type));
}
