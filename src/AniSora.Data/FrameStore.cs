using System.Collections.Concurrent;
using System.Security.Cryptography;
using AniSora.Data.Pipeline;

namespace AniSora.Data;

/// <summary>
/// The frames behind an index: memory-mapped safetensors shards, each with one uint8 tensor <c>[frames, H, W, 4]</c> (straight alpha) per
/// sequence. Nothing is decoded. Safe to use from several threads.
/// </summary>
public sealed class FrameStore : IDisposable
{
    private readonly DatasetFolder _folder;
    private readonly bool _verify;
    private readonly ConcurrentDictionary<string, Lazy<SafeTensorsFile>> _shards = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _verified = new(StringComparer.Ordinal);

    /// <summary>Opens the shards of a dataset folder as they are needed.</summary>
    /// <param name="folder">The folder that holds the index and the shards.</param>
    /// <param name="verify">Compare each clip's checksum when it is first read.</param>
    public FrameStore(string folder, bool verify = true) => (_folder, _verify) = (new DatasetFolder(folder), verify);

    /// <summary>The frames of a clip.</summary>
    /// <returns><c>[T, H, W, 4]</c>, RGBA with straight alpha.</returns>
    /// <exception cref="InputException">The shard is missing or damaged, or the clip's checksum does not match.</exception>
    public byte[] Read(ClipRow clip)
    {
        var frames = GC.AllocateUninitializedArray<byte>(clip.ClipBytes);
        ReadInto(clip, frames);
        return frames;
    }

    /// <summary>Copies the frames of a clip.</summary>
    /// <param name="clip">The clip.</param>
    /// <param name="destination">Receives <c>[T, H, W, 4]</c>; exactly <see cref="ClipRow.ClipBytes"/> long.</param>
    /// <exception cref="InputException">The shard is missing or damaged, or the clip's checksum does not match.</exception>
    public void ReadInto(ClipRow clip, Span<byte> destination)
    {
        if (destination.Length != clip.ClipBytes)
            throw new ArgumentException($"clip {clip.ClipId} has {clip.ClipBytes} bytes, the destination {destination.Length}");
        var shard = _shards.GetOrAdd(clip.Shard, name => new Lazy<SafeTensorsFile>(() => OpenShard(name))).Value;
        CheckTensor(shard, clip);
        int frame = clip.Height * clip.Width * 4;
        var sequence = shard.Bytes(clip.Tensor);
        for (int t = 0; t < clip.Frames; t++)
            sequence.Slice(clip.SequenceFrame(t) * frame, frame).CopyTo(destination[(t * frame)..]);
        if (_verify && !_verified.ContainsKey(clip.ClipId))
        {
            if (!string.Equals(Checksum(destination), clip.Checksum, StringComparison.Ordinal))
                throw new InputException($"{shard.FilePath}: clip {clip.ClipId} does not have its checksum: the shard is damaged; {DatasetFolder.Again(shard.FilePath)}");
            _verified[clip.ClipId] = true;
        }
    }

    /// <summary>The mask of a clip whose frames' alpha does not say what is foreground or moves.</summary>
    /// <param name="clip">A clip with a <see cref="ClipRow.MaskShard"/>.</param>
    /// <param name="destination">Receives <c>[T, H, W]</c>: 255 inside, 0 outside.</param>
    /// <exception cref="InputException">The mask shard is missing or damaged.</exception>
    public void ReadMask(ClipRow clip, Span<byte> destination)
    {
        var shard = _shards.GetOrAdd(clip.MaskShard, name => new Lazy<SafeTensorsFile>(() => OpenShard(name))).Value;
        int stride = (clip.Width + 7) / 8;
        if (!shard.Contains(clip.MaskTensor) || shard.Entry(clip.MaskTensor).Length != (long)clip.SequenceFrames * clip.Height * stride)
            throw new InputException($"{shard.FilePath}: no mask \"{clip.MaskTensor}\" of {clip.SequenceFrames} frames of {clip.Width}×{clip.Height} pixels; index and shard do not belong together");
        var bits = shard.Bytes(clip.MaskTensor);
        for (int t = 0, p = 0; t < clip.Frames; t++)
        {
            var frame = bits.Slice(clip.SequenceFrame(t) * clip.Height * stride, clip.Height * stride);
            for (int y = 0; y < clip.Height; y++)
            {
                for (int x = 0; x < clip.Width; x++)
                    destination[p++] = (byte)-(frame[y * stride + x / 8] >> (7 - x % 8) & 1);
            }
        }
    }

    /// <summary>The clip as evaluation sees it: over the index's own background.</summary>
    /// <returns>RGB <c>[T, H, W, 3]</c> and the sprite's alpha, or the clip's mask, <c>[T, H, W]</c>.</returns>
    /// <exception cref="InputException">As for <see cref="Read"/>.</exception>
    public (byte[] Rgb, byte[] Alpha) ReadComposited(ClipRow clip)
    {
        byte[] rgba = Read(clip), rgb = new byte[rgba.Length / 4 * 3], alpha = new byte[rgba.Length / 4];
        ClipComposer.Composite(clip, rgba, BackgroundSpec.Parse(clip.Background), rgb, alpha);
        if (clip.MaskShard.Length > 0)
            ReadMask(clip, alpha);
        return (rgb, alpha);
    }

    /// <summary>SHA-256 in lower-case hexadecimal: the index's <c>checksum</c>.</summary>
    public static string Checksum(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shard in _shards.Values)
        {
            if (shard.IsValueCreated)
                shard.Value.Dispose();
        }

        _shards.Clear();
    }

    private SafeTensorsFile OpenShard(string name) => SafeTensorsFile.Open(_folder.Resolve(name));

    private static void CheckTensor(SafeTensorsFile shard, ClipRow clip)
    {
        if (!shard.Contains(clip.Tensor))
            throw new InputException($"{shard.FilePath}: clip {clip.ClipId}: no tensor \"{clip.Tensor}\"; index and shard do not belong together");
        var entry = shard.Entry(clip.Tensor);
        ReadOnlySpan<long> expected = [clip.SequenceFrames, clip.Height, clip.Width, 4];
        bool sound = clip is { Frames: > 0, SequenceFrames: > 0, FirstFrame: >= 0, FrameStep: > 0, Height: > 0, Width: > 0 };
        if (!sound || entry.DType != "U8" || !expected.SequenceEqual(entry.Shape) || entry.Offset != clip.Offset || entry.Length != clip.ByteLength)
            throw new InputException($"{shard.FilePath}: tensor \"{clip.Tensor}\" is {entry.DType} [{string.Join(", ", entry.Shape)}] at byte {entry.Offset}, clip {clip.ClipId} expects U8 [{clip.SequenceFrames}, {clip.Height}, {clip.Width}, 4] at {clip.Offset}; index and shard do not belong together");
    }
}
