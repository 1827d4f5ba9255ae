namespace AniSora.Onnx.Export;

/// <summary>An initialiser: made when it is written, so that no more than one changed weight is in memory at a time.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Make">Makes its content, in the caller's dispose scope.</param>
internal sealed record OnnxInitializer(string Name, ScalarType Type, long[] Shape, Func<Tensor> Make)
{
    /// <summary>Elements that are written at a time: a span ends at 2 GB.</summary>
    private const long Most = 1 << 22;

    /// <summary>Bytes of the content.</summary>
    public long Bytes => Shape.Aggregate(1L, (product, size) => product * size) * Type switch
    {
        ScalarType.Float64 or ScalarType.Int64 => 8,
        ScalarType.Float32 or ScalarType.Int32 => 4,
        ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Int16 => 2,
        _ => 1,
    };

    /// <summary>Makes the content and writes it as ONNX stores it: row-major, little-endian.</summary>
    public void Write(Stream stream)
    {
        using var scope = NewDisposeScope();
        var content = Make().detach().cpu().contiguous();
        if (content.dtype != Type || !content.shape.SequenceEqual(Shape))
            throw new InvalidOperationException($"{Name}: made {content.dtype}[{string.Join(", ", content.shape)}], not {Type}[{string.Join(", ", Shape)}]");
        var flat = content.view(-1);
        for (long at = 0; at < flat.numel(); at += Most)
            stream.Write(flat.narrow(0, at, Math.Min(Most, flat.numel() - at)).bytes);
    }
}
