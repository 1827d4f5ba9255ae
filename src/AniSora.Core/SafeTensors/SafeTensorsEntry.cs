namespace AniSora;

/// <summary>Where one tensor lies in a safetensors file. Reading it needs no libtorch.</summary>
/// <param name="Name">The tensor's name, for weights the published name such as <c>blocks.0.conv.weight</c>.</param>
/// <param name="DType">The element type as the format spells it: <c>F32</c>, <c>U8</c>, <c>I64</c>, <c>BF16</c>, ...</param>
/// <param name="Shape">The sizes, outermost first; empty for a single number.</param>
/// <param name="Offset">The first byte, counted from the start of the file.</param>
/// <param name="Length">The number of bytes; equals the shape's product times the element size.</param>
public sealed record SafeTensorsEntry(string Name, string DType, long[] Shape, long Offset, long Length)
{
    /// <summary>The number of elements.</summary>
    public long Count => Length / SafeTensorsDType.Size(DType);
}

/// <summary>One tensor to be written, as plain bytes in row-major, little-endian order.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="DType">The element type as the format spells it.</param>
/// <param name="Shape">The sizes, outermost first.</param>
/// <param name="Data">Its bytes; the length must be the shape's product times the element size.</param>
public sealed record RawTensor(string Name, string DType, long[] Shape, ReadOnlyMemory<byte> Data);

/// <summary>One tensor to be written that need not lie in memory in one piece.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="DType">The element type as the format spells it.</param>
/// <param name="Shape">The sizes, outermost first.</param>
/// <param name="Length">Bytes: the shape's product times the element size.</param>
/// <param name="Content">Hands its bytes on, in order.</param>
public sealed record StreamedTensor(string Name, string DType, long[] Shape, long Length, Action<Action<ReadOnlySpan<byte>>> Content);

/// <summary>The element types of the format.</summary>
internal static class SafeTensorsDType
{
    private static readonly Dictionary<string, int> _types = new(StringComparer.Ordinal)
    {
        ["BOOL"] = 1,
        ["U8"] = 1,
        ["I8"] = 1,
        ["F8_E4M3"] = 1,
        ["F8_E5M2"] = 1,
        ["I16"] = 2,
        ["U16"] = 2,
        ["F16"] = 2,
        ["BF16"] = 2,
        ["I32"] = 4,
        ["U32"] = 4,
        ["F32"] = 4,
        ["I64"] = 8,
        ["U64"] = 8,
        ["F64"] = 8,
        ["C64"] = 8,
    };

    public static bool IsKnown(string dtype) => _types.ContainsKey(dtype);

    public static int Size(string dtype) => _types[dtype];

    /// <summary>Bytes of a tensor of that shape, or -1 where a size is negative or the product leaves 63 bits.</summary>
    /// <remarks>Zeros count as one while multiplying: [0, 2^62, 2^62] holds nothing, yet its strides overflow all the same.</remarks>
    public static long ByteCount(string dtype, ReadOnlySpan<long> shape)
    {
        Int128 product = Size(dtype);
        var empty = false;
        foreach (var size in shape)
        {
            if (size < 0)
                return -1;
            empty |= size == 0;
            product *= Math.Max(size, 1);
            if (product > long.MaxValue)
                return -1;
        }
        return empty ? 0 : (long)product;
    }
}
