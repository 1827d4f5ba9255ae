using static AniSora.Torch.torch;

namespace AniSora.Torch;

/// <summary>Named tensors on disk: one safetensors file, or the shards of an index as if they were one.</summary>
public interface ITensorSource : IDisposable
{
    /// <summary>The path it was opened by, for error messages.</summary>
    string FilePath { get; }

    /// <summary>The tensors' names, in file order.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>The short texts stored beside the tensors.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Whether there is a tensor of that name.</summary>
    /// <param name="name">The tensor.</param>
    bool Contains(string name);

    /// <summary>Type, shape and place of one tensor.</summary>
    /// <param name="name">The tensor.</param>
    /// <exception cref="InputException">There is no such tensor.</exception>
    SafeTensorsEntry Entry(string name);

    /// <summary>One tensor's bytes, straight from the mapped file (row-major, little-endian).</summary>
    /// <param name="name">The tensor.</param>
    /// <returns>A span that is valid until the source is disposed; hold the source in a <c>using</c> around its use.</returns>
    /// <exception cref="InputException">There is no such tensor, or it has 2 GiB or more.</exception>
    ReadOnlySpan<byte> Bytes(string name);

    /// <summary>Copies one tensor into memory of its own.</summary>
    /// <param name="name">The tensor.</param>
    /// <returns>A contiguous CPU tensor of the stored type and shape.</returns>
    /// <exception cref="InputException">There is no such tensor, or torch has no such element type.</exception>
    Tensor Load(string name);

    /// <summary>A tensor over the file's own pages, without a copy; it stays valid after the source is disposed.</summary>
    /// <param name="name">The tensor.</param>
    /// <returns>A contiguous CPU tensor that must only be read: the pages are mapped read-only, and writing to them ends the
    /// process.</returns>
    /// <exception cref="InputException">There is no such tensor, torch has no such type, or the bytes are not aligned to it.</exception>
    Tensor View(string name);
}
