using System.Runtime.InteropServices;

namespace AniSora.Onnx.Export;

/// <summary>
/// A folder that is written under a temporary name and takes its own when it is whole, in one step of the file system: whoever looks sees
/// the old folder or the new one, never a mixture, also if the process is killed.
/// </summary>
internal sealed partial class FolderReplacement : IDisposable
{
    private const int AtCurrentFolder = -100;
    private const uint Exchange = 2;

    private readonly string _target;

    /// <param name="target">The folder's name.</param>
    /// <param name="mark">A file that such a folder has: a folder without it, and not empty, is somebody else's.</param>
    /// <exception cref="InputException">Something else has that name, or the folder cannot be made.</exception>
    public FolderReplacement(string target, string mark)
    {
        _target = System.IO.Path.GetFullPath(target).TrimEnd('/');
        if (File.Exists(_target))
            throw new InputException($"{target}: is a file; name a folder");
        if (Directory.Exists(_target) && Directory.EnumerateFileSystemEntries(_target).Any() && !File.Exists(System.IO.Path.Combine(_target, mark)))
            throw new InputException($"{target}: holds other files (no {mark}); name a new folder, or an earlier export to replace it");
        Path = $"{_target}.partial-{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{target}: cannot be written ({e.Message.TrimEnd('.')}); name a folder in a place that you may write to");
        }
    }

    /// <summary>Where to write.</summary>
    public string Path { get; }

    /// <summary>Gives the folder its name; an older one is deleted.</summary>
    public void Commit()
    {
        if (!Directory.Exists(_target))
        {
            Directory.Move(Path, _target);
            return;
        }
        if (RenameAt2(AtCurrentFolder, Path, AtCurrentFolder, _target, Exchange) != 0)
            throw new InputException($"{_target}: cannot be replaced ({Marshal.GetLastPInvokeErrorMessage()}); delete it and try again, or name another folder");
    }

    /// <summary>Deletes what has the temporary name: the unfinished folder, or after <see cref="Commit"/> the old one.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Path))
            Directory.Delete(Path, recursive: true);
    }

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt2(int fromFolder, string from, int toFolder, string to, uint flags);
}
