namespace AniSora.Models.Checkpoints;

/// <summary>Tensors to and from safetensors files, piece by piece: of any size, with one copy in memory.</summary>
public static class TensorFile
{
    /// <summary>Bytes that are copied at a time.</summary>
    private const int Part = 1 << 26;

    private static readonly Dictionary<string, ScalarType> _types = new(StringComparer.Ordinal)
    {
        ["BOOL"] = ScalarType.Bool,
        ["U8"] = ScalarType.Byte,
        ["I8"] = ScalarType.Int8,
        ["I16"] = ScalarType.Int16,
        ["I32"] = ScalarType.Int32,
        ["I64"] = ScalarType.Int64,
        ["F16"] = ScalarType.Float16,
        ["BF16"] = ScalarType.BFloat16,
        ["F32"] = ScalarType.Float32,
        ["F64"] = ScalarType.Float64,
        ["C64"] = ScalarType.ComplexFloat32,
    };

    /// <summary>Copies one tensor into memory of its own.</summary>
    /// <param name="source">An open file, or several.</param>
    /// <param name="name">The tensor.</param>
    /// <returns>A contiguous CPU tensor of the stored type and shape.</returns>
    /// <exception cref="InputException">There is no such tensor, TorchSharp has no such element type, or it holds NaN or infinity.</exception>
    public static Tensor Load(this ITensorSource source, string name)
    {
        var entry = source.Entry(name);
        if (!_types.TryGetValue(entry.DType, out var type))
            throw new InputException($"{source.FilePath}: tensor '{name}' has dtype {entry.DType}, which TorchSharp lacks; save it as F32 or I64");
        var tensor = empty(entry.Shape, type, CPU);
        try
        {
            // Not from the mapped pages: they would stay resident beside the copy until the file is closed.
            EachPart(tensor, (start, bytes) =>
            {
                source.Read(name, start, bytes);
                if (NonFinite.FirstIn(bytes, entry.DType) is >= 0 and var at)
                    throw new InputException($"{source.FilePath}: tensor '{name}' (layer '{Layer(name)}') holds NaN or infinity, the first at number {start / tensor.element_size() + at} of {entry.Count}: its training diverged or the file is damaged; take an earlier checkpoint, or fetch it again");
            });
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Writes tensors to a file, whole or not at all, with a digest of everything (<see cref="SafeTensorsFile.Verify"/>).</summary>
    /// <param name="path">The target.</param>
    /// <param name="tensors">Names and tensors, of any layout and device; in the file wider element types come first. They are only read,
    /// one at a time.</param>
    /// <param name="metadata">Short texts to store in the header.</param>
    /// <exception cref="ArgumentException">A name is repeated, or the format has no such element type.</exception>
    /// <exception cref="InputException">The file could not be written; an old file of that name is intact.</exception>
    public static void Save(string path, IEnumerable<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        SafeTensorsFile.Write(path, tensors.Select(t => Describe(t.Name, t.Value)), metadata);

    private static StreamedTensor Describe(string name, Tensor tensor)
    {
        string dtype = _types.FirstOrDefault(t => t.Value == tensor.dtype).Key
            ?? throw new ArgumentException($"tensor '{name}' is {tensor.dtype}, which safetensors cannot hold", nameof(tensor));
        return new(name, dtype, tensor.shape, tensor.numel() * tensor.element_size(), put =>
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            EachPart(tensor.detach().cpu().contiguous(), (_, bytes) => put(bytes));
        });
    }

    private static string Layer(string tensor) => tensor.LastIndexOf('.') is > 0 and var dot ? tensor[..dot] : tensor;

    private delegate void Visit(long start, Span<byte> bytes);

    /// <summary>A contiguous CPU tensor's bytes in order: a span holds less than 2 GiB.</summary>
    private static void EachPart(Tensor tensor, Visit visit)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var flat = tensor.view(-1);
        long size = tensor.element_size(), elements = Part / size;
        for (long at = 0; at < flat.shape[0]; at += elements)
        {
            using var part = flat.narrow(0, at, Math.Min(elements, flat.shape[0] - at));
            visit(at * size, part.bytes);
        }
    }
}
