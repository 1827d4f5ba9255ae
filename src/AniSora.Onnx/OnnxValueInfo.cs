namespace AniSora.Onnx;

/// <summary>Element types of tensors, numbered as in ONNX.</summary>
public enum OnnxType
{
    /// <summary>Not a tensor, or a type that has no name here.</summary>
    Unknown = 0,
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

/// <summary>One axis of a model's input or output.</summary>
/// <param name="Size">Its size, or -1 if any will do.</param>
/// <param name="Name">The name of a dynamic axis, such as <c>batch</c>; axes of one name have one size. Empty if it has none.</param>
public readonly record struct OnnxAxis(long Size, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => Size >= 0 ? Size.ToString(System.Globalization.CultureInfo.InvariantCulture) : Name.Length > 0 ? Name : "?";
}

/// <summary>An input or output of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type; <see cref="OnnxType.Unknown"/> if it is not a tensor.</param>
/// <param name="Axes">Its shape.</param>
public sealed record OnnxValueInfo(string Name, OnnxType Type, IReadOnlyList<OnnxAxis> Axes)
{
    /// <summary>Such as <c>float [batch, 3, 224, 224]</c>.</summary>
    public string Signature => Describe(Type, Axes.Select(a => a.ToString()));

    internal bool Accepts(OnnxTensor tensor) =>
        tensor.Type == Type && tensor.Shape.Count == Axes.Count && Axes.Zip(tensor.Shape).All(p => p.First.Size < 0 || p.First.Size == p.Second);

    internal static string Describe(OnnxType type, IEnumerable<string> shape) => $"{type.ToString().ToLowerInvariant()} [{string.Join(", ", shape)}]";
}

/// <summary>What a model file says of itself.</summary>
/// <param name="Producer">The program that wrote it.</param>
/// <param name="Description">In words.</param>
/// <param name="Properties">Named texts that the writer put in, such as a config or a checksum.</param>
public sealed record OnnxMetadata(string Producer, string Description, IReadOnlyDictionary<string, string> Properties);
