using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AniSora.Data;

/// <summary>A Debian package, fetched by name and unpacked into the cache; nothing is installed.</summary>
/// <param name="Name">The package's name.</param>
/// <param name="KnownVersion">The version the dataset was made with first.</param>
/// <param name="KnownSha256">That version's checksum.</param>
internal sealed record DebianPackage(string Name, string KnownVersion, string KnownSha256)
{
    /// <summary>An unpacked package.</summary>
    /// <param name="Root">The folder that stands for <c>/</c>.</param>
    /// <param name="Version">The package's version.</param>
    /// <param name="Sha256">The .deb file's checksum.</param>
    public sealed record Unpacked(string Root, string Version, string Sha256);

    /// <summary>Fetches (unless the cache has it, with the right checksum) and unpacks.</summary>
    /// <exception cref="InputException">apt does not know the package, there is no network, or the checksum is wrong.</exception>
    public async Task<Unpacked> FetchAsync(string cache, CancellationToken cancellation)
    {
        string debs = Path.Combine(cache, "debs");
        Directory.CreateDirectory(debs);
        var (file, version, sha) = Cached(debs, KnownVersion, KnownSha256) ?? await DownloadAsync(debs, cancellation);
        string root = Path.Combine(cache, "unpacked", $"{Name}-{sha[..16]}");
        if (!Directory.Exists(root))
        {
            // Unpacked aside and renamed, so a folder of that name is always complete.
            Directory.CreateDirectory(Path.GetDirectoryName(root)!);
            string temporary = root + "." + Path.GetRandomFileName();
            try
            {
                await RunAsync("dpkg-deb", ["-x", file, temporary], debs, cancellation);
                Directory.Move(temporary, root);
            }
            catch (IOException) when (Directory.Exists(root))
            {
                // Another process was faster.
            }
            finally
            {
                if (Directory.Exists(temporary))
                    Directory.Delete(temporary, recursive: true);
            }
        }

        return new Unpacked(root, version, sha);
    }

    private async Task<(string File, string Version, string Sha256)> DownloadAsync(string debs, CancellationToken cancellation)
    {
        string record = await RunAsync("apt-cache", ["show", "--no-all-versions", Name], debs, cancellation, failure: $"package {Name} is not known to apt: run `sudo apt-get update` (or `make setup`)");
        string version = Field(record, "Version"), sha = Field(record, "SHA256");
        if (Cached(debs, version, sha) is { } present)
            return present;
        // apt drops to the user _apt for downloads and cannot write into a folder of root's: as root, stay root instead of warning.
        string[] arguments = Environment.UserName == "root" ? ["-o", "APT::Sandbox::User=root"] : [];
        await RunAsync("apt-get", [.. arguments, "-q", "download", $"{Name}={version}"], debs, cancellation,
            failure: $"package {Name} {version} could not be downloaded: check the network and run `sudo apt-get update`");
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

    private static async Task<string> RunAsync(string program, string[] arguments, string folder, CancellationToken cancellation, string? failure = null)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InputException($"{program} cannot be started: the demo data come from Debian packages, so this step needs Debian or Ubuntu{(OperatingSystem.IsLinux() ? "" : $" (this is {RuntimeInformation.OSDescription})")}", e);
        }

        using (process)
        {
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(cancellation);
                var errors = process.StandardError.ReadToEndAsync(cancellation);
                await process.WaitForExitAsync(cancellation);
                string said = (await errors).Split('\n').LastOrDefault(l => l.StartsWith("E:", StringComparison.Ordinal) || l.Contains("error", StringComparison.Ordinal)) ?? "";
                return process.ExitCode == 0 ? await output : throw new InputException($"{failure ?? $"{program} {string.Join(' ', arguments)} failed"}{(said.Length > 0 ? $" ({said.Trim()})" : "")}");
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }
    }
}
