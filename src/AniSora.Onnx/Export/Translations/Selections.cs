using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export.Translations;

/// <summary>Order, triangles, windows and rotations: elements chosen by their places or their ranks.</summary>
internal static class Selections
{
    public static void AddTo(OnnxTranslations table)
    {
        table.AddMany("topk", c => Largest(c, c.SizeList(c.Size("k")), c.Flag("largest"), c.Flag("sorted")));
        foreach (string name in new[] { "sort", "sort.stable" })
            table.AddMany(name, c => Sorted(c));
        table.Add(["argsort", "argsort.stable"], c => Sorted(c)[1]!);
        table.Add("one_hot", OneHot);
        table.Add(["tril", "triu"], Triangle);
        table.Add("roll", Roll);
        table.Add("unfold", Unfold);
        table.AddMany("meshgrid.indexing", Meshgrid);
        table.AddMany("meshgrid", Meshgrid);
        table.Add("eye.m", c => Diagonal(c, c.Size("n"), c.Size("m")));
        table.Add("eye", c => Diagonal(c, c.Size("n"), c.Size("n")));
        table.Add("linspace", c => Between(c));
        table.Add("logspace", c => c.Binary("Pow", c.Constant(c.Number("base"), c.Result.Type), Between(c)));
    }

    /// <summary>0, 1, …, one less than a size: int64.</summary>
    internal static OnnxValue Count(OnnxCall c, SizeFormula size) => size.IsConstant
        ? c.Integers([.. Enumerable.Range(0, (int)size.Constant).Select(i => (long)i)])
        : c.Emit("Range", [c.Constant(0, ScalarType.Int64), c.Emit("Squeeze", [c.SizeList(size)], null, []), c.Constant(1, ScalarType.Int64)], ScalarType.Int64, [size]);

    private static OnnxValue?[] Largest(OnnxCall c, OnnxValue count, bool largest, bool sorted)
    {
        var x = c.Tensor();
        var wide = x.Type is ScalarType.Float64 or ScalarType.Float32 or ScalarType.Int64 or ScalarType.Int32 ? x.Type : OnnxTypes.IsFloat(x.Type) ? ScalarType.Float32 : ScalarType.Int32;
        var shape = c.Node.Results[0]!.Shape;
        return c.EmitMany("TopK", [c.Cast(x, wide), count], [(wide, shape), (ScalarType.Int64, shape)], ("axis", c.Axis("dim", x.Rank)), ("largest", largest ? 1L : 0L), ("sorted", sorted ? 1L : 0L));
    }

    /// <summary>Of equal elements ONNX names the earlier one first, so that the order is a stable one.</summary>
    private static OnnxValue?[] Sorted(OnnxCall c)
    {
        var x = c.Tensor();
        return x.Rank == 0
            ? [x, c.Constant(0, ScalarType.Int64)]
            : Largest(c, c.SizeList(x.Shape[c.Axis("dim", x.Rank)]), c.Flag("descending"), sorted: true);
    }

    private static OnnxValue OneHot(OnnxCall c)
    {
        long classes = c.Int("num_classes");
        return classes < 0
            ? throw c.Error("the number of classes depends on the content: give num_classes")
            : c.Emit("OneHot", [c.Tensor(), c.Constant(classes, ScalarType.Int64), c.Integers(0, 1)], ScalarType.Int64, c.Result.Shape, ("axis", -1L));
    }

    private static OnnxValue Triangle(OnnxCall c)
    {
        var x = c.Tensor();
        var wide = x.Type is ScalarType.Float32 or ScalarType.Float64 or ScalarType.Int64 ? x.Type : OnnxTypes.IsFloat(x.Type) ? ScalarType.Float32 : ScalarType.Int64;
        return c.Emit("Trilu", [c.Cast(x, wide), c.Constant(c.Int("diagonal"), ScalarType.Int64)], null, null, ("upper", c.Node.Op.Name == "triu" ? 1L : 0L));
    }

    private static OnnxValue Roll(OnnxCall c)
    {
        var x = c.Tensor();
        var shifts = c.Sizes("shifts");
        if (c.Ints("dims").Length == 0)
            return c.Reshape(Along(c.Reshape(x, OnnxSizes.Product(x.Shape)), 0, shifts[0]), x.Shape);
        foreach (var (axis, shift) in c.Axes("dims", x.Rank).Zip(shifts))
            x = Along(x, axis, shift);
        return x;

        // The element at place i comes from place i - shift, counted around.
        OnnxValue Along(OnnxValue x, int axis, SizeFormula shift)
        {
            var index = c.Binary("Mod", c.Sub(Count(c, x.Shape[axis]), c.SizeList(shift)), c.SizeList(x.Shape[axis]));
            return c.Emit("Gather", [x, index], null, null, ("axis", axis));
        }
    }

    private static OnnxValue Unfold(OnnxCall c)
    {
        var x = c.Tensor();
        int axis = c.Axis("dimension", x.Rank);
        long size = c.Int("size");
        var windows = c.Result.Shape[axis];
        var starts = c.Mul(c.Unsqueeze(Count(c, windows), 1), c.Int("step"));
        var index = c.Add(starts, Count(c, size)); // [windows, size]
        var y = c.Emit("Gather", [x, index], null, [.. x.Shape.Take(axis), windows, size, .. x.Shape.Skip(axis + 1)], ("axis", axis));
        int[] others = [.. Enumerable.Range(0, y.Rank).Where(a => a != axis + 1)];
        return c.Transpose(y, [.. others, axis + 1]);
    }

    private static IReadOnlyList<OnnxValue?> Meshgrid(OnnxCall c)
    {
        var parts = c.Tensors("tensors");
        // Indexed as a picture, the second part goes down and the first one across.
        bool swapped = c.Node.Op.FullName == "meshgrid.indexing" && c.Text("indexing") == "xy" && parts.Length > 1;
        return [.. parts.Select((part, i) =>
        {
            var shape = Enumerable.Repeat((SizeFormula)1, parts.Length).ToArray();
            shape[swapped && i < 2 ? 1 - i : i] = OnnxSizes.Product(part.Shape);
            return c.Expand(c.Reshape(part, shape), c.Node.Results[i]!.Shape);
        })];
    }

    private static OnnxValue Diagonal(OnnxCall c, SizeFormula rows, SizeFormula columns) =>
        c.Cast(c.Binary("Equal", c.Unsqueeze(Count(c, rows), 1), Count(c, columns), ScalarType.Bool), c.Result.Type);

    /// <summary>Numbers at equal distances; the last one is exact.</summary>
    private static OnnxValue Between(OnnxCall c)
    {
        var type = ScalarType.Float64;
        double start = c.Number("start"), end = c.Number("end");
        var steps = c.Size("steps");
        var last = c.Binary("Max", c.Cast(c.SizeList(steps - 1), type), c.Constant(1, type));
        var places = c.Div(c.Cast(Count(c, steps), type), last);
        return c.Cast(c.Add(c.Mul(places, end - start), start), c.Result.Type);
    }
}
