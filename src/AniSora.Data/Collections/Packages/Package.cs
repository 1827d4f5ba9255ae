namespace AniSora.Data;

/// <summary>Content that others publish under a name and a version: fetched into the cache and unpacked there; nothing is installed.</summary>
/// <param name="Name">The package's name in its archive.</param>
/// <param name="KnownVersion">The version that what is said of its content was found in.</param>
/// <param name="Bytes">Size of that version's download.</param>
internal abstract record Package(string Name, string KnownVersion, long Bytes)
{
    /// <summary>Fetches (unless the cache has it, with the right checksum) and unpacks.</summary>
    /// <param name="cache">The cache's folder.</param>
    /// <param name="progress">Hears what is being done.</param>
    /// <param name="cancellation">Stops it; nothing half-made is left.</param>
    /// <exception cref="InputException">The archive does not know the package, there is no network, or the checksum is wrong.</exception>
    public abstract Task<UnpackedPackage> FetchAsync(string cache, IProgress<FetchProgress>? progress, CancellationToken cancellation);

    /// <summary>Whether the known version can be had without the network.</summary>
    public abstract bool IsCached(string cache);

    /// <summary>The folder of an unpacked download: named by its checksum, so that a folder of that name is that content.</summary>
    protected static string UnpackedFolder(string cache, string name, string checksum) => Path.Combine(cache, "unpacked", $"{name}-{checksum[..16]}");

    /// <summary>Unpacks aside and renames, so a folder of that name is always complete.</summary>
    /// <param name="target">The folder wanted; left alone if it is there.</param>
    /// <param name="unpack">Fills the folder it is given, which is not there yet.</param>
    protected static async Task UnpackOnceAsync(string target, Func<string, Task> unpack)
    {
        if (Directory.Exists(target))
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        string temporary = target + "." + Path.GetRandomFileName();
        try
        {
            await unpack(temporary);
            Directory.Move(temporary, target);
        }
        catch (IOException) when (Directory.Exists(target))
        {
            // Another process was faster.
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
    }
}

/// <summary>An unpacked package.</summary>
/// <param name="Root">The folder that stands for the package's root (for Debian packages: for <c>/</c>).</param>
/// <param name="Version">The package's version.</param>
/// <param name="Sha256">The checksum of the file it was unpacked from, hexadecimal.</param>
internal sealed record UnpackedPackage(string Root, string Version, string Sha256);

/// <summary>What is being done to a package.</summary>
/// <param name="Package">Its name.</param>
/// <param name="Step">Such as <c>downloading</c> or <c>unpacking</c>.</param>
/// <param name="Bytes">Size of the download.</param>
public readonly record struct FetchProgress(string Package, string Step, long Bytes);
