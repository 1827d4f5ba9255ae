using AniSora.Torch.Recording;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export.Translations;

/// <summary>Pictures and videos in another size.</summary>
internal static class Interpolations
{
    public static void AddTo(OnnxTranslations table)
    {
        for (int d = 1; d <= 3; d++)
            table.Add([$"upsample_nearest{d}d.vec", $"upsample_nearest{d}d"], Nearest);
        table.Add(["upsample_linear1d.vec", "upsample_linear1d", "upsample_bilinear2d.vec", "upsample_bilinear2d", "upsample_trilinear3d.vec", "upsample_trilinear3d"], c => Smooth(c, "linear"));
        table.Add(["upsample_bicubic2d.vec", "upsample_bicubic2d"], c => Smooth(c, "cubic"));
        table.Add("pixel_shuffle", c => Shuffle(c, (int)c.Int("upscale_factor"), up: true));
        table.Add("pixel_unshuffle", c => Shuffle(c, (int)c.Int("downscale_factor"), up: false));
    }

    private static OnnxValue Input(OnnxCall c) => c.Tensor(c.Node.Op.FullName.EndsWith(".vec", StringComparison.Ordinal) ? "input" : "self");

    /// <summary>
    /// New size / old size of each axis where libtorch works with that number and not with the sizes; null where it takes the sizes.
    /// </summary>
    private static double[]? Factors(OnnxCall c, int axes)
    {
        if (c.Node.Op.FullName.EndsWith(".vec", StringComparison.Ordinal))
            return c.Has("scale_factors") ? c.Numbers("scale_factors") : null;
        string[] names = axes switch { 1 => ["scales"], 2 => ["scales_h", "scales_w"], _ => ["scales_d", "scales_h", "scales_w"] };
        return names.All(c.Has) ? [.. names.Select(c.Number)] : null;
    }

    private static OnnxValue Nearest(OnnxCall c)
    {
        var x = Input(c);
        var factors = Factors(c, x.Rank - 2);
        // By whole factors the two have the same arithmetic; ONNX Runtime resizes these types.
        if (x.Type is ScalarType.Float32 or ScalarType.Int32 or ScalarType.Byte && Enumerable.Range(2, x.Rank - 2).All(a => WholeFactor(x.Shape[a], c.Result.Shape[a]) > 0))
            return c.Emit("Resize", [x, null, null, c.SizeList(c.Result.Shape)], null, c.Result.Shape, ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"));
        for (int axis = 2; axis < x.Rank; axis++)
        {
            SizeFormula from = x.Shape[axis], to = c.Result.Shape[axis];
            if (from.Equals(to))
                continue;
            // min(⌊i · old / new⌋, old - 1), in single precision as in libtorch.
            var ratio = factors is null ? c.Div(Float(c, from), Float(c, to)) : c.Constant((float)(1 / factors[axis - 2]));
            var places = c.Emit("Floor", [c.Mul(Float(c, Selections.Count(c, to)), ratio)]);
            var index = c.Binary("Min", c.Cast(places, ScalarType.Int64), c.SizeList(from - 1));
            x = c.Emit("Gather", [x, index], null, [.. x.Shape.Take(axis), to, .. x.Shape.Skip(axis + 1)], ("axis", axis));
        }
        return x;
    }

    private static OnnxValue Smooth(OnnxCall c, string mode)
    {
        var x = c.Cast(Input(c), ScalarType.Float32);
        bool aligned = c.Flag("align_corners");
        string places = aligned ? "align_corners" : "half_pixel";
        // What goes by factors does so in ONNX too, and has the same sizes.
        var factors = aligned ? null : Factors(c, x.Rank - 2);
        OnnxValue?[] inputs = factors is null
            ? [x, null, null, c.SizeList(c.Result.Shape)]
            : [x, null, c.Literal($"factors [1, 1, {string.Join(", ", factors.Select(f => FormattableString.Invariant($"{f:r}")))}]", () => tensor([1f, 1, .. factors.Select(f => (float)f)]))];
        return mode == "cubic"
            ? c.Emit("Resize", inputs, null, c.Result.Shape, ("mode", mode), ("coordinate_transformation_mode", places), ("cubic_coeff_a", -0.75))
            : c.Emit("Resize", inputs, null, c.Result.Shape, ("mode", mode), ("coordinate_transformation_mode", places));
    }

    /// <summary>The whole number by which a size is another one, at all sizes; 0 if there is none.</summary>
    internal static long WholeFactor(SizeFormula from, SizeFormula to)
    {
        if (from.IsConstant && to.IsConstant)
            return from.Constant > 0 && to.Constant % from.Constant == 0 ? to.Constant / from.Constant : 0;
        long factor = from.Terms.Zip(to.Terms).Select(t => t.First.Coefficient == 0 ? 0 : t.Second.Coefficient / t.First.Coefficient).FirstOrDefault();
        return factor > 0 && (from * factor).Equals(to) ? factor : 0;
    }

    private static OnnxValue Float(OnnxCall c, SizeFormula size) => c.Cast(c.SizeList(size), ScalarType.Float32);

    private static OnnxValue Float(OnnxCall c, OnnxValue x) => c.Cast(x, ScalarType.Float32);

    /// <summary>[…, C·r², H, W] to […, C, H·r, W·r], or back.</summary>
    private static OnnxValue Shuffle(OnnxCall c, int r, bool up)
    {
        var x = c.Tensor();
        int lead = x.Rank - 3;
        SizeFormula[] before = [.. x.Shape.Take(lead)];
        var small = up ? x.Shape : c.Result.Shape;
        var channels = up ? c.Result.Shape[lead] : x.Shape[lead];
        int[] all = [.. Enumerable.Range(0, lead)];
        var (h, w) = (small[^2], small[^1]);
        return up
            ? c.Reshape(c.Transpose(c.Reshape(x, [.. before, channels, r, r, h, w]), [.. all, lead, lead + 3, lead + 1, lead + 4, lead + 2]), c.Result.Shape)
            : c.Reshape(c.Transpose(c.Reshape(x, [.. before, channels, h, r, w, r]), [.. all, lead, lead + 2, lead + 4, lead + 1, lead + 3]), c.Result.Shape);
    }
}
