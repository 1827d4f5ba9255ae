using System.Security.Cryptography;

namespace AniSora.Data;

/// <summary>A NuGet package of one exact version whose files are wanted and not its code: a project of its own restores it, and nothing is built.</summary>
/// <param name="Name">The package's name.</param>
/// <param name="KnownVersion">The version.</param>
/// <param name="Sha512">The checksum of its file, base64, as NuGet writes it down.</param>
/// <param name="Bytes">Size of the download.</param>
internal sealed record NuGetPackage(string Name, string KnownVersion, string Sha512, long Bytes) : Package(Name, KnownVersion, Bytes)
{
    private string Checksum => Convert.ToHexStringLower(Convert.FromBase64String(Sha512));

    /// <inheritdoc/>
    public override async Task<UnpackedPackage> FetchAsync(string cache, IProgress<FetchProgress>? progress, CancellationToken cancellation)
    {
        string root = Root(cache);
        await UnpackOnceAsync(root, async folder =>
        {
            progress?.Report(new(Name, "downloading", Bytes));
            Directory.CreateDirectory(folder);
            string project = Path.Combine(folder, "fetch.csproj"), packages = Path.Combine(folder, "packages");
            await File.WriteAllTextAsync(project, $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup><TargetFramework>net10.0</TargetFramework><ManagePackageVersionsCentrally>false</ManagePackageVersionsCentrally></PropertyGroup>
                  <ItemGroup><PackageDownload Include="{Name}" Version="[{KnownVersion}]" /></ItemGroup>
                </Project>
                """, cancellation);
            await PackageTool.RunAsync("dotnet", ["restore", project, "--packages", packages, "--verbosity", "quiet", "--nologo"], folder,
                "this content comes from NuGet packages; install the .NET SDK", $"NuGet package {Name} {KnownVersion} could not be downloaded: check the network and NuGet's sources (`dotnet nuget list source`)", cancellation);
            string id = Name.ToLowerInvariant(), unpacked = Path.Combine(packages, id, KnownVersion), file = Path.Combine(unpacked, $"{id}.{KnownVersion}.nupkg");
            using (var stream = File.OpenRead(file))
            {
                if (Convert.ToHexStringLower(await SHA512.HashDataAsync(stream, cancellation)) != Checksum)
                    throw new InputException($"NuGet package {Name} {KnownVersion}: the download does not have the checksum {Sha512}; try again, or check which source NuGet asks (`dotnet nuget list source`)");
            }
            // The archive beside what was unpacked from it, and the project, have done their work.
            File.Delete(file);
            foreach (string entry in Directory.GetFileSystemEntries(unpacked))
                Directory.Move(entry, Path.Combine(folder, Path.GetFileName(entry)));
            Directory.Delete(packages, recursive: true);
            Directory.Delete(Path.Combine(folder, "obj"), recursive: true);
            File.Delete(project);
        });
        return new UnpackedPackage(root, KnownVersion, Checksum);
    }

    /// <inheritdoc/>
    public override bool IsCached(string cache) => Directory.Exists(Root(cache));

    private string Root(string cache) => UnpackedFolder(cache, $"{Name.ToLowerInvariant()}-{KnownVersion}", Checksum);
}
