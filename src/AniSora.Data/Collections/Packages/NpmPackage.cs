using System.Security.Cryptography;

namespace AniSora.Data;

/// <summary>An npm package of one exact version, fetched with <c>npm pack</c>; its scripts are never run.</summary>
/// <param name="Name">The package's name, with its scope.</param>
/// <param name="KnownVersion">The version.</param>
/// <param name="Integrity">The registry's checksum of it: <c>sha512-</c> and base64.</param>
/// <param name="Bytes">Size of the download.</param>
internal sealed record NpmPackage(string Name, string KnownVersion, string Integrity, long Bytes) : Package(Name, KnownVersion, Bytes)
{
    private string FileName => $"{Name.TrimStart('@').Replace('/', '-')}-{KnownVersion}.tgz";
    private byte[] Sha512 => Integrity.StartsWith("sha512-", StringComparison.Ordinal)
        ? Convert.FromBase64String(Integrity[7..])
        : throw new ArgumentException($"{Name}: the integrity is not sha512");

    /// <inheritdoc/>
    public override async Task<UnpackedPackage> FetchAsync(string cache, IProgress<FetchProgress>? progress, CancellationToken cancellation)
    {
        string checksum = Convert.ToHexStringLower(Sha512), root = Unpacked(cache);
        await UnpackOnceAsync(root, async folder =>
        {
            string file = await DownloadAsync(Path.Combine(cache, "npm"), progress, cancellation);
            progress?.Report(new(Name, "unpacking", Bytes));
            await Task.Run(() => Tarball.Unpack(file, folder, cancellation), cancellation);
        });
        return new UnpackedPackage(root, KnownVersion, checksum);
    }

    /// <inheritdoc/>
    public override bool IsCached(string cache) => Directory.Exists(Unpacked(cache)) || Matches(Path.Combine(cache, "npm", FileName));

    private string Unpacked(string cache) => UnpackedFolder(cache, FileName[..^4], Convert.ToHexStringLower(Sha512));

    private async Task<string> DownloadAsync(string folder, IProgress<FetchProgress>? progress, CancellationToken cancellation)
    {
        string file = Path.Combine(folder, FileName);
        if (Matches(file))
            return file;
        progress?.Report(new(Name, "downloading", Bytes));
        // Into a folder of its own: two processes that fetch the same do not meet, and what is cut off is not taken for the package.
        string temporary = Path.Combine(folder, Path.GetRandomFileName());
        Directory.CreateDirectory(temporary);
        try
        {
            await PackageTool.RunAsync("npm", ["pack", "--silent", "--ignore-scripts", $"{Name}@{KnownVersion}"], temporary,
                "this content comes from npm packages; install it with `sudo apt-get install npm`", $"npm package {Name} {KnownVersion} could not be downloaded: check the network", cancellation);
            string fetched = Path.Combine(temporary, FileName);
            if (!Matches(fetched))
                throw new InputException($"npm package {Name} {KnownVersion}: the download does not have the checksum {Integrity}; try again, or check which registry npm asks (`npm config get registry`)");
            File.Move(fetched, file, overwrite: true);
            return file;
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    private bool Matches(string file)
    {
        if (!File.Exists(file))
            return false;
        using var stream = File.OpenRead(file);
        return SHA512.HashData(stream).AsSpan().SequenceEqual(Sha512);
    }
}
