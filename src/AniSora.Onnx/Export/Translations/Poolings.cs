using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export.Translations;

/// <summary>Means and maxima over windows, in one to three dimensions.</summary>
internal static class Poolings
{
    public static void AddTo(OnnxTranslations table)
    {
        for (int d = 1; d <= 3; d++)
        {
            int axes = d;
            table.Add($"avg_pool{d}d", c => Batched(c, axes, x => Average(c, x, axes)));
            table.Add($"max_pool{d}d", c => Batched(c, axes, x => Maximum(c, x, axes)));
            table.Add($"adaptive_avg_pool{d}d", c => Batched(c, axes, x => AdaptiveAverage(c, x, axes)));
        }
    }

    /// <summary>ONNX wants a batch.</summary>
    private static OnnxValue Batched(OnnxCall c, int axes, Func<OnnxValue, OnnxValue> pool)
    {
        var x = c.Tensor();
        return x.Rank == axes + 1 ? c.Squeeze(pool(c.Unsqueeze(x, 0)), 0) : pool(x);
    }

    /// <summary>Sizes of the result without the batch and the channels.</summary>
    private static SizeFormula[] ResultSizes(OnnxCall c, int axes) => [.. c.Result.Shape.Skip(c.Result.Shape.Count - axes)];

    private static long[] Strides(OnnxCall c, int axes) => c.Has("stride") && c.Ints("stride").Length > 0 ? c.Ints("stride", axes) : c.Ints("kernel_size", axes);

    private static OnnxValue Average(OnnxCall c, OnnxValue x, int axes)
    {
        var sizes = ResultSizes(c, axes);
        long[] kernel = c.Ints("kernel_size", axes), strides = Strides(c, axes), padding = c.Ints("padding", axes), none = new long[axes];
        SizeFormula[] shape = [x.Shape[0], x.Shape[1], .. sizes], rest = Rest(x, sizes, kernel, strides, padding), after = [.. rest.Zip(padding, (r, p) => r + p)];
        bool borders = c.Flag("count_include_pad"), divides = axes > 1 && c.Has("divisor_override");
        if (!divides && !c.Flag("ceil_mode"))
            return c.Emit("AveragePool", [x], null, shape, ("kernel_shape", kernel), ("strides", strides), ("pads", (long[])[.. padding, .. padding]), ("count_include_pad", borders ? 1L : 0L));
        var mean = Mean(Pad(c, x, padding, after, 0));
        if (divides)
            return c.Mul(mean, kernel.Aggregate(1.0, (product, k) => product * k) / c.Number("divisor_override"));
        // A window that begins inside and ends outside counts what is inside: the mean of it all, by the part that counts.
        var counted = borders
            ? Pad(c, Creations.Filled(c, [1, 1, .. x.Shape.Skip(2).Zip(padding, (s, p) => s + 2 * p)], 1), none, rest, 0)
            : Pad(c, Creations.Filled(c, [1, 1, .. x.Shape.Skip(2)], 1), padding, after, 0);
        return c.Div(mean, Mean(counted));

        OnnxValue Mean(OnnxValue padded) => c.Emit("AveragePool", [padded], null, [padded.Shape[0], padded.Shape[1], .. sizes], ("kernel_shape", kernel), ("strides", strides));
    }

    private static OnnxValue Maximum(OnnxCall c, OnnxValue x, int axes)
    {
        var sizes = ResultSizes(c, axes);
        long[] kernel = c.Ints("kernel_size", axes), strides = Strides(c, axes), padding = c.Ints("padding", axes), dilation = c.Ints("dilation", axes);
        SizeFormula[] shape = [x.Shape[0], x.Shape[1], .. sizes];
        long[] pads = [.. padding, .. padding];
        if (c.Flag("ceil_mode"))
        {
            long[] extent = [.. kernel.Zip(dilation, (k, d) => (k - 1) * d + 1)];
            x = Pad(c, x, padding, [.. Rest(x, sizes, extent, strides, padding).Zip(padding, (r, p) => r + p)], double.NegativeInfinity);
            pads = new long[2 * axes];
        }
        return c.Emit("MaxPool", [x], null, shape, ("kernel_shape", kernel), ("strides", strides), ("pads", pads), ("dilations", dilation));
    }

    /// <summary>Elements that the last window wants beyond the padding.</summary>
    private static SizeFormula[] Rest(OnnxValue x, SizeFormula[] sizes, long[] extent, long[] strides, long[] padding) =>
        [.. sizes.Select((size, i) => (size - 1) * strides[i] + extent[i] - x.Shape[i + 2] - 2 * padding[i])];

    private static OnnxValue Pad(OnnxCall c, OnnxValue x, long[] before, SizeFormula[] after, double value)
    {
        if (before.All(p => p == 0) && after.All(p => p.Equals(0)))
            return x;
        SizeFormula[] pads = [0, 0, .. before.Select(p => (SizeFormula)p), 0, 0, .. after];
        SizeFormula[] shape = [.. x.Shape.Select((s, i) => s + pads[i] + pads[i + x.Rank])];
        return c.Emit("Pad", [x, c.SizeList(pads), c.Constant(value, x.Type)], null, shape, ("mode", "constant"));
    }

    private static OnnxValue AdaptiveAverage(OnnxCall c, OnnxValue x, int axes)
    {
        var sizes = ResultSizes(c, axes);
        for (int i = 0; i < axes; i++)
        {
            SizeFormula from = x.Shape[i + 2], to = sizes[i];
            int axis = i + 2;
            if (from.Equals(to))
                continue;
            if (to.Equals(1))
                x = c.Emit("ReduceMean", [x], null, [.. x.Shape.Select((s, a) => a == axis ? 1 : s)], ("axes", new[] { axis }), ("keepdims", 1L));
            else if (Interpolations.WholeFactor(to, from) is > 0 and var factor)
            {
                // Windows of equal length are an axis of their own.
                var windows = c.Reshape(x, [.. x.Shape.Take(axis), to, factor, .. x.Shape.Skip(axis + 1)]);
                x = c.Emit("ReduceMean", [windows], null, [.. x.Shape.Take(axis), to, .. x.Shape.Skip(axis + 1)], ("axes", new[] { axis + 1 }), ("keepdims", 0L));
            }
            else if (from.IsConstant && to.IsConstant)
            {
                int[] order = [.. Enumerable.Range(0, x.Rank)];
                (order[axis], order[^1]) = (order[^1], order[axis]);
                x = c.Transpose(c.MatMul(c.Transpose(x, order), Windows(c, from.Constant, to.Constant)), order);
            }
            else
                throw c.Error($"windows over {from} elements that make {to} have lengths that depend on the size: give a size that divides it, or make the axis a constant");
        }
        return x;
    }

    /// <summary>[from, to]: the part of each element in each mean, where window i goes from ⌊i·from / to⌋ to ⌈(i + 1)·from / to⌉.</summary>
    private static OnnxValue Windows(OnnxCall c, long from, long to) => c.Literal($"means of {from} to {to}", () =>
    {
        var weights = zeros(from, to);
        for (long i = 0; i < to; i++)
        {
            long start = i * from / to, end = ((i + 1) * from + to - 1) / to;
            weights.narrow(1, i, 1).narrow(0, start, end - start).fill_(1.0 / (end - start));
        }
        return weights;
    });
}
