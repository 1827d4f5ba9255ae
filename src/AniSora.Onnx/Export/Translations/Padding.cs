using AniSora.Torch.Recording;

namespace AniSora.Onnx.Export.Translations;

/// <summary>Padding: negative numbers cut off.</summary>
internal static class Padding
{
    public static void AddTo(OnnxTranslations table)
    {
        table.Add("constant_pad_nd", c => Pad(c, "pad", "constant", "value"));
        table.Add("pad", c => Pad(c, "pad", c.Text("mode") switch
        {
            "constant" => "constant",
            "reflect" => "reflect",
            "replicate" => "edge",
            var mode => throw c.Error($"mode {mode} has no form in ONNX: use constant, reflect or replicate, or cat"),
        }, c.Has("value") ? "value" : null));
        for (int d = 1; d <= 3; d++)
        {
            table.Add($"reflection_pad{d}d", c => Pad(c, "padding", "reflect", null));
            table.Add($"replication_pad{d}d", c => Pad(c, "padding", "edge", null));
        }
    }

    /// <summary>libtorch names the last axis first, start and end; ONNX lists the starts of all axes, then the ends.</summary>
    private static OnnxValue Pad(OnnxCall c, string argument, string mode, string? value)
    {
        var x = c.Tensor();
        var given = c.Sizes(argument);
        if (given.All(p => p.Equals(0)))
            return x;
        var pads = new SizeFormula[2 * x.Rank];
        Array.Fill(pads, 0);
        for (int i = 0; i < given.Length / 2; i++)
            (pads[x.Rank - 1 - i], pads[2 * x.Rank - 1 - i]) = (given[2 * i], given[2 * i + 1]);
        OnnxValue[] inputs = value is null || c.Number(value) == 0 ? [x, c.SizeList(pads)] : [x, c.SizeList(pads), c.Constant(c.Number(value), x.Type)];
        return c.Emit("Pad", inputs, null, c.Result.Shape, ("mode", mode));
    }
}
