using System.Collections.Concurrent;

namespace AniSora.Data.Pipeline;

/// <summary>The frames behind sequence rows, mapped from their shards; safe to use from several threads.</summary>
/// <param name="folder">The data set.</param>
public sealed class SequenceStore(DatasetFolder folder) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<SafeTensorsFile>> _shards = new(StringComparer.Ordinal);

    /// <summary>The frames of a sequence, valid until the store is disposed.</summary>
    /// <returns>RGBA with straight alpha, <c>[Frames, Height, Width, 4]</c>.</returns>
    /// <exception cref="InputException">The shard is missing or damaged, or is not the one that the row was written with.</exception>
    public ReadOnlySpan<byte> Frames(SequenceRow sequence)
    {
        var shard = _shards.GetOrAdd(sequence.Shard, name => new Lazy<SafeTensorsFile>(() => SafeTensorsFile.Open(folder.Resolve(name)))).Value;
        if (!shard.Contains(sequence.SequenceId) || shard.Entry(sequence.SequenceId) is var entry && (entry.Offset != sequence.Offset || entry.Length != sequence.ByteLength))
            throw new InputException($"{shard.FilePath}: sequence {sequence.SequenceId} is not where its row says; delete the shard and run the stage again");
        return shard.Bytes(sequence.SequenceId);
    }

    /// <summary>One frame of a sequence.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="t">The frame; beyond the end it begins again, as a looping clip does.</param>
    /// <returns><c>[Height, Width, 4]</c>.</returns>
    public ReadOnlySpan<byte> Frame(SequenceRow sequence, int t)
    {
        int bytes = sequence.Height * sequence.Width * 4;
        return Frames(sequence).Slice(t % sequence.Frames * bytes, bytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shard in _shards.Values.Where(s => s.IsValueCreated))
            shard.Value.Dispose();
        _shards.Clear();
    }
}
