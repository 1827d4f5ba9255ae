using System.Security.Cryptography;

namespace AniSora.Data;

/// <summary>A Debian package, fetched with apt and unpacked with dpkg-deb.</summary>
/// <param name="Name">The package's name.</param>
/// <param name="KnownVersion">The version that what is said of its content was found in.</param>
/// <param name="KnownSha256">That version's checksum.</param>
/// <param name="Bytes">Size of that version's download.</param>
internal sealed record DebianPackage(string Name, string KnownVersion, string KnownSha256, long Bytes = 0) : Package(Name, KnownVersion, Bytes)
{
    private const string Missing = "this content comes from Debian packages, so this step needs Debian or Ubuntu";

    /// <inheritdoc/>
    public override async Task<UnpackedPackage> FetchAsync(string cache, IProgress<FetchProgress>? progress, CancellationToken cancellation)
    {
        string debs = Debs(cache);
        Directory.CreateDirectory(debs);
        var (file, version, sha) = Cached(debs, KnownVersion, KnownSha256) ?? await DownloadAsync(debs, progress, cancellation);
        string root = UnpackedFolder(cache, Name, sha);
        await UnpackOnceAsync(root, async folder =>
        {
            progress?.Report(new(Name, "unpacking", Bytes));
            await RunAsync("dpkg-deb", ["-x", file, folder], debs, $"{file} cannot be unpacked; delete it and try again", cancellation);
        });
        return new UnpackedPackage(root, version, sha);
    }

    /// <inheritdoc/>
    public override bool IsCached(string cache) => Directory.Exists(Debs(cache)) && Cached(Debs(cache), KnownVersion, KnownSha256) is not null;

    private static string Debs(string cache) => Path.Combine(cache, "debs");

    private async Task<(string File, string Version, string Sha256)> DownloadAsync(string debs, IProgress<FetchProgress>? progress, CancellationToken cancellation)
    {
        progress?.Report(new(Name, "downloading", Bytes));
        string record = await RunAsync("apt-cache", ["show", "--no-all-versions", Name], debs, $"package {Name} is not known to apt: run `sudo apt-get update` (or `make setup`)", cancellation);
        string version = Field(record, "Version"), sha = Field(record, "SHA256");
        if (Cached(debs, version, sha) is { } present)
            return present;
        // apt drops to the user _apt for downloads and cannot write into a folder of root's: as root, stay root instead of warning.
        string[] arguments = Environment.UserName == "root" ? ["-o", "APT::Sandbox::User=root"] : [];
        await RunAsync("apt-get", [.. arguments, "-q", "download", $"{Name}={version}"], debs, $"package {Name} {version} could not be downloaded: check the network and run `sudo apt-get update`", cancellation);
        return Cached(debs, version, sha) ?? throw new InputException($"{debs}: the downloaded package {Name} {version} does not have the checksum that apt gives; delete it and try again");
    }

    private (string File, string Version, string Sha256)? Cached(string debs, string version, string sha)
    {
        foreach (string file in Directory.EnumerateFiles(debs, $"{Name}_*.deb"))
        {
            using var stream = File.OpenRead(file);
            if (Convert.ToHexStringLower(SHA256.HashData(stream)) == sha)
                return (file, version, sha);
        }

        return null;
    }

    private string Field(string record, string name) =>
        record.Split('\n').FirstOrDefault(l => l.StartsWith(name + ": ", StringComparison.Ordinal))?[(name.Length + 2)..].Trim()
        ?? throw new InputException($"apt's record of package {Name} has no {name}: run `sudo apt-get update`");

    private static Task<string> RunAsync(string program, string[] arguments, string folder, string failure, CancellationToken cancellation) =>
        PackageTool.RunAsync(program, arguments, folder, Missing, failure, cancellation);
}
