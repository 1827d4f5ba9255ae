using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export.Translations;

/// <summary>Comparisons and logic, and choosing by them.</summary>
internal static class Comparisons
{
    public static void AddTo(OnnxTranslations table)
    {
        foreach (var (name, op) in new[] { ("eq", "Equal"), ("gt", "Greater"), ("ge", "GreaterOrEqual"), ("lt", "Less"), ("le", "LessOrEqual") })
            table.Add([$"{name}.Tensor", $"{name}.Scalar"], c => Compare(c, op));
        table.Add(["ne.Tensor", "ne.Scalar"], c => Not(c, Compare(c, "Equal")));
        table.Add("logical_not", c => Not(c, c.Cast(c.Tensor(), ScalarType.Bool)));
        foreach (var (name, op) in new[] { ("and", "And"), ("or", "Or"), ("xor", "Xor") })
        {
            table.Add($"logical_{name}", c => c.Binary(op, c.Cast(c.Tensor(), ScalarType.Bool), c.Cast(c.Tensor("other"), ScalarType.Bool)));
            table.Add([$"bitwise_{name}.Tensor", $"__{name}__.Tensor"], c => c.Result.Type == ScalarType.Bool
                ? c.Binary(op, c.Tensor(), c.Tensor("other"))
                : throw c.Error("ONNX has no operator on the bits of whole numbers in this opset: use bools"));
        }
        table.Add("bitwise_not", c => c.Result.Type == ScalarType.Bool ? Not(c, c.Tensor()) : c.Sub(c.Emit("Neg", [c.Tensor()]), c.Constant(1, c.Result.Type)));
        table.Add("where.self", c => Where(c, c.Tensor("condition"), c.Tensor(), c.Tensor("other")));
        table.Add("where.ScalarOther", c => Where(c, c.Tensor("condition"), c.Tensor(), c.Scalar("other", c.Result.Type)));
        table.Add("where.ScalarSelf", c => Where(c, c.Tensor("condition"), c.Scalar("self", c.Result.Type), c.Tensor("other")));
        table.Add("masked_fill.Scalar", c => Where(c, c.Tensor("mask"), c.Scalar("value", c.Result.Type), c.Tensor()));
        table.Add("masked_fill.Tensor", c => Where(c, c.Tensor("mask"), c.Tensor("value"), c.Tensor()));
    }

    private static OnnxValue Not(OnnxCall c, OnnxValue x) => c.Emit("Not", [x]);

    private static OnnxValue Compare(OnnxCall c, string op)
    {
        var a = c.Tensor();
        bool isNumber = c.Node.Op.FullName.EndsWith(".Scalar", StringComparison.Ordinal);
        var kind = isNumber ? c.KindOf("other") is ScalarType.Float64 ? ScalarType.Float32 : c.KindOf("other") : c.Tensor("other").Type;
        var type = OnnxTypes.Promote(a.Type, a.Rank == 0 && !isNumber, kind, isNumber || c.Tensor("other").Rank == 0);
        // ONNX Runtime compares in 32 bits and more.
        if (type is ScalarType.Bool or ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16)
            type = ScalarType.Int32;
        var b = isNumber ? c.Scalar("other", type) : c.Cast(c.Tensor("other"), type);
        return c.Binary(op, c.Cast(a, type), b, ScalarType.Bool);
    }

    private static OnnxValue Where(OnnxCall c, OnnxValue condition, OnnxValue yes, OnnxValue no)
    {
        // Old models choose by bytes.
        condition = c.Cast(condition, ScalarType.Bool);
        return c.Emit("Where", [condition, c.Cast(yes, c.Result.Type), c.Cast(no, c.Result.Type)], c.Result.Type, c.Result.Shape);
    }
}
