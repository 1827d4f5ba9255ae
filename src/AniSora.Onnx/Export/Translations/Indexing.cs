using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export.Translations;

/// <summary>Reading at places that tensors name.</summary>
internal static class Indexing
{
    public static void AddTo(OnnxTranslations table)
    {
        table.Add("index_select", c => Gather(c, c.Tensor(), c.Tensor("index"), c.Axis("dim", c.Tensor().Rank)));
        table.Add("embedding", c => Gather(c, c.Tensor("weight"), c.Tensor("indices"), 0));
        table.Add("index.Tensor", Index);
    }

    private static OnnxValue Gather(OnnxCall c, OnnxValue x, OnnxValue index, int axis) =>
        c.Emit("Gather", [x, index], null, [.. x.Shape.Take(axis), .. index.Shape, .. x.Shape.Skip(axis + 1)], ("axis", axis));

    private static OnnxValue Index(OnnxCall c)
    {
        var x = c.Tensor();
        var given = c.OptionalTensors("indices");
        int[] axes = [.. Enumerable.Range(0, given.Length).Where(i => given[i] is not null)];
        var indices = axes.Select(a => given[a]!).ToList();
        if (indices.Exists(i => i.Type is ScalarType.Bool or ScalarType.Byte))
            throw c.Error("the number of elements that a mask selects depends on its content: use where or masked_fill");
        indices = [.. indices.Select(i => c.Cast(i, ScalarType.Int64))];
        if (axes.Length == 1)
            return Gather(c, x, indices[0], axes[0]);
        // Indexed axes first, then a tuple of indices for each place.
        int[] others = [.. Enumerable.Range(0, x.Rank).Except(axes)];
        x = c.Transpose(x, [.. axes, .. others]);
        var places = indices.Select(i => i.Shape).Aggregate((IReadOnlyList<SizeFormula>)[], OnnxSizes.Broadcast);
        var tuples = c.Concat([.. indices.Select(i => c.Unsqueeze(c.Expand(i, places), places.Count))], places.Count);
        var y = c.Emit("GatherND", [x, tuples], null, [.. places, .. x.Shape.Skip(axes.Length)]);
        // Where the indexed axes stand side by side, the places take their position.
        if (axes[^1] - axes[0] != axes.Length - 1)
            return y;
        int before = axes[0];
        return c.Transpose(y, [.. Enumerable.Range(places.Count, before), .. Enumerable.Range(0, places.Count), .. Enumerable.Range(places.Count + before, y.Rank - places.Count - before)]);
    }
}
