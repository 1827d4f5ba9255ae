using static AniSora.Torch.torch;

namespace AniSora.Onnx.Export;

/// <summary>Element types in libtorch and in ONNX.</summary>
internal static class OnnxTypes
{
    /// <summary>ONNX's number of a type.</summary>
    /// <exception cref="InputException">ONNX has no such type, or nothing computes with it.</exception>
    public static OnnxType Of(ScalarType type) => type switch
    {
        ScalarType.Byte => OnnxType.UInt8,
        ScalarType.Int8 => OnnxType.Int8,
        ScalarType.Int16 => OnnxType.Int16,
        ScalarType.Int32 => OnnxType.Int32,
        ScalarType.Int64 => OnnxType.Int64,
        ScalarType.Float16 => OnnxType.Half,
        ScalarType.Float32 => OnnxType.Float,
        ScalarType.Float64 => OnnxType.Double,
        ScalarType.Bool => OnnxType.Bool,
        ScalarType.BFloat16 => OnnxType.BFloat16,
        _ => throw new InputException($"tensors of {type} cannot be written to ONNX: convert them to float32 pairs before recording"),
    };

    /// <summary>Bytes of an element.</summary>
    public static int SizeOf(ScalarType type) => type switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        _ => 8,
    };

    /// <summary>Whether it is a type of fractions.</summary>
    public static bool IsFloat(ScalarType type) => type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;

    /// <summary>Whether it is a type of whole numbers.</summary>
    public static bool IsInteger(ScalarType type) => type is ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64;

    /// <summary>
    /// The type in which libtorch computes with two tensors, or a tensor and a number: what is weak, a number or a tensor without axes, only
    /// counts where its kind (bool, whole, fraction) is higher.
    /// </summary>
    public static ScalarType Promote(ScalarType a, bool weakA, ScalarType b, bool weakB)
    {
        if (weakA && !weakB)
            return Promote(b, weakB, a, weakA);
        if (weakB && !weakA)
            return Kind(b) <= Kind(a) ? a : b;
        if (a == b)
            return a;
        if (Kind(a) != Kind(b))
            return Kind(a) > Kind(b) ? a : b;
        // uint8 with a signed byte, half with bfloat16: what holds both.
        if (SizeOf(a) == SizeOf(b))
            return IsFloat(a) ? ScalarType.Float32 : ScalarType.Int16;
        return SizeOf(a) > SizeOf(b) ? a : b;
    }

    private static int Kind(ScalarType type) => type == ScalarType.Bool ? 0 : IsFloat(type) ? 2 : 1;
}
