using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AniSora;

public sealed unsafe partial class SafeTensorsFile
{
    /// <summary>The metadata key of the digest; it is the header's first, at a fixed place, and not shown in
    /// <see cref="Metadata"/>.</summary>
    private const string DigestKey = "anisora.sha256";

    private static ReadOnlySpan<byte> DigestPrefix => "{\"__metadata__\":{\"anisora.sha256\":\""u8;

    /// <summary>What stands at the digest's place while it is computed.</summary>
    private static ReadOnlySpan<byte> EmptyDigest => "0000000000000000000000000000000000000000000000000000000000000000"u8;

    /// <summary>Writes raw tensors to a file, whole or not at all. Needs no libtorch.</summary>
    /// <param name="path">The target.</param>
    /// <param name="tensors">The tensors. In the file wider element types come first, so that each lies aligned.</param>
    /// <param name="metadata">Short texts to store in the header.</param>
    /// <exception cref="ArgumentException">A name is repeated, a type unknown, or the bytes do not fit the shape.</exception>
    /// <exception cref="InputException">The file could not be written; an old file of that name is intact.</exception>
    /// <remarks>A SHA-256 digest of the whole file goes into the header, for <see cref="Verify"/>; other readers see ordinary
    /// metadata.</remarks>
    public static void SaveRaw(string path, IEnumerable<RawTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var all = tensors.ToList();
        foreach (var tensor in all)
        {
            if (!SafeTensorsDType.IsKnown(tensor.DType))
                throw new ArgumentException($"tensor '{tensor.Name}' has unknown dtype '{tensor.DType}'", nameof(tensors));
            if (SafeTensorsDType.ByteCount(tensor.DType, tensor.Shape) != tensor.Data.Length)
                throw new ArgumentException($"tensor '{tensor.Name}': shape [{string.Join(", ", tensor.Shape)}] of {tensor.DType} does " +
                    $"not fit {tensor.Data.Length} bytes", nameof(tensors));
        }
        Write(path, all.Select(t => new StreamedTensor(t.Name, t.DType, t.Shape, t.Data.Length, put => put(t.Data.Span))), metadata);
    }

    /// <summary>Writes tensors that are read piece by piece while they are written, of any size; otherwise as <see cref="SaveRaw"/>.</summary>
    /// <param name="path">The target.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="metadata">Short texts to store in the header.</param>
    /// <exception cref="ArgumentException">A name is repeated.</exception>
    /// <exception cref="InputException">The file could not be written; an old file of that name is intact.</exception>
    public static void Write(string path, IEnumerable<StreamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = tensors.OrderByDescending(t => SafeTensorsDType.Size(t.DType)).ToList();
        var header = BuildHeader(ordered, metadata);
        AtomicFile.Write(path, stream =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            void Put(ReadOnlySpan<byte> bytes)
            {
                hash.AppendData(bytes);
                stream.Write(bytes);
            }
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            Put(length);
            Put(header);
            foreach (var tensor in ordered)
                tensor.Content(Put);
            stream.Position = 8 + DigestPrefix.Length;
            stream.Write(HexDigest(hash));
        });
    }

    private static byte[] BuildHeader(List<StreamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString(DigestKey, EmptyDigest);
            foreach (var (key, value) in metadata ?? new Dictionary<string, string>())
                if (key != DigestKey)
                    json.WriteString(key, value);
            json.WriteEndObject();
            var names = new HashSet<string>(StringComparer.Ordinal) { "__metadata__" };
            var at = 0L;
            foreach (var tensor in tensors)
            {
                if (!names.Add(tensor.Name))
                    throw new ArgumentException($"tensor name '{tensor.Name}' is reserved or repeated", nameof(tensors));
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.DType);
                WriteNumbers(json, "shape", tensor.Shape);
                WriteNumbers(json, "data_offsets", [at, at + tensor.Length]);
                json.WriteEndObject();
                at += tensor.Length;
            }
            json.WriteEndObject();
        }
        // Spaces bring the data to a multiple of 64 bytes: a cache line, and more than any element needs.
        var header = new byte[(buffer.WrittenCount + 8 + 63) / 64 * 64 - 8];
        header.AsSpan().Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(header);
        return header.Length <= SafeTensorsHeader.MaxLength
            ? header
            : throw new ArgumentException($"{tensors.Count} tensors need a header of {header.Length} bytes, more than the format " +
                "allows; split the file", nameof(tensors));
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    private static byte[] HexDigest(IncrementalHash hash) =>
        System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset()));
}
