using AniSora.Torch.Recording;

namespace AniSora.Onnx.Export.Translations;

/// <summary>Matrix products.</summary>
internal static class Matrices
{
    public static void AddTo(OnnxTranslations table)
    {
        table.Add("linear", Linear);
        table.Add(["matmul", "dot", "mv"], c => c.MatMul(c.Tensor(), c.Tensor(c.Node.Op.Name switch { "dot" => "tensor", "mv" => "vec", _ => "other" })));
        table.Add(["mm", "bmm"], c => c.MatMul(c.Tensor(), c.Tensor("mat2")));
        table.Add("addmm", c => Sum(c, c.MatMul(c.Tensor("mat1"), c.Tensor("mat2"))));
        table.Add("baddbmm", c => Sum(c, c.MatMul(c.Tensor("batch1"), c.Tensor("batch2"))));
        table.Add("einsum", c => c.Emit("Einsum", c.Tensors("tensors"), null, c.Result.Shape, ("equation", c.Text("equation"))));
        table.Add("outer", c => c.Mul(c.Unsqueeze(c.Tensor(), 1), c.Tensor("vec2")));
    }

    private static OnnxValue Linear(OnnxCall c)
    {
        var weight = c.Tensor("weight");
        var product = c.MatMul(c.Tensor("input"), weight.Rank < 2 ? weight : c.Transpose(weight, 1, 0));
        return c.OptionalTensor("bias") is { } bias ? c.Add(product, bias) : product;
    }

    /// <summary>beta·self + alpha·product.</summary>
    private static OnnxValue Sum(OnnxCall c, OnnxValue product)
    {
        product = c.Mul(product, c.Number("alpha"));
        // With beta 0, self is not read: it may be NaN.
        return c.Number("beta") == 0 ? product : c.Add(c.Mul(c.Tensor(), c.Number("beta")), product);
    }
}
