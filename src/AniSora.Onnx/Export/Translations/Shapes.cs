using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export.Translations;

/// <summary>Operators that move elements or only name their places anew.</summary>
internal static class Shapes
{
    public static void AddTo(OnnxTranslations table)
    {
        table.Add(["view", "reshape", "_unsafe_view", "_reshape_alias", "flatten.using_ints", "unflatten.int", "view_as", "reshape_as", "unsqueeze", "squeeze", "squeeze.dim", "squeeze.dims", "ravel"],
            c => c.Reshape(c.Tensor(), c.Result.Shape));
        table.Add(["contiguous", "clone", "detach", "alias", "lift_fresh", "positive", "view.dtype", "resolve_conj", "resolve_neg", "requires_grad", "pin_memory"], c => c.Tensor());
        table.Add(["to.dtype", "to.dtype_layout", "to.device", "to.other", "_to_copy", "type_as"], c => c.Cast(c.Tensor(), c.Result.Type));
        table.Add("copy", c => c.Expand(c.Cast(c.Tensor("src"), c.Result.Type), c.Result.Shape));
        table.Add(["permute", "movedim.int", "movedim.intlist", "transpose.int", "swapaxes", "swapdims", "t", "numpy_T", "mT", "adjoint"], c => c.Transpose(c.Tensor(), Order(c)));
        table.Add(["expand", "expand_as", "broadcast_to"], c => c.Expand(c.Tensor(), c.Result.Shape));
        table.Add(["cat", "concat"], Cat);
        table.Add("stack", c => c.Concat([.. c.Tensors("tensors").Select(t => c.Cast(c.Unsqueeze(t, c.Axis("dim", t.Rank + 1)), c.Result.Type))], c.Axis("dim", c.Result.Shape.Count)));
        foreach (string name in new[] { "split.Tensor", "split_with_sizes", "chunk", "tensor_split.sections", "unsafe_split.Tensor", "unsafe_chunk" })
            table.AddMany(name, Split);
        table.AddMany("unbind.int", c => [.. Enumerable.Range(0, c.Node.Results.Count).Select(i => Select(c, c.Tensor(), c.Axis("dim", c.Tensor().Rank), i))]);
        table.Add("select.int", c => Select(c, c.Tensor(), c.Axis("dim", c.Tensor().Rank), c.Size("index")));
        table.Add("narrow", c => Narrow(c, c.Axis("dim", c.Tensor().Rank)));
        table.Add("slice.Tensor", c => Slice(c, c.Axis("dim", c.Tensor().Rank)));
        table.Add(["repeat", "tile"], Repeat);
        table.Add("repeat_interleave.self_int", Interleave);
        table.Add("flip", Flip);
    }

    private static int[] Order(OnnxCall c)
    {
        int rank = c.Tensor().Rank;
        int[] all = [.. Enumerable.Range(0, rank)];
        return c.Node.Op.FullName switch
        {
            "permute" => c.Axes("dims", rank),
            "transpose.int" or "swapdims" => Swapped(c.Axis("dim0", rank), c.Axis("dim1", rank)),
            "swapaxes" => Swapped(c.Axis("axis0", rank), c.Axis("axis1", rank)),
            "movedim.int" => Moved([c.Axis("source", rank)], [c.Axis("destination", rank)]),
            "movedim.intlist" => Moved(c.Axes("source", rank), c.Axes("destination", rank)),
            "numpy_T" => [.. all.Reverse()],
            _ => rank < 2 ? all : Swapped(rank - 2, rank - 1),
        };

        int[] Swapped(int a, int b)
        {
            if (rank > 0)
                (all[a], all[b]) = (all[b], all[a]);
            return all;
        }

        int[] Moved(int[] from, int[] to)
        {
            var rest = new Queue<int>(all.Except(from));
            return [.. all.Select(place => Array.IndexOf(to, place) is >= 0 and var i ? from[i] : rest.Dequeue())];
        }
    }

    private static OnnxValue Cat(OnnxCall c)
    {
        // An old kind of empty tensor, of one axis, fits anything.
        var parts = c.Tensors("tensors").Where(t => t.Rank == c.Result.Shape.Count).Select(t => c.Cast(t, c.Result.Type)).ToArray();
        int axis = c.Axis("dim", c.Result.Shape.Count);
        return Repeated(c, parts, axis) ?? c.Concat(parts, axis);
    }

    /// <summary>
    /// Parts that each repeat one row along the axis, such as a caption's and a video's scale over a sequence of tokens: the rows are gathered
    /// at once, instead of being repeated and then joined.
    /// </summary>
    private static OnnxValue? Repeated(OnnxCall c, OnnxValue[] parts, int axis)
    {
        if (!parts.All(p => p.Unexpanded is { } row && row.Rank == p.Rank && row.Shape[axis].Equals(1) && row.Shape.Where((_, i) => i != axis).SequenceEqual(p.Shape.Where((_, i) => i != axis))))
            return null;
        var rows = c.Concat([.. parts.Select(p => p.Unexpanded!)], axis);
        var index = c.Concat([.. parts.Select((p, i) => c.Expand(c.Integers(i), p.Shape[axis]))], 0);
        return c.Emit("Gather", [rows, index], null, c.Result.Shape, ("axis", axis));
    }

    private static IReadOnlyList<OnnxValue?> Split(OnnxCall c)
    {
        var x = c.Tensor();
        int axis = c.Axis("dim", x.Rank);
        if (c.Node.Results.Count == 1)
            return [x];
        return c.Split(x, axis, [.. c.Node.Results.Select(r => r!.Shape[axis])]);
    }

    private static OnnxValue Select(OnnxCall c, OnnxValue x, int axis, SizeFormula index)
    {
        SizeFormula[] shape = [.. x.Shape.Where((_, a) => a != axis)];
        if (x.Shape[axis].Equals(1))
            return c.Reshape(x, shape);
        // Of a few numbers in a row, ONNX Runtime cuts off each faster than it gathers one.
        if (axis == x.Rank - 1 && index.IsConstant && x.Shape[axis] is { IsConstant: true, Constant: <= 8 } few)
            return c.Reshape(c.Split(x, axis, [.. Enumerable.Repeat((SizeFormula)1, (int)few.Constant)])[index.Constant < 0 ? index.Constant + few.Constant : index.Constant], shape);
        var place = index.IsConstant ? c.Constant(index.Constant, ScalarType.Int64) : c.Emit("Squeeze", [c.SizeList(index)], null, []);
        return c.Emit("Gather", [x, place], null, shape, ("axis", axis));
    }

    private static OnnxValue Narrow(OnnxCall c, int axis)
    {
        var x = c.Tensor();
        SizeFormula start = c.Size("start"), length = c.Size("length");
        if (start is { IsConstant: true, Constant: < 0 })
            start += x.Shape[axis];
        return c.Slice(x, axis, start, start + length, 1, length);
    }

    private static OnnxValue Slice(OnnxCall c, int axis)
    {
        SizeFormula start = c.Has("start") ? c.Size("start") : 0, end = c.Has("end") ? c.Size("end") : long.MaxValue;
        return c.Slice(c.Tensor(), axis, start, end, c.Int("step"), c.Result.Shape[axis]);
    }

    private static OnnxValue Repeat(OnnxCall c)
    {
        var x = c.Tensor();
        var repeats = c.Sizes(c.Node.Op.Name == "tile" ? "dims" : "repeats");
        int added = Math.Max(repeats.Length - x.Rank, 0);
        x = c.Unsqueeze(x, [.. Enumerable.Range(0, added)]);
        repeats = [.. Enumerable.Repeat((SizeFormula)1, x.Rank - repeats.Length), .. repeats];
        return repeats.All(r => r.Equals(1)) ? x : c.Emit("Tile", [x, c.SizeList(repeats)], null, c.Result.Shape);
    }

    private static OnnxValue Interleave(OnnxCall c)
    {
        var x = c.Tensor();
        if (!c.Has("dim"))
            x = c.Reshape(x, OnnxSizes.Product(x.Shape));
        int axis = c.Has("dim") ? c.Axis("dim", x.Rank) : 0;
        var wide = c.Expand(c.Unsqueeze(x, axis + 1), [.. x.Shape.Take(axis + 1), c.Size("repeats"), .. x.Shape.Skip(axis + 1)]);
        return c.Reshape(wide, c.Result.Shape);
    }

    private static OnnxValue Flip(OnnxCall c)
    {
        var x = c.Tensor();
        long[] axes = [.. c.Ints("dims").Select(a => a < 0 ? a + x.Rank : a)];
        if (axes.Length == 0)
            return x;
        OnnxValue Each(long number) => c.Integers([.. axes.Select(_ => number)]);
        return c.Emit("Slice", [x, Each(-1), Each(long.MinValue), c.Integers(axes), Each(-1)]);
    }
}
