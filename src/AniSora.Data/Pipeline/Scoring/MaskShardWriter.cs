
namespace AniSora.Data.Pipeline.Scoring;

/// <summary>Collects the masks of a unit of work and writes them as shards of about one size.</summary>
/// <param name="folder">The data set.</param>
/// <param name="prefix">The shards' path below it, without number and extension.</param>
internal sealed class MaskShardWriter(DatasetFolder folder, string prefix)
{
    /// <summary>Bytes from which a shard is full.</summary>
    private const long ShardBytes = 64L << 20;

    private readonly List<RawTensor> _waiting = [];
    private long _bytes;
    private int _shards;

    /// <summary>Takes the masks of a sequence.</summary>
    /// <param name="tensor">The tensor's name.</param>
    /// <param name="bits"><c>[T, H, ⌈W / 8⌉]</c>.</param>
    /// <param name="shape">T, H, ⌈W / 8⌉.</param>
    /// <returns>The shard that they will lie in, as a path below the data set's folder; it is there after <see cref="Flush"/>.</returns>
    public string Add(string tensor, byte[] bits, long[] shape)
    {
        if (_bytes > 0 && _bytes + bits.Length > ShardBytes)
            Flush();
        _waiting.Add(new RawTensor(tensor, "U8", shape, bits));
        _bytes += bits.Length;
        return Current;
    }

    /// <summary>Writes what is waiting.</summary>
    public void Flush()
    {
        if (_waiting.Count == 0)
            return;
        SafeTensorsFile.SaveRaw(folder.Resolve(Current), _waiting, new Dictionary<string, string> { ["format"] = "anisora mask shard" });
        _waiting.Clear();
        _bytes = 0;
        _shards++;
    }

    private string Current => $"{prefix}-{_shards:d3}.safetensors";
}
