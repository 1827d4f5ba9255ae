using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export.Translations;

/// <summary>Reading and writing at places that tensors of indices name, element by element or row by row.</summary>
internal static class Writings
{
    public static void AddTo(OnnxTranslations table)
    {
        table.Add("gather", c => c.Emit("GatherElements", [c.Tensor(), c.Tensor("index")], null, c.Result.Shape, ("axis", c.Axis("dim", c.Tensor().Rank))));
        table.Add("scatter.src", c => Scatter(c, Source(c), ""));
        table.Add("scatter.value", c => Scatter(c, c.Expand(c.Reshape(c.Scalar("value", c.Result.Type), [.. c.Tensor("index").Shape.Select(_ => (SizeFormula)1)]), c.Tensor("index").Shape), ""));
        table.Add("scatter_add", c => Scatter(c, Source(c), "add"));
        table.Add("scatter.reduce", c => Scatter(c, Source(c), c.Text("reduce") == "multiply" ? "mul" : c.Text("reduce")));
        table.Add("index_put", Put);
        table.Add("zero", c => Creations.Filled(c, c.Result.Shape, 0));
        table.Add("index_add", c => Rows(c, c.Mul(c.Cast(c.Tensor("source"), c.Result.Type), c.Number("alpha")), "add"));
        table.Add("index_copy", c => Rows(c, c.Tensor("source"), ""));
        table.Add("index_fill.int_Scalar", c => Rows(c, c.Scalar("value", c.Result.Type), ""));
        table.Add("index_fill.int_Tensor", c => Rows(c, c.Cast(c.Tensor("value"), c.Result.Type), ""));
    }

    /// <summary>As much of the source as there are indices.</summary>
    private static OnnxValue Source(OnnxCall c)
    {
        var (source, index) = (c.Tensor("src"), c.Tensor("index"));
        for (int axis = 0; axis < source.Rank; axis++)
            source = c.Slice(source, axis, 0, index.Shape[axis], 1, index.Shape[axis]);
        return source;
    }

    private static OnnxValue Scatter(OnnxCall c, OnnxValue source, string reduction)
    {
        OnnxValue?[] inputs = [c.Tensor(), c.Tensor("index"), source];
        int axis = c.Axis("dim", c.Tensor().Rank);
        return reduction.Length == 0
            ? c.Emit("ScatterElements", inputs, null, null, ("axis", axis))
            : c.Emit("ScatterElements", inputs, null, null, ("axis", axis), ("reduction", reduction));
    }

    /// <summary>Writes whole rows along an axis, which comes first meanwhile.</summary>
    private static OnnxValue Rows(OnnxCall c, OnnxValue rows, string reduction)
    {
        var (x, index) = (c.Tensor(), c.Tensor("index"));
        int axis = c.Axis("dim", x.Rank);
        int[] order = [axis, .. Enumerable.Range(0, x.Rank).Where(a => a != axis)];
        var places = c.Reshape(c.Cast(index, ScalarType.Int64), OnnxSizes.Product(index.Shape), 1);
        SizeFormula[] shape = [places.Shape[0], .. x.Shape.Where((_, a) => a != axis)];
        rows = rows.Rank == x.Rank ? c.Transpose(rows, order) : c.Expand(c.Reshape(rows, [.. shape.Select(_ => (SizeFormula)1)]), shape);
        return Back(c, ScatterND(c, c.Transpose(x, order), places, rows, reduction), order);
    }

    private static OnnxValue ScatterND(OnnxCall c, OnnxValue x, OnnxValue places, OnnxValue rows, string reduction) => reduction.Length == 0
        ? c.Emit("ScatterND", [x, places, rows])
        : c.Emit("ScatterND", [x, places, rows], null, null, ("reduction", reduction));

    private static OnnxValue Back(OnnxCall c, OnnxValue x, int[] order) => c.Transpose(x, [.. Enumerable.Range(0, order.Length).Select(a => Array.IndexOf(order, a))]);

    private static OnnxValue Put(OnnxCall c)
    {
        OnnxValue x = c.Tensor(), values = c.Cast(c.Tensor("values"), c.Result.Type);
        var given = c.OptionalTensors("indices");
        int[] axes = [.. Enumerable.Range(0, given.Length).Where(i => given[i] is not null)];
        if (axes.Any(a => given[a]!.Type is ScalarType.Bool or ScalarType.Byte))
            return Masked(c, x, values, given);
        OnnxValue[] indices = [.. axes.Select(a => c.Cast(given[a]!, ScalarType.Int64))];
        int[] others = [.. Enumerable.Range(0, x.Rank).Except(axes)], order = [.. axes, .. others];
        var places = indices.Select(i => i.Shape).Aggregate((IReadOnlyList<SizeFormula>)[], OnnxSizes.Broadcast);
        // Where the indexed axes stand side by side, the values have the places in their position; else in front.
        bool together = axes[^1] - axes[0] == axes.Length - 1;
        int before = together ? axes[0] : 0;
        SizeFormula[] rest = [.. others.Select(a => x.Shape[a])];
        values = c.Expand(values, [.. rest.Take(before), .. places, .. rest.Skip(before)]);
        values = c.Transpose(values, [.. Enumerable.Range(before, places.Count), .. Enumerable.Range(0, before), .. Enumerable.Range(before + places.Count, rest.Length - before)]);
        var tuples = c.Concat([.. indices.Select(i => c.Unsqueeze(c.Expand(i, places), places.Count))], places.Count);
        return Back(c, ScatterND(c, c.Transpose(x, order), tuples, values, c.Flag("accumulate") ? "add" : ""), order);
    }

    /// <summary>A mask over the first axes, and one value for all.</summary>
    private static OnnxValue Masked(OnnxCall c, OnnxValue x, OnnxValue values, OnnxValue?[] given)
    {
        if (given.Length != 1 || c.Flag("accumulate") || !OnnxSizes.Product(values.Shape).Equals(1))
            throw c.Error("how many elements a mask takes depends on its content: assign one number, or use where");
        var mask = c.Cast(given[0]!, ScalarType.Bool);
        mask = c.Reshape(mask, [.. mask.Shape, .. x.Shape.Skip(mask.Rank).Select(_ => (SizeFormula)1)]);
        return c.Emit("Where", [mask, c.Reshape(values), x], x.Type, x.Shape);
    }
}
