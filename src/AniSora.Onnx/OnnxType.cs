namespace AniSora.Onnx;

/// <summary>Element types of tensors, numbered as in ONNX.</summary>
internal enum OnnxType
{
    /// <summary>32-bit floating point.</summary>
    Float = 1,
    /// <summary>8 bits without sign.</summary>
    UInt8 = 2,
    /// <summary>8 bits with sign.</summary>
    Int8 = 3,
    /// <summary>16 bits with sign.</summary>
    Int16 = 5,
    /// <summary>32 bits with sign.</summary>
    Int32 = 6,
    /// <summary>64 bits with sign.</summary>
    Int64 = 7,
    /// <summary>A byte that is 0 or 1.</summary>
    Bool = 9,
    /// <summary>16-bit floating point.</summary>
    Half = 10,
    /// <summary>64-bit floating point.</summary>
    Double = 11,
    /// <summary>Single precision cut to 16 bits.</summary>
    BFloat16 = 16,
}
