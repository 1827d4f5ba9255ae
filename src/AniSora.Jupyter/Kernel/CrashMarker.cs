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
    private const int Size = 4096;

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
        byte[] bytes = Encoding.UTF8.GetBytes(doing ?? "");
        int length = Math.Min(bytes.Length, Size - sizeof(int));
        lock (_lock)
        {
            if (!_view.CanWrite)
                return;
            _view.Write(0, 0);
            _view.WriteArray(sizeof(int), bytes, 0, length);
            _view.Write(0, length);
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
            if (bytes.Length < Size)
                return null;
            int length = Math.Clamp(BitConverter.ToInt32(bytes), 0, Size - sizeof(int));
            return length > 0 ? Encoding.UTF8.GetString(bytes, sizeof(int), length) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
