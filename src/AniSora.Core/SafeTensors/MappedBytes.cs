using System.IO.MemoryMappedFiles;

namespace AniSora;

/// <summary>A read-only mapped file, counted, so that a tensor over its pages outlives the reader that made it.</summary>
/// <remarks>
/// What is touched through <see cref="Pointer"/> stays in the process's resident memory as long as the file is mapped;
/// <see cref="Read"/> copies without that, and is for what would be touched once.
/// </remarks>
internal sealed unsafe class MappedBytes
{
    private readonly FileStream _stream;
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private int _references = 1;

    private MappedBytes(FileStream stream, MemoryMappedFile? file, long length)
    {
        (_stream, _file, Length) = (stream, file, length);
        if (file == null)
            return;
        _view = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        Pointer = pointer + _view.PointerOffset;
    }

    public byte* Pointer { get; }

    public long Length { get; }

    /// <exception cref="InputException">The file is missing or cannot be read.</exception>
    public static MappedBytes Open(string path)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0'))
            throw new InputException("the name of a safetensors file is empty: give the file");
        if (Directory.Exists(path))
            throw new InputException($"{path}: is a folder; name the .safetensors file in it");
        try
        {
            return Map(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: no such file; check the path", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new InputException($"{path}: no permission to read it; mend its rights", e);
        }
        catch (IOException e)
        {
            throw new InputException($"{path}: cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    private static MappedBytes Map(FileStream stream)
    {
        MemoryMappedFile? file = null;
        try
        {
            // An empty file cannot be mapped, and a device or pipe has no length.
            var length = stream.CanSeek ? stream.Length : 0;
            if (length > 0)
                file = MemoryMappedFile.CreateFromFile(stream, null, length, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            return new MappedBytes(stream, file, length);
        }
        catch
        {
            file?.Dispose();
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Copies bytes that begin at <paramref name="offset"/>; what is asked for lies in the file.</summary>
    /// <exception cref="InputException">The file cannot be read, or was shortened since it was opened.</exception>
    public void Read(long offset, Span<byte> to)
    {
        try
        {
            while (to.Length > 0)
            {
                var count = RandomAccess.Read(_stream.SafeFileHandle, to, offset);
                if (count == 0)
                    throw new InputException($"{_stream.Name}: was shortened while it was read; fetch it or write it again");
                to = to[count..];
                offset += count;
            }
        }
        catch (IOException e)
        {
            throw new InputException($"{_stream.Name}: cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    public void AddReference() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0)
            return;
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
        _stream.Dispose();
    }
}
