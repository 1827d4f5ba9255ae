using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export.Translations;

/// <summary>Sums, means, extremes and the like over axes.</summary>
internal static class Reductions
{
    public static void AddTo(OnnxTranslations table)
    {
        table.Add("sum", c => Reduce(c, "ReduceSum", c.Cast(c.Tensor(), c.Result.Type), null, false));
        table.Add("sum.dim_IntList", c => Reduce(c, "ReduceSum", c.Cast(c.Tensor(), c.Result.Type)));
        table.Add("mean", c => Reduce(c, "ReduceMean", c.Cast(c.Tensor(), c.Result.Type), null, false));
        table.Add("mean.dim", c => Reduce(c, "ReduceMean", c.Cast(c.Tensor(), c.Result.Type)));
        table.Add("amax", c => Reduce(c, "ReduceMax", c.Tensor()));
        table.Add("amin", c => Reduce(c, "ReduceMin", c.Tensor()));
        table.Add("max", c => Reduce(c, "ReduceMax", c.Tensor(), null, false));
        table.Add("min", c => Reduce(c, "ReduceMin", c.Tensor(), null, false));
        table.AddMany("max.dim", c => [Reduce(c, "ReduceMax", c.Tensor()), Place(c, "ArgMax")]);
        table.AddMany("min.dim", c => [Reduce(c, "ReduceMin", c.Tensor()), Place(c, "ArgMin")]);
        table.Add("argmax", c => Place(c, "ArgMax"));
        table.Add("argmin", c => Place(c, "ArgMin"));
        table.Add("any", c => Truth(c, "ReduceMax", null));
        table.Add("any.dim", c => Truth(c, "ReduceMax", "dim"));
        table.Add("all", c => Truth(c, "ReduceMin", null));
        table.Add("all.dim", c => Truth(c, "ReduceMin", "dim"));
        foreach (string name in new[] { "var", "std" })
        {
            table.Add(name, c => Spread(c, null, c.Flag("unbiased") ? 1 : 0));
            table.Add($"{name}.dim", c => Spread(c, "dim", c.Flag("unbiased") ? 1 : 0));
            table.Add($"{name}.correction", c => Spread(c, "dim", c.Has("correction") ? c.Number("correction") : 1));
        }
    }

    /// <summary>A reduction over the axes in an argument; over all if it is null, missing or empty.</summary>
    internal static OnnxValue Reduce(OnnxCall c, string op, OnnxValue x, string? axesArgument = "dim", bool? keep = null)
    {
        int[] axes = axesArgument is null ? [.. Enumerable.Range(0, x.Rank)] : c.Axes(axesArgument, x.Rank);
        return Over(c, op, x, axes, keep ?? c.Flag("keepdim"));
    }

    /// <summary>A reduction over some axes.</summary>
    internal static OnnxValue Over(OnnxCall c, string op, OnnxValue x, int[] axes, bool keep)
    {
        if (x.Rank == 0)
            return x;
        var shape = keep ? x.Shape.Select((s, i) => axes.Contains(i) ? 1 : s) : x.Shape.Where((_, i) => !axes.Contains(i));
        if (op is "ReduceSum" or "ReduceMean" && AsProduct(c, op, x, axes) is { } product)
            return c.Reshape(product, [.. shape]);
        // Opset 17 takes the axes of a sum as an input, those of the others as an attribute.
        return op == "ReduceSum"
            ? c.Emit(op, [x, c.Integers([.. axes.Select(a => (long)a)])], null, [.. shape], ("keepdims", keep ? 1L : 0L))
            : c.Emit(op, [x], null, [.. shape], ("axes", axes), ("keepdims", keep ? 1L : 0L));
    }

    /// <summary>
    /// A sum over neighbouring axes that have others behind them, such as channels: as a product with a row of ones, which ONNX Runtime
    /// computes some thirty times as fast as its own sum over such axes. Null where it is not such a sum.
    /// </summary>
    private static OnnxValue? AsProduct(OnnxCall c, string op, OnnxValue x, int[] axes)
    {
        const long Most = 4096, Few = 16;
        int first = axes.Min(), last = axes.Max();
        SizeFormula count = OnnxSizes.Product(axes.Select(a => x.Shape[a])), behind = OnnxSizes.Product(x.Shape.Skip(last + 1));
        if (x.Type != ScalarType.Float32 || last - first != axes.Length - 1 || last == x.Rank - 1 || count is not { IsConstant: true, Constant: > 0 and <= Most } || behind is { IsConstant: true, Constant: < Few })
            return null;
        double weight = op == "ReduceMean" ? 1.0 / count.Constant : 1;
        var row = c.Literal($"{weight.ToString("R", System.Globalization.CultureInfo.InvariantCulture)} [1, {count}]", () => full([1, count.Constant], weight));
        return c.MatMul(row, c.Reshape(x, OnnxSizes.Product(x.Shape.Take(first)), count, behind));
    }

    private static OnnxValue Place(OnnxCall c, string op)
    {
        var x = c.Tensor();
        bool keep = c.Flag("keepdim");
        if (!c.Has("dim"))
            x = c.Reshape(x, OnnxSizes.Product(x.Shape));
        if (x.Rank == 0)
            return c.Constant(0, ScalarType.Int64);
        int axis = c.Has("dim") ? c.Axis("dim", x.Rank) : 0;
        var shape = c.Node.Results[^1]!.Shape;
        return c.Emit(op, [x], ScalarType.Int64, shape, ("axis", axis), ("keepdims", keep ? 1L : 0L));
    }

    private static OnnxValue Truth(OnnxCall c, string op, string? axis)
    {
        // Extremes of truth values go through whole numbers.
        var x = c.Cast(c.Cast(c.Tensor(), ScalarType.Bool), ScalarType.Int32);
        return c.Cast(Reduce(c, op, x, axis, axis is null ? false : null), ScalarType.Bool);
    }

    /// <summary>Variance or standard deviation: Σ(x − mean)² / (n − correction).</summary>
    private static OnnxValue Spread(OnnxCall c, string? argument, double correction)
    {
        var x = c.Tensor();
        int[] axes = argument is null ? [.. Enumerable.Range(0, x.Rank)] : c.Axes(argument, x.Rank);
        bool keep = argument is not null && c.Flag("keepdim");
        var off = c.Sub(x, Over(c, "ReduceMean", x, axes, true));
        var variance = Over(c, "ReduceMean", c.Mul(off, off), axes, keep);
        if (correction != 0)
        {
            var count = OnnxSizes.Product(axes.Select(a => x.Shape[a]));
            variance = count.IsConstant
                ? c.Mul(variance, count.Constant / (count.Constant - correction))
                : c.Mul(variance, c.Div(c.Cast(c.SizeList(count), x.Type), c.Add(c.Cast(c.SizeList(count), x.Type), -correction)));
            if (variance.Rank > c.Result.Shape.Count)
                variance = c.Reshape(variance, c.Result.Shape);
        }
        return c.Node.Op.Name == "std" ? c.Emit("Sqrt", [variance]) : variance;
    }
}
