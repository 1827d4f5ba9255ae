
namespace AniSora.Data.Pipeline;

/// <summary>Collects sequences and writes them as frame shards of about one size.</summary>
/// <param name="folder">The data set.</param>
/// <param name="prefix">The shards' path below it, without number and extension.</param>
/// <param name="shardBytes">Bytes from which a shard is full.</param>
internal sealed class FrameShardWriter(DatasetFolder folder, string prefix, long shardBytes)
{
    private readonly List<(SequenceRow Row, byte[] Frames)> _waiting = [];
    private long _bytes;
    private int _shards;

    /// <summary>Takes a sequence.</summary>
    /// <returns>The rows of those that are now on disk, with their places; a row without frames comes back with the others.</returns>
    public IReadOnlyList<SequenceRow> Add(SequenceRow row, byte[] frames)
    {
        var stored = _bytes > 0 && _bytes + frames.Length > shardBytes ? Flush() : [];
        _waiting.Add((row, frames));
        _bytes += frames.Length;
        return stored;
    }

    /// <summary>Writes what is waiting.</summary>
    /// <returns>The rows, with their places.</returns>
    public IReadOnlyList<SequenceRow> Flush()
    {
        if (_waiting.Count == 0)
            return [];
        string name = $"{prefix}-{_shards:d3}.safetensors";
        var rows = _waiting.Select(w => w.Row);
        if (_bytes > 0)
        {
            string path = folder.Resolve(name);
            SafeTensorsFile.SaveRaw(path,
                _waiting.Where(w => w.Row.Frames > 0).Select(w => new RawTensor(w.Row.SequenceId, "U8", [w.Row.Frames, w.Row.Height, w.Row.Width, 4], w.Frames)),
                new Dictionary<string, string> { ["format"] = "anisora frame shard" });
            using var file = SafeTensorsFile.Open(path);
            rows = [.. rows.Select(r => r.Frames == 0 ? r : r with { Shard = name, Offset = file.Entry(r.SequenceId).Offset })];
            _shards++;
        }
        IReadOnlyList<SequenceRow> stored = [.. rows];
        _waiting.Clear();
        _bytes = 0;
        return stored;
    }
}
