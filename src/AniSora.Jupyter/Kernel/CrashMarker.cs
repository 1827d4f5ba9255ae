using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;
using System.Text;

namespace AniSora.Jupyter.Kernel;

/// <summary>
/// What the kernel is doing, in a small file that outlives it. A crash of native code ends the process without a word; Jupyter
/// then starts another kernel with the same connection file, and that one reads here what its predecessor was doing.
/// </summary>
internal sealed class CrashMarker : IDisposable
{
    private const int Size = 4096, OperationAt = 3072;

    private readonly string _path;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly Lock _lock = new();

    /// <summary>Opens the marker of a connection file, and reads what an earlier kernel left.</summary>
    /// <param name="connectionFile">Names the kernel across its restarts.</param>
    public CrashMarker(string connectionFile)
    {
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(connectionFile))))[..16];
        string folder = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } own && Directory.Exists(own) ? own : Path.GetTempPath();
        _path = Path.Combine(folder, $"anisora-kernel-{Environment.UserName}-{name}");
        Predecessor = Read(_path);
        _file = MemoryMappedFile.CreateFromFile(
            new FileStream(_path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }),
            null, Size, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor();
    }

    /// <summary>What an earlier kernel was doing when it died, or null when it ended properly.</summary>
    public string? Predecessor { get; }

    /// <summary>Notes what is being done. The system writes it even if the process dies at once.</summary>
    /// <param name="doing">Such as <c>cell 3: model.Sample(…)</c>; null when nothing is.</param>
    public void Note(string? doing)
    {
        Write(OperationAt, Size, "");
        Write(0, OperationAt, doing ?? "");
    }

    /// <summary>Notes the native operation that the cell is about to call.</summary>
    public void NoteOperation(string operation) => Write(OperationAt, Size, operation);

    private void Write(int from, int to, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int length = Math.Min(bytes.Length, to - from - sizeof(int));
        lock (_lock)
        {
            if (!_view.CanWrite)
                return;
            _view.Write(from, 0);
            _view.WriteArray(from + sizeof(int), bytes, 0, length);
            _view.Write(from, length);
        }
    }

    /// <summary>Removes the file: this kernel ended properly.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _view.Dispose();
            _file.Dispose();
            File.Delete(_path);
        }
    }

    private static string? Read(string path)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            if (bytes.Length < Size || Text(bytes, 0, OperationAt) is not { Length: > 0 } doing)
                return null;
            return Text(bytes, OperationAt, Size) is { Length: > 0 } operation ? $"{doing}\nThe last operation was {operation}." : doing;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string Text(byte[] bytes, int from, int to) =>
        Encoding.UTF8.GetString(bytes, from + sizeof(int), Math.Clamp(BitConverter.ToInt32(bytes, from), 0, to - from - sizeof(int)));
}
