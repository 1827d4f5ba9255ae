using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using AniSora.Data.Pipeline;
using AniSora.Data.Tables;
using AniSora.Models.Checkpoints;

namespace AniSora.Training.Precompute;

/// <summary>
/// Tensors computed ahead of training by one model, in a folder named by that model's digest: another model, or the same one trained
/// further, never sees them. Safetensors shards, each with a table that is written after it, so that a killed worker leaves nothing half
/// done. Safe to read from several threads.
/// </summary>
public sealed class TensorCache : IDisposable
{
    private readonly Dictionary<string, CacheRow> _rows = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<SafeTensorsFile>> _shards = new(StringComparer.Ordinal);

    private TensorCache(string folder) => Folder = folder;

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>How many tensors there are.</summary>
    public int Count => _rows.Count;

    /// <summary>Opens a cache; one that nobody has written to is empty.</summary>
    /// <param name="dataset">The data set's folder.</param>
    /// <param name="kind"><c>latents</c> or <c>text</c>.</param>
    /// <param name="digest">Of the model (<see cref="ModelDigest"/>).</param>
    /// <exception cref="InputException">A table is damaged.</exception>
    public static TensorCache Open(string dataset, string kind, string digest)
    {
        var cache = new TensorCache(Path.Combine(dataset, kind, digest[..16]));
        if (Directory.Exists(cache.Folder))
        {
            foreach (var row in Table<CacheRow>.Stream(Directory.EnumerateFiles(cache.Folder, "*.parquet").Order(StringComparer.Ordinal)))
                cache._rows[row.Key] = row;
        }
        return cache;
    }

    /// <summary>Whether a tensor is there.</summary>
    /// <param name="key">A clip_id, or a caption.</param>
    /// <param name="checksum">What the key must have been when it was computed.</param>
    public bool Has(string key, string checksum) => _rows.TryGetValue(key, out var row) && row.Checksum == checksum;

    /// <summary>Some tensors, stacked.</summary>
    /// <param name="wanted">Keys and checksums.</param>
    /// <param name="device">Where they are wanted.</param>
    /// <returns>float32 <c>[B, …]</c>.</returns>
    /// <exception cref="InputException">One is missing, or a shard is damaged.</exception>
    public Tensor Read(IEnumerable<(string Key, string Checksum)> wanted, Device device)
    {
        using var scope = NewDisposeScope();
        var tensors = wanted.Select(w =>
        {
            if (!Has(w.Key, w.Checksum))
                throw new InputException($"{Folder}: nothing is stored for \"{w.Key}\" as it is now; run `anisora data precompute` again, or train without data.cached");
            var row = _rows[w.Key];
            var shard = _shards.GetOrAdd(row.Shard, name => new Lazy<SafeTensorsFile>(() => SafeTensorsFile.Open(new DatasetFolder(Folder).Resolve(name)))).Value;
            return shard.Load(row.Tensor).to(float32);
        }).ToList();
        return stack(tensors, 0).to(device).MoveToOuterDisposeScope();
    }

    /// <summary>Stores tensors as one shard.</summary>
    /// <param name="entries">Keys, checksums and tensors on any device.</param>
    /// <param name="dtype">How they are stored: float32, or float16 for half the size.</param>
    public void Write(IReadOnlyList<(string Key, string Checksum, Tensor Value)> entries, ScalarType dtype)
    {
        // Named by what is in it: the same work done twice is the same file.
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', entries.Select(e => $"{e.Key} {e.Checksum}")))))[..16];
        using var scope = NewDisposeScope();
        TensorFile.Save(Path.Combine(Folder, name + ".safetensors"), entries.Select((e, i) => ($"{i}", e.Value.detach().to(dtype).cpu().contiguous())));
        List<CacheRow> rows = [.. entries.Select((e, i) => new CacheRow(e.Key, e.Checksum, name + ".safetensors", $"{i}"))];
        Table<CacheRow>.Write(Path.Combine(Folder, name + ".parquet"), rows);
        foreach (var row in rows)
            _rows[row.Key] = row;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shard in _shards.Values.Where(s => s.IsValueCreated))
            shard.Value.Dispose();
        _shards.Clear();
    }
}
