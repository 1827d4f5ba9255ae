using System.Text.Json;

namespace AniSora;

/// <summary>
/// A model in several safetensors files, described by <c>*.safetensors.index.json</c>:
/// <c>{"metadata": {"total_size": bytes}, "weight_map": {"tensor": "file"}}</c>.
/// </summary>
/// <remarks>Every shard is opened and checked at once, so a missing or damaged one is an error before work starts.</remarks>
public sealed class SafeTensorsIndex : ITensorSource
{
    private const long MaxIndexLength = 100_000_000;

    private readonly Dictionary<string, SafeTensorsFile> _shards = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafeTensorsFile> _places = new(StringComparer.Ordinal);

    private SafeTensorsIndex(string path) => FilePath = path;

    /// <inheritdoc/>
    public string FilePath { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => [.. _places.Keys];

    /// <summary>The metadata of the first shard; the index's own holds nothing but sizes.</summary>
    public IReadOnlyDictionary<string, string> Metadata =>
        _shards.Values.FirstOrDefault()?.Metadata ?? new Dictionary<string, string>();

    /// <summary>The paths of the shards, in the order in which the index names them.</summary>
    public IReadOnlyList<string> ShardPaths => [.. _shards.Values.Select(s => s.FilePath)];

    /// <summary>Opens an index and all its shards.</summary>
    /// <param name="path">The <c>.safetensors.index.json</c> file; shards lie in the same folder.</param>
    /// <exception cref="InputException">The index or a shard is missing or damaged, or they contradict each other.</exception>
    public static SafeTensorsIndex Open(string path)
    {
        var index = new SafeTensorsIndex(path);
        try
        {
            foreach (var (tensor, file) in ReadWeightMap(path))
                index.Add(tensor, file);
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Contains(string name) => _places.ContainsKey(name);

    /// <inheritdoc/>
    public SafeTensorsEntry Entry(string name) => Shard(name).Entry(name);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Bytes(string name) => Shard(name).Bytes(name);

    /// <inheritdoc/>
    public void Read(string name, long start, Span<byte> to) => Shard(name).Read(name, start, to);

    /// <summary>Closes every shard.</summary>
    public void Dispose()
    {
        foreach (var shard in _shards.Values)
            shard.Dispose();
    }

    private SafeTensorsFile Shard(string name) => _places.TryGetValue(name, out var shard)
        ? shard
        : throw new InputException($"{FilePath}: has no tensor {SafeTensorsHeader.Quote(name)}; it " +
            $"holds {SafeTensorsFile.Sample(Names)}: check that the files belong to this model");

    private void Add(string tensor, string file)
    {
        // A downloaded index must not make the program open files elsewhere.
        if (file.Length == 0 || file is "." or ".." || file.AsSpan().ContainsAny('/', '\\', '\0'))
            throw new InputException($"{FilePath}: tensor {SafeTensorsHeader.Quote(tensor)} lies in {SafeTensorsHeader.Quote(file)}; " +
                "shards must be plain file names beside the index");
        string place = Path.Combine(Path.GetDirectoryName(FilePath) ?? "", file);
        if (!_shards.TryGetValue(file, out var shard))
        {
            if (!File.Exists(place))
                throw new InputException($"{FilePath}: names shard {SafeTensorsHeader.Quote(file)} for tensor {SafeTensorsHeader.Quote(tensor)}, but there is no such file beside it; fetch the shard too");
            _shards[file] = shard = SafeTensorsFile.Open(place);
        }
        if (!shard.Contains(tensor))
            throw new InputException($"{FilePath}: says that {shard.FilePath} holds tensor {SafeTensorsHeader.Quote(tensor)}, but it " +
                "does not; fetch both files again");
        _places.Add(tensor, shard);
    }

    private static Dictionary<string, string> ReadWeightMap(string path)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxIndexLength })
                throw new InputException($"{path}: too large for a safetensors index; check the path");
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("weight_map", out var entries) || entries.ValueKind != JsonValueKind.Object)
                throw new InputException($"{path}: has no object weight_map; it is no safetensors index: check the path or fetch it again");
            foreach (var entry in entries.EnumerateObject())
            {
                if (entry.Value.ValueKind != JsonValueKind.String)
                    throw new InputException($"{path}: weight_map of {SafeTensorsHeader.Quote(entry.Name)} is no file name; fetch the " +
                        "index again");
                if (!map.TryAdd(entry.Name, entry.Value.GetString()!))
                    throw new InputException($"{path}: weight_map names tensor {SafeTensorsHeader.Quote(entry.Name)} twice; fetch the " +
                        "index again");
            }
            return map;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException($"{path}: is not JSON ({e.Message.ReplaceLineEndings(" ")}); fetch the index again", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: no such file; check the path", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"{path}: cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }
}
