using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AniSora.Jupyter.References;

/// <summary>Files that NuGet packages brought.</summary>
/// <param name="Assemblies">Managed, of the packages and all that they need.</param>
/// <param name="Natives">Native libraries for this platform.</param>
internal sealed record RestoredPackages(IReadOnlyList<string> Assemblies, IReadOnlyList<string> Natives);

/// <summary>
/// NuGet packages by <c>#r "nuget: Name, Version"</c>. The SDK restores a generated project that refers to all packages of the
/// session, so their versions fit together; what was restored once is taken from the cache without the SDK or a network.
/// </summary>
/// <param name="cache">Folder of the generated projects.</param>
/// <param name="report">Told what takes time.</param>
internal sealed partial class NuGetPackages(string cache, Action<string> report)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);
    private readonly List<(string Name, string Version)> _packages = [];
    private readonly List<string> _sources = [];

    /// <summary>Stops a restore, as when the cell is interrupted.</summary>
    public CancellationToken Cancel { get; set; }

    /// <summary>Adds a source: <c>#i "nuget: folder or address"</c>.</summary>
    public void AddSource(string source)
    {
        source = source.Trim();
        if (!_sources.Contains(source))
            _sources.Add(source);
    }

    /// <summary>Adds a package to the session.</summary>
    /// <param name="reference"><c>Name, Version</c>, or <c>Name</c> for the newest.</param>
    /// <exception cref="ReferenceException">It cannot be had.</exception>
    public RestoredPackages Add(string reference)
    {
        string[] parts = reference.Split(',', StringSplitOptions.TrimEntries);
        string version = parts.Length > 1 ? parts[1] : "*";
        if (parts.Length > 2 || !Name().IsMatch(parts[0]) || !Version().IsMatch(version))
            throw new ReferenceException("write it as #r \"nuget: Name, Version\"");
        var wanted = _packages.Where(p => !p.Name.Equals(parts[0], StringComparison.OrdinalIgnoreCase)).Append((Name: parts[0], Version: version)).ToList();
        var restored = Restore(wanted);
        _packages.Clear();
        _packages.AddRange(wanted);
        return restored;
    }

    private RestoredPackages Restore(List<(string Name, string Version)> packages)
    {
        string project = ProjectOf(packages);
        string folder = Path.Combine(cache, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(project)))[..16]);
        string assets = Path.Combine(folder, "obj", "project.assets.json"), complete = Path.Combine(folder, "restored");
        if (File.Exists(complete) && Read(assets) is { } known)
            return known;
        report($"restoring {string.Join(", ", packages.Select(p => $"{p.Name} {p.Version}"))} …");
        Directory.CreateDirectory(folder);
        // Nothing of the folders above may have a say in it.
        foreach (string name in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" })
            File.WriteAllText(Path.Combine(folder, name), "<Project />");
        string file = Path.Combine(folder, "packages.csproj");
        File.WriteAllText(file, project);
        RunRestore(file);
        var restored = Read(assets) ?? throw new ReferenceException($"{assets} is not as expected: delete {folder} and try again");
        File.WriteAllText(complete, "");
        return restored;
    }

    private string ProjectOf(List<(string Name, string Version)> packages)
    {
        string references = string.Concat(packages.Select(p => $"""    <PackageReference Include="{p.Name}" Version="{p.Version}" />""" + "\n"));
        string sources = SecurityElement.Escape(string.Join(';', _sources)) ?? "";
        return $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net{Environment.Version.Major}.0</TargetFramework>
                <RuntimeIdentifier>{RuntimeInformation.RuntimeIdentifier}</RuntimeIdentifier>
                <SelfContained>false</SelfContained>
                <RestoreAdditionalProjectSources>{sources}</RestoreAdditionalProjectSources>
              </PropertyGroup>
              <ItemGroup>
            {references}  </ItemGroup>
            </Project>

            """;
    }

    private void RunRestore(string project)
    {
        var start = new ProcessStartInfo(DotNet()) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetDirectoryName(project) };
        foreach (string argument in new[] { "restore", project, "--verbosity", "quiet", "--nologo" })
            start.ArgumentList.Add(argument);
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment.Remove("CI"); // would lock the restore of a folder that has no lock file
        using var process = StartProcess(start);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(s_limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            process.WaitForExitAsync(limit.Token).GetAwaiter().GetResult();
            if (process.ExitCode != 0)
                throw new ReferenceException(Explain(output.Result + error.Result));
        }
        catch (OperationCanceledException)
        {
            throw Cancel.IsCancellationRequested
                ? new OperationCanceledException(Cancel)
                : new ReferenceException($"dotnet restore took longer than {s_limit.TotalMinutes:0} minutes");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static Process StartProcess(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new ReferenceException($"packages are restored by the .NET SDK, and {start.FileName} cannot be started");
        }
    }

    // Of all that the SDK prints, a person needs the reason, once.
    private static string Explain(string output)
    {
        var errors = Error().Matches(output).Select(match => $"{match.Groups[1].Value}: {match.Groups[2].Value.Trim()}").Distinct().ToList();
        if (errors.Exists(error => error.StartsWith("NU1301", StringComparison.Ordinal)))
        {
            return "the package sources cannot be reached, and the package is not in the cache. Without a network only packages "
                + "that were restored before, or those of a local folder (#i \"nuget: /folder\"), can be used. " + errors[0];
        }
        return errors.Count > 0 ? string.Join("\n", errors.Take(5)) : "dotnet restore failed: " + output.Trim();
    }

    private static RestoredPackages? Read(string file)
    {
        try
        {
            var json = JsonNode.Parse(File.ReadAllText(file))!;
            string[] folders = [.. json["packageFolders"]!.AsObject().Select(folder => folder.Key)];
            List<string> assemblies = [], natives = [];
            // The last target is the one of this platform: its assets are chosen already.
            foreach (var (library, assets) in json["targets"]!.AsObject().Last().Value!.AsObject())
            {
                if (json["libraries"]![library]?["path"]?.GetValue<string>() is not { } path)
                    continue;
                AddFiles(assets!["runtime"] as JsonObject, path, assemblies);
                AddFiles(assets["native"] as JsonObject, path, natives);
            }
            return assemblies.Concat(natives).All(File.Exists) ? new RestoredPackages(assemblies, natives) : null;

            void AddFiles(JsonObject? group, string path, List<string> to)
            {
                foreach (var (asset, _) in group ?? [])
                {
                    if (!asset.EndsWith("/_._", StringComparison.Ordinal))
                        to.Add(folders.Select(folder => Path.Combine(folder, path, asset)).FirstOrDefault(File.Exists) ?? Path.Combine(folders[0], path, asset));
                }
            }
        }
        catch (Exception e) when (e is IOException or JsonException or NullReferenceException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string DotNet() =>
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host
        : Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet")) is var beside && File.Exists(beside) ? beside
        : "dotnet";

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.\-]*$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^[A-Za-z0-9.*\-+\[\](),]+$")]
    private static partial Regex Version();

    [GeneratedRegex(@"error (NU\d+|MSB\d+|NETSDK\d+)\s*:\s*(.*?)(?:\s*\[[^\]]*csproj\])?\r?$", RegexOptions.Multiline)]
    private static partial Regex Error();
}
