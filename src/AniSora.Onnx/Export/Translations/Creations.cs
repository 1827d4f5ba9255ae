using AniSora.Torch.Recording;
using Google.Protobuf;
using Onnx;
using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export.Translations;

/// <summary>Tensors made of nothing but sizes and numbers.</summary>
internal static class Creations
{
    public static void AddTo(OnnxTranslations table)
    {
        table.Add(["zeros", "zeros_like", "new_zeros", "empty.memory_format", "empty_like", "new_empty"], c => Filled(c, c.Result.Shape, 0));
        table.Add(["ones", "ones_like", "new_ones"], c => Filled(c, c.Result.Shape, 1));
        table.Add(["full", "full_like", "new_full"], c => Full(c, "fill_value"));
        table.Add("fill.Scalar", c => Full(c, "value"));
        table.Add("scalar_tensor", c => c.Scalar("s", c.Result.Type));
        table.Add(["arange", "arange.start", "arange.start_step"], Range);
    }

    /// <summary>One number everywhere.</summary>
    internal static OnnxValue Filled(OnnxCall c, IReadOnlyList<SizeFormula> shape, double number)
    {
        var type = c.Result.Type;
        if (shape.Count == 0)
            return c.Constant(number, type);
        using var one = full([1], number, dtype: type);
        var value = new TensorProto { DataType = (int)OnnxTypes.Of(type), RawData = ByteString.CopyFrom(one.bytes) };
        value.Dims.Add(1);
        return c.Emit("ConstantOfShape", [c.SizeList(shape)], type, shape, ("value", value));
    }

    private static OnnxValue Full(OnnxCall c, string argument) => c.HasFormula(argument)
        ? c.Expand(c.Reshape(c.Scalar(argument, c.Result.Type), [.. c.Result.Shape.Select(_ => (SizeFormula)1)]), c.Result.Shape)
        : Filled(c, c.Result.Shape, c.Number(argument));

    private static OnnxValue Range(OnnxCall c)
    {
        bool hasStart = c.Node.Op.FullName != "arange", hasStep = c.Node.Op.FullName == "arange.start_step";
        // Counted in 64 bits, whose last number is the same as libtorch's.
        var type = OnnxTypes.IsFloat(c.Result.Type) ? ScalarType.Float64 : ScalarType.Int64;
        OnnxValue start = hasStart ? c.Scalar("start", type) : c.Constant(0, type), step = hasStep ? c.Scalar("step", type) : c.Constant(1, type);
        return c.Cast(c.Emit("Range", [start, c.Scalar("end", type), step], type, c.Result.Shape), c.Result.Type);
    }
}
