
namespace AniSora;

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

    /// <summary>Copies a part of one tensor's bytes, without keeping the file's pages in memory.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="start">The first byte, counted from the tensor's start.</param>
    /// <param name="to">Where to; filled completely.</param>
    /// <exception cref="InputException">There is no such tensor, or the file was shortened meanwhile.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The part reaches outside the tensor.</exception>
    void Read(string name, long start, Span<byte> to);
}
