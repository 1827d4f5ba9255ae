using static AniSora.Torch.torch;

namespace AniSora.Torch;

public sealed unsafe partial class SafeTensorsFile
{
    /// <summary>Bytes that are copied at a time: a span holds less than 2 GiB.</summary>
    private const int Part = 1 << 28;

    /// <inheritdoc/>
    public Tensor Load(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var entry = Entry(name);
        var tensor = empty(entry.Shape, TorchType(entry), CPU);
        try
        {
            // Not from the mapped pages: they would stay resident beside the copy until the file is closed.
            var target = (byte*)tensor.data_ptr();
            for (long at = 0; at < entry.Length; at += Part)
                _mapped.Read(entry.Offset + at, new Span<byte>(target + at, (int)Math.Min(Part, entry.Length - at)));
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Tensor View(string name)
    {
        var entry = Entry(name);
        var type = TorchType(entry);
        if (entry.Offset % SafeTensorsDType.Size(entry.DType) != 0)
            throw new InputException($"{FilePath}: tensor {SafeTensorsHeader.Quote(name)} begins at byte {entry.Offset}, which is not " +
                $"aligned for {entry.DType}; load a copy instead of a view");
        var pointer = (nint)Pointer(entry);
        _mapped.AddReference();
        try
        {
            return TensorMemory.Wrap(pointer, entry.Shape, type, _mapped.Release);
        }
        catch
        {
            _mapped.Release();
            throw;
        }
    }

    /// <summary>Writes tensors to a file, whole or not at all.</summary>
    /// <param name="path">The target.</param>
    /// <param name="tensors">Names and tensors, of any layout and device; in the file wider element types come first.</param>
    /// <param name="metadata">Short texts to store in the header.</param>
    /// <exception cref="ArgumentException">A name is repeated, or the format has no such element type.</exception>
    /// <exception cref="InputException">The file could not be written; an old file of that name is intact.</exception>
    /// <remarks>Tensors are only read, one at a time; the digest is as in <see cref="SaveRaw"/>.</remarks>
    public static void Save(string path, IEnumerable<(string name, Tensor tensor)> tensors,
        IReadOnlyDictionary<string, string>? metadata = null) =>
        Write(path, tensors.Select(t => Describe(t.name, t.tensor)), metadata);

    /// <summary>Writes a state dictionary to a file, whole or not at all; otherwise as the other overload.</summary>
    /// <param name="path">The target.</param>
    /// <param name="tensors">Tensors by name.</param>
    /// <param name="metadata">Short texts to store in the header.</param>
    /// <exception cref="InputException">The file could not be written; an old file of that name is intact.</exception>
    public static void Save(string path, IReadOnlyDictionary<string, Tensor> tensors,
        IReadOnlyDictionary<string, string>? metadata = null) =>
        Save(path, tensors.Select(t => (t.Key, t.Value)), metadata);

    private static Pending Describe(string name, Tensor tensor)
    {
        var dtype = SafeTensorsDType.FromTorch((int)tensor.dtype)
            ?? throw new ArgumentException($"tensor '{name}' is {tensor.dtype}, which safetensors cannot hold", nameof(tensor));
        return new Pending(name, dtype, tensor.shape, tensor.numel() * tensor.element_size(), put =>
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var plain = (tensor.device_type == DeviceType.CPU ? tensor : tensor.cpu()).contiguous();
            var length = plain.numel() * plain.element_size();
            var pointer = (byte*)plain.data_ptr();
            for (var at = 0L; at < length; at += Part)
                put(new ReadOnlySpan<byte>(pointer + at, (int)Math.Min(Part, length - at)));
            GC.KeepAlive(plain);
        });
    }

    private ScalarType TorchType(SafeTensorsEntry entry) => SafeTensorsDType.ToTorch(entry.DType) is >= 0 and var type
        ? (ScalarType)type
        : throw new InputException($"{FilePath}: tensor {SafeTensorsHeader.Quote(entry.Name)} has dtype {entry.DType}, which libtorch " +
            "lacks; save it as F32 or I64");
}
