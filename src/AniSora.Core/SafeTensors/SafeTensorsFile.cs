using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;

namespace AniSora;

/// <summary>
/// A safetensors file, memory-mapped: 8 bytes of header length, a JSON header, then the tensors' bytes.
/// </summary>
/// <remarks>
/// Opening reads the header only and checks everything it claims against the file, so later accesses stay inside it.
/// All members but <see cref="Dispose"/> may be called from several threads. The file must not be shortened while it
/// is open; files written by <see cref="AtomicFile"/> are replaced, never rewritten in place.
/// </remarks>
public sealed unsafe partial class SafeTensorsFile : ITensorSource
{
    private const string AgainPlease = "fetch it or write it again";

    private readonly MappedBytes _mapped;
    private readonly Dictionary<string, SafeTensorsEntry> _entries;

    private SafeTensorsFile(string path, MappedBytes mapped, SafeTensorsHeader header)
    {
        FilePath = path;
        _mapped = mapped;
        _entries = header.Entries;
        Names = [.. header.Entries.Values.OrderBy(e => e.Offset).ThenBy(e => e.Length).Select(e => e.Name)];
        header.Metadata.Remove(DigestKey);
        Metadata = header.Metadata;
    }

    /// <summary>The path the file was opened by.</summary>
    public string FilePath { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="path">The <c>.safetensors</c> file.</param>
    /// <returns>The open file; dispose it when its bytes and views are no longer used.</returns>
    /// <exception cref="InputException">The file is missing, unreadable, truncated, or its header lies.</exception>
    public static SafeTensorsFile Open(string path)
    {
        var mapped = MappedBytes.Open(path);
        try
        {
            if (mapped.Length < 8)
                throw new InputException($"{path}: only {mapped.Length} bytes, too short for a safetensors file; {AgainPlease}");
            var length = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(mapped.Pointer, 8));
            if (length > SafeTensorsHeader.MaxLength || (long)length > mapped.Length - 8)
                throw new InputException($"{path}: " + (Impostor(new ReadOnlySpan<byte>(mapped.Pointer, (int)Math.Min(64, mapped.Length)))
                    ?? $"claims a header of {length} bytes in a file of {mapped.Length}; it is no safetensors file, or truncated: {AgainPlease}"));
            var start = 8 + (long)length;
            var json = new ReadOnlySpan<byte>(mapped.Pointer + 8, (int)length);
            return new SafeTensorsFile(path, mapped, SafeTensorsHeader.Parse(json, start, mapped.Length - start, path));
        }
        catch
        {
            mapped.Release();
            throw;
        }
    }

    /// <summary>Opens a file and compares it with the digest its writer stored.</summary>
    /// <param name="path">The <c>.safetensors</c> file.</param>
    /// <param name="required">Whether a file without a digest is an error too.</param>
    /// <exception cref="InputException">As <see cref="Open"/> and <see cref="Verify"/>.</exception>
    public static SafeTensorsFile OpenVerified(string path, bool required = false)
    {
        var file = Open(path);
        try
        {
            file.Verify(required);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool Contains(string name) => _entries.ContainsKey(name);

    /// <inheritdoc/>
    public SafeTensorsEntry Entry(string name) => _entries.TryGetValue(name, out var entry)
        ? entry
        : throw new InputException($"{FilePath}: has no tensor {SafeTensorsHeader.Quote(name)}; it holds {Sample(Names)}: check that " +
            "the file belongs to this model");

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Bytes(string name)
    {
        var entry = Entry(name);
        if (entry.Length > int.MaxValue)
            throw new InputException($"{FilePath}: tensor {SafeTensorsHeader.Quote(name)} has {entry.Length} bytes, more than one span " +
                "holds; read it in parts or load it as a tensor");
        return new ReadOnlySpan<byte>(Pointer(entry), (int)entry.Length);
    }

    /// <inheritdoc/>
    public void Read(string name, long start, Span<byte> to)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var entry = Entry(name);
        if (start < 0 || start > entry.Length - to.Length)
            throw new ArgumentOutOfRangeException(nameof(start), $"bytes {start}..{start + to.Length} of tensor '{name}', which has {entry.Length}");
        _mapped.Read(entry.Offset + start, to);
    }

    /// <summary>Compares the whole file with the digest its writer stored (see <see cref="SaveRaw"/>).</summary>
    /// <param name="required">Whether a file without a digest is an error too, as it is for our own checkpoints.</param>
    /// <returns>True when the digest matches, false when there is none.</returns>
    /// <exception cref="InputException">A bit of the file has changed since it was written.</exception>
    public bool Verify(bool required = false)
    {
        var found = TryGetDigest(out var stored);
        if (!found && required)
            throw new InputException($"{FilePath}: carries no digest, so it is damaged or not written by this program; {AgainPlease}");
        if (!found)
            return false;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var at = 8 + (long)DigestPrefix.Length;
        AppendRange(hash, 0, at);
        hash.AppendData(EmptyDigest);
        AppendRange(hash, at + EmptyDigest.Length, _mapped.Length);
        if (!stored.SequenceEqual(HexDigest(hash)))
            throw new InputException($"{FilePath}: its bytes do not match the digest stored with them; the file is damaged: {AgainPlease}");
        return true;
    }

    /// <summary>Unmaps the file once the last view tensor is gone; spans must not be used any more.</summary>
    public void Dispose()
    {
        if (!_disposed)
            _mapped.Release();
        _disposed = true;
    }

    private bool _disposed;

    private byte* Pointer(SafeTensorsEntry entry)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _mapped.Pointer + entry.Offset;
    }

    private bool TryGetDigest(out ReadOnlySpan<byte> digest)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var needed = DigestPrefix.Length + EmptyDigest.Length;
        var header = new ReadOnlySpan<byte>(_mapped.Pointer + 8, (int)Math.Min(needed, _mapped.Length - 8));
        digest = default;
        if (header.Length < needed || !header.StartsWith(DigestPrefix))
            return false;
        digest = header[DigestPrefix.Length..];
        return true;
    }

    private void AppendRange(IncrementalHash hash, long from, long to)
    {
        var buffer = new byte[Math.Min(1 << 20, to - from)];
        for (; from < to; from += buffer.Length)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, to - from));
            _mapped.Read(from, part);
            hash.AppendData(part);
        }
    }

    /// <summary>What else lies under such a name, and what to do; null if that is unknown.</summary>
    private static string? Impostor(ReadOnlySpan<byte> head) =>
        head.StartsWith("version https://git-lfs"u8) ? "is a Git LFS pointer, not the weights; run `git lfs pull` in its folder, or download the file itself"
        // PyTorch's zip, and its older bare pickle of protocol 2 … 5.
        : head.StartsWith("PK"u8) || head is [0x80, >= 2 and <= 5, ..] ? "is a PyTorch pickle (.bin, .pt, .ckpt), which can run code when it is opened; fetch the .safetensors version, or convert it with the safetensors package"
        : head.TrimStart(" \t\r\n"u8) is [(byte)'<', ..] ? $"is a web page, perhaps a download's error page; {AgainPlease}"
        : null;

    internal static string Sample(IReadOnlyList<string> names) => names.Count switch
    {
        0 => "nothing",
        <= 3 => string.Join(", ", names.Select(SafeTensorsHeader.Quote)),
        _ => string.Join(", ", names.Take(3).Select(SafeTensorsHeader.Quote)) + $" and {names.Count - 3} more",
    };
}
