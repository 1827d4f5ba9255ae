using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export.Translations;

/// <summary>Running sums and products, norms, and what else comes of many numbers.</summary>
internal static class Accumulations
{
    public static void AddTo(OnnxTranslations table)
    {
        table.Add("cumsum", c => c.Emit("CumSum", [c.Cast(c.Tensor(), Wide(c.Result.Type)), c.Constant(c.Axis("dim", c.Tensor().Rank), ScalarType.Int64)]));
        table.Add("cumprod", RunningProduct);
        table.Add("prod", c => Reductions.Reduce(c, "ReduceProd", c.Cast(c.Tensor(), Wide(c.Result.Type)), null, false));
        table.Add("prod.dim_int", c => Reductions.Reduce(c, "ReduceProd", c.Cast(c.Tensor(), Wide(c.Result.Type))));
        table.Add("logsumexp", c => Reductions.Reduce(c, "ReduceLogSumExp", c.Cast(c.Tensor(), c.Result.Type)));
        table.Add("norm.Scalar", c => Norm(c, c.Number("p"), null, false));
        table.Add("norm.ScalarOpt_dim", c => Norm(c, c.Has("p") ? c.Number("p") : 2, "dim", c.Flag("keepdim")));
        table.Add("linalg_vector_norm", c => Norm(c, c.Number("ord"), "dim", c.Flag("keepdim")));
        table.Add(["count_nonzero", "count_nonzero.dim_IntList"], c => Reductions.Reduce(c, "ReduceSum", NotZero(c, c.Tensor(), ScalarType.Int64), "dim", false));

        table.Add("isnan", c => OnnxTypes.IsFloat(c.Tensor().Type) ? IsNaN(c) : Everywhere(c, false));
        table.Add("isinf", c => OnnxTypes.IsFloat(c.Tensor().Type) ? IsInf(c) : Everywhere(c, false));
        table.Add("isfinite", c => OnnxTypes.IsFloat(c.Tensor().Type) ? c.Emit("Not", [c.Binary("Or", IsNaN(c), IsInf(c))]) : Everywhere(c, true));
        table.Add("nan_to_num", NumbersOnly);
        foreach (var (name, op) in new[] { ("asinh", "Asinh"), ("acosh", "Acosh"), ("atanh", "Atanh") })
            table.Add(name, c => c.Emit(op, [c.Cast(c.Tensor(), c.Result.Type)]));
        table.Add("erfc", c => c.Sub(c.Constant(1, c.Result.Type), c.Emit("Erf", [c.Cast(c.Tensor(), c.Result.Type)])));
    }

    /// <summary>ONNX Runtime computes in 32 bits and more.</summary>
    private static ScalarType Wide(ScalarType type) => type is ScalarType.Bool or ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 ? ScalarType.Int32 : type;

    /// <summary>Each place has the product of all numbers up to it; the others count as 1.</summary>
    private static OnnxValue RunningProduct(OnnxCall c)
    {
        var x = c.Cast(c.Tensor(), Wide(c.Result.Type));
        if (x.Rank == 0)
            return x;
        int axis = c.Axis("dim", x.Rank);
        var count = x.Shape[axis];
        var places = Selections.Count(c, count);
        var earlier = c.Binary("LessOrEqual", places, c.Unsqueeze(places, 1), ScalarType.Bool); // [place, earlier]
        earlier = c.Reshape(earlier, [count, count, .. Enumerable.Repeat((SizeFormula)1, x.Rank - 1 - axis)]);
        SizeFormula[] wide = [.. x.Shape.Take(axis), count, .. x.Shape.Skip(axis)];
        var factors = c.Emit("Where", [earlier, c.Unsqueeze(x, axis), c.Constant(1, x.Type)], x.Type, wide);
        return Reductions.Over(c, "ReduceProd", factors, [axis + 1], keep: false);
    }

    private static OnnxValue NotZero(OnnxCall c, OnnxValue x, ScalarType type) => c.Cast(c.Cast(x, ScalarType.Bool), type);

    private static OnnxValue Norm(OnnxCall c, double p, string? axes, bool keep)
    {
        var x = c.Cast(c.Tensor(), c.Result.Type);
        OnnxValue Over(string op, OnnxValue of) => Reductions.Reduce(c, op, of, axes, keep);
        OnnxValue Magnitudes() => c.Emit("Abs", [x]);
        if (x.Rank == 0)
            return p == 0 ? NotZero(c, x, x.Type) : Magnitudes();
        return p switch
        {
            0 => Over("ReduceSum", NotZero(c, x, x.Type)),
            1 => Over("ReduceL1", x),
            2 => Over("ReduceL2", x),
            double.PositiveInfinity => Over("ReduceMax", Magnitudes()),
            double.NegativeInfinity => Over("ReduceMin", Magnitudes()),
            _ => c.Binary("Pow", Over("ReduceSum", c.Binary("Pow", Magnitudes(), c.Constant(p, x.Type))), c.Constant(1 / p, x.Type)),
        };
    }

    private static OnnxValue IsNaN(OnnxCall c) => c.Emit("IsNaN", [c.Tensor()], ScalarType.Bool);

    private static OnnxValue IsInf(OnnxCall c) => c.Emit("IsInf", [c.Tensor()], ScalarType.Bool);

    private static OnnxValue Everywhere(OnnxCall c, bool truth) => Creations.Filled(c, c.Result.Shape, truth ? 1 : 0);

    private static OnnxValue NumbersOnly(OnnxCall c)
    {
        var x = c.Tensor();
        if (!OnnxTypes.IsFloat(x.Type))
            return x;
        var (low, high) = x.Type switch
        {
            ScalarType.Float64 => (double.MinValue, double.MaxValue),
            ScalarType.Float16 => (-65504.0, 65504.0),
            _ => (float.MinValue, float.MaxValue),
        };
        OnnxValue Instead(OnnxValue condition, double number) => c.Emit("Where", [condition, c.Constant(number, x.Type), x], x.Type, x.Shape);
        x = Instead(IsNaN(c), c.Has("nan") ? c.Number("nan") : 0);
        x = Instead(c.Emit("IsInf", [c.Tensor()], ScalarType.Bool, null, ("detect_negative", 0L)), c.Has("posinf") ? c.Number("posinf") : high);
        return Instead(c.Emit("IsInf", [c.Tensor()], ScalarType.Bool, null, ("detect_positive", 0L)), c.Has("neginf") ? c.Number("neginf") : low);
    }
}
