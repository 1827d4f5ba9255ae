using System.Runtime.InteropServices;

namespace AniSora;

/// <summary>Writes whole files or nothing.</summary>
/// <remarks>
/// The content goes to a temporary name in the same folder, is forced to disk, and only then takes the target's name,
/// so a reader (or a run resumed after a power cut) sees either the old file or the complete new one.
/// </remarks>
public static partial class AtomicFile
{
    private const int PermissionDenied = 13, NoSpace = 28, ReadOnly = 30, QuotaExceeded = 122;

    /// <summary>Replaces or creates <paramref name="path"/> with what <paramref name="write"/> puts into the stream.</summary>
    /// <param name="path">The target; missing parent folders are made.</param>
    /// <param name="write">Writes the content; the stream is seekable, and flushing and closing it is not its business.</param>
    /// <exception cref="InputException">
    /// The file could not be written (disk full, no permission, ...). The old file is intact and no temporary is left.
    /// </exception>
    /// <remarks>Any other exception of <paramref name="write"/> passes through, after the same clean-up.</remarks>
    public static void Write(string path, Action<Stream> write) =>
        Write(path, write, name => new FileStream(name, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16));

    /// <summary>Replaces or creates a UTF-8 text file (no byte order mark); otherwise as <see cref="Write(string, Action{Stream})"/>.</summary>
    /// <param name="path">The target; missing parent folders are made.</param>
    /// <param name="text">The whole content.</param>
    /// <exception cref="InputException">The file could not be written; the old one is intact.</exception>
    public static void WriteText(string path, string text)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        Write(path, stream => stream.Write(bytes));
    }

    /// <summary>Replaces or creates <paramref name="path"/> with what another library writes under a name of its own.</summary>
    /// <param name="path">The target; missing parent folders are made.</param>
    /// <param name="write">Writes a whole file to the temporary name that it is given.</param>
    /// <exception cref="InputException">The file could not be written; the old one is intact and no temporary is left.</exception>
    public static void WriteByName(string path, Action<string> write) => Replace(path, temporary =>
    {
        write(temporary);
        using var written = new FileStream(temporary, FileMode.Open, FileAccess.ReadWrite);
        written.Flush(flushToDisk: true);
    });

    /// <summary>Deletes the temporary files below a folder that killed writers left behind; nobody may be writing there.</summary>
    public static void DeleteTemporaries(string folder)
    {
        var hidden = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (string file in Directory.Exists(folder) ? Directory.GetFiles(folder, ".*.tmp", hidden) : [])
            TryDelete(file);
    }

    /// <summary>The same with the opening of the temporary file as a parameter, so that a test can hand in a device that is full.</summary>
    internal static void Write(string path, Action<Stream> write, Func<string, FileStream> open) => Replace(path, temporary =>
    {
        using var stream = open(temporary);
        write(stream);
        stream.Flush(flushToDisk: true);
    });

    private static void Replace(string path, Action<string> write)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0'))
            throw new InputException($"'{path?.Replace("\0", "\\0")}' is not a file name: give the file to write");
        string? temporary = null;
        try
        {
            var target = Path.GetFullPath(path);
            var folder = Path.GetDirectoryName(target) ?? throw new IOException("the path is a folder");
            if (Directory.Exists(target))
                throw new IOException("there is a folder of that name");
            Directory.CreateDirectory(folder);
            temporary = Path.Combine(folder, $".{Path.GetFileName(target)}.{Path.GetRandomFileName()}.tmp");
            write(temporary);
            File.Move(temporary, target, overwrite: true);
            temporary = null;
            SyncFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" })
        {
            throw new InputException($"{path}: not written: {Reason(e)}", e);
        }
        finally
        {
            if (temporary != null)
                TryDelete(temporary);
        }
    }

    private static string Reason(Exception e) => e switch
    {
        IOException { HResult: NoSpace } => "disk full: free space or choose another folder",
        IOException { HResult: QuotaExceeded } => "disk quota exceeded: free space or choose another folder",
        IOException { HResult: ReadOnly } => "the file system is read-only: choose another folder",
        UnauthorizedAccessException or IOException { HResult: PermissionDenied } => "no permission: choose another folder or mend its rights",
        // What .NET makes of EFBIG.
        ArgumentOutOfRangeException => "larger than the file system or a limit (ulimit -f) allows: choose another folder or raise the limit",
        PathTooLongException => "the path is too long: choose a shorter one",
        _ => e.Message.ReplaceLineEndings(" "),
    };

    /// <summary>Makes the new name itself durable; a file system that cannot sync a folder loses nothing by it.</summary>
    private static void SyncFolder(string folder)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var descriptor = open(folder, 0);
        if (descriptor < 0)
            return;
        _ = fsync(descriptor);
        _ = close(descriptor);
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first error is the one worth reporting; a left-over temporary is never read.
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
