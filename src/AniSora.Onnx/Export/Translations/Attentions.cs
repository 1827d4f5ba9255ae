namespace AniSora.Onnx.Export.Translations;

/// <summary>Attention as one operator.</summary>
internal static class Attentions
{
    public static void AddTo(OnnxTranslations table)
    {
        // libtorch 1.13 has it under its private name, with the weights as second result.
        table.AddMany("_scaled_dot_product_attention", c => Attend(c, scale: null));
        table.Add("scaled_dot_product_attention", c => Attend(c, c.Has("scale") ? c.Number("scale") : null)[0]!);
    }

    private static OnnxValue?[] Attend(OnnxCall c, double? scale)
    {
        OnnxValue q = c.Tensor("query"), k = c.Tensor("key"), v = c.Tensor("value");
        if (c.Number("dropout_p") != 0)
            throw c.Error("attention with dropout: call eval() before recording");
        if (c.Flag("is_causal"))
            throw c.Error("is_causal: give the mask as attn_mask");
        if (!q.Shape[^1].IsConstant && scale is null)
            throw c.Error("the size of a head depends on the input: make it a constant");
        q = c.Mul(q, scale ?? 1 / Math.Sqrt(q.Shape[^1].Constant));
        var scores = c.MatMul(q, c.Transpose(k, [.. Enumerable.Range(0, k.Rank - 2), k.Rank - 1, k.Rank - 2]));
        if (c.OptionalTensor("attn_mask") is { } mask)
            scores = mask.Type == Torch.torch.ScalarType.Bool
                ? c.Emit("Where", [mask, scores, c.Constant(double.NegativeInfinity, scores.Type)], scores.Type, scores.Shape)
                : c.Add(scores, mask);
        var weights = c.Emit("Softmax", [scores], attributes: ("axis", -1L));
        return [c.MatMul(weights, v), weights];
    }
}
