using System.Text.Json;

namespace AniSora;

/// <summary>The JSON header of a safetensors file: parsed as if the file's author meant harm.</summary>
internal sealed class SafeTensorsHeader
{
    /// <summary>The format's own bound on the header's length, in bytes.</summary>
    public const long MaxLength = 100_000_000;

    private const int MaxRank = 64;
    private const string Damaged = "the file is damaged: fetch it or write it again";

    private readonly string _file;
    private readonly long _dataStart;
    private readonly long _dataLength;

    private SafeTensorsHeader(string file, long dataStart, long dataLength)
    {
        _file = file;
        _dataStart = dataStart;
        _dataLength = dataLength;
    }

    public Dictionary<string, SafeTensorsEntry> Entries { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads and checks the whole header.</summary>
    /// <param name="json">The header's bytes.</param>
    /// <param name="dataStart">Where the data begin, counted from the start of the file.</param>
    /// <param name="dataLength">How many bytes of data follow.</param>
    /// <param name="file">The file's name, for errors.</param>
    /// <exception cref="InputException">The header is no such JSON, or says what the file cannot hold.</exception>
    public static SafeTensorsHeader Parse(ReadOnlySpan<byte> json, long dataStart, long dataLength, string file)
    {
        var header = new SafeTensorsHeader(file, dataStart, dataLength);
        try
        {
            header.ReadAll(json);
        }
        // GetString throws InvalidOperationException on bytes that are no UTF-8.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException($"{file}: the header is not the JSON of a safetensors file " +
                $"({e.Message.ReplaceLineEndings(" ")}); {Damaged}", e);
        }
        header.CheckCoverage();
        return header;
    }

    /// <summary>Makes a name from a file fit for one line of an error message.</summary>
    public static string Quote(string name)
    {
        var shown = name.Length <= 120 ? name : name[..117] + "...";
        return "'" + string.Concat(shown.Select(c => char.IsControl(c) ? '?' : c)) + "'";
    }

    private void ReadAll(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        Expect(ref reader, JsonTokenType.StartObject, "a JSON object");
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (name == "__metadata__")
                ReadMetadata(ref reader);
            else if (!Entries.TryAdd(name, ReadEntry(ref reader, name)))
                throw Bad($"tensor {Quote(name)} appears twice; {Damaged}");
        }
        if (reader.Read())
            throw Bad($"the header goes on after its end; {Damaged}");
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject, "an object as __metadata__");
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            Expect(ref reader, JsonTokenType.String, $"a string as metadata {Quote(key)}");
            Metadata[key] = reader.GetString()!;
        }
    }

    private SafeTensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        string? dtype = null;
        long[]? shape = null, offsets = null;
        Expect(ref reader, JsonTokenType.StartObject, $"an object for tensor {Quote(name)}");
        while (Next(ref reader) == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("dtype"u8) && dtype == null)
            {
                Expect(ref reader, JsonTokenType.String, $"a string as dtype of {Quote(name)}");
                dtype = reader.GetString();
            }
            else if (reader.ValueTextEquals("shape"u8) && shape == null)
                shape = ReadNumbers(ref reader, name, "shape");
            else if (reader.ValueTextEquals("data_offsets"u8) && offsets == null)
                offsets = ReadNumbers(ref reader, name, "data_offsets");
            else
                throw Bad($"tensor {Quote(name)} has an unknown or repeated field {Quote(reader.GetString()!)}; {Damaged}");
        }
        if (dtype == null || shape == null || offsets == null)
            throw Bad($"tensor {Quote(name)} lacks dtype, shape or data_offsets; {Damaged}");
        return Check(name, dtype, shape, offsets);
    }

    private SafeTensorsEntry Check(string name, string dtype, long[] shape, long[] offsets)
    {
        if (!SafeTensorsDType.IsKnown(dtype))
            throw Bad($"tensor {Quote(name)} has unknown dtype {Quote(dtype)}; save it as F32, F16, BF16, F64, BOOL or an integer type");
        if (offsets.Length != 2)
            throw Bad($"tensor {Quote(name)} has {offsets.Length} data_offsets instead of 2; {Damaged}");
        var (begin, end) = (offsets[0], offsets[1]);
        if (begin < 0 || end < begin || end > _dataLength)
            throw Bad($"tensor {Quote(name)}: data_offsets {begin}..{end} leave the file's {_dataLength} data bytes; the file is " +
                "truncated or damaged: fetch it or write it again");
        var bytes = SafeTensorsDType.ByteCount(dtype, shape);
        var text = $"[{string.Join(", ", shape)}]";
        if (bytes < 0)
            throw Bad($"tensor {Quote(name)}: shape {text} is impossible; {Damaged}");
        if (bytes != end - begin)
            throw Bad($"tensor {Quote(name)}: shape {text} of {dtype} needs {bytes} bytes, data_offsets {begin}..{end} " +
                $"hold {end - begin}; {Damaged}");
        return new SafeTensorsEntry(name, dtype, shape, _dataStart + begin, bytes);
    }

    /// <summary>The data must be covered once and without gaps, so that nothing is shared and nothing is smuggled in.</summary>
    private void CheckCoverage()
    {
        var at = _dataStart;
        foreach (var entry in Entries.Values.OrderBy(e => e.Offset).ThenBy(e => e.Length))
        {
            if (entry.Offset < at)
                throw Bad($"tensor {Quote(entry.Name)} overlaps the tensor before it; {Damaged}");
            if (entry.Offset > at)
                throw Bad($"{entry.Offset - at} bytes before tensor {Quote(entry.Name)} belong to no tensor; {Damaged}");
            at = entry.Offset + entry.Length;
        }
        if (at != _dataStart + _dataLength)
            throw Bad($"{_dataStart + _dataLength - at} bytes at the end belong to no tensor; {Damaged}");
    }

    private long[] ReadNumbers(ref Utf8JsonReader reader, string name, string field)
    {
        Expect(ref reader, JsonTokenType.StartArray, $"a list as {field} of {Quote(name)}");
        var numbers = new List<long>();
        while (Next(ref reader) == JsonTokenType.Number)
        {
            if (!reader.TryGetInt64(out var number) || number < 0)
                throw Bad($"tensor {Quote(name)}: {field} holds {System.Text.Encoding.UTF8.GetString(reader.ValueSpan)}, which is no " +
                    $"size; {Damaged}");
            if (numbers.Count == MaxRank)
                throw Bad($"tensor {Quote(name)}: {field} has more than {MaxRank} numbers; {Damaged}");
            numbers.Add(number);
        }
        return reader.TokenType == JsonTokenType.EndArray
            ? numbers.ToArray()
            : throw Bad($"tensor {Quote(name)}: {field} holds something other than whole numbers; {Damaged}");
    }

    private static JsonTokenType Next(ref Utf8JsonReader reader) => reader.Read() ? reader.TokenType : JsonTokenType.None;

    private void Expect(ref Utf8JsonReader reader, JsonTokenType token, string what)
    {
        if (Next(ref reader) != token)
            throw Bad($"the header should have {what}; {Damaged}");
    }

    private InputException Bad(string what) => new($"{_file}: {what}");
}
