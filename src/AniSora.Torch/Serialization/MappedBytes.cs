using System.IO.MemoryMappedFiles;

namespace AniSora.Torch;

/// <summary>A read-only mapped file, counted, so that a tensor over its pages outlives the reader that made it.</summary>
internal sealed unsafe class MappedBytes
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private int _references = 1;

    private MappedBytes(MemoryMappedFile? file, long length)
    {
        _file = file;
        Length = length;
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
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            // An empty file cannot be mapped, and a device or pipe has no length.
            if (!stream.CanSeek || stream.Length == 0)
                return new MappedBytes(null, 0);
            var length = stream.Length;
            var file = MemoryMappedFile.CreateFromFile(stream, null, length, MemoryMappedFileAccess.Read, HandleInheritability.None,
                leaveOpen: true);
            try
            {
                return new MappedBytes(file, length);
            }
            catch
            {
                file.Dispose();
                throw;
            }
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

    public void AddReference() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0)
            return;
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }
}
