using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace AniSora.Jupyter.References;

/// <summary>Answers the compiler's questions about <c>#r</c> for one cell, and keeps what it answered and what went wrong.</summary>
/// <param name="files">What is known already.</param>
/// <param name="packages">NuGet packages; null where nothing may be fetched, as while somebody types.</param>
internal sealed class CellReferenceResolver(LibraryFiles files, NuGetPackages? packages) : MetadataReferenceResolver
{
    private const string PackagePrefix = "nuget:";

    /// <summary>What the cell's directives referred to; later cells see it too.</summary>
    public List<PortableExecutableReference> Resolved { get; } = [];

    /// <summary>Why directives could not be followed.</summary>
    public List<string> Failures { get; } = [];

    /// <inheritdoc/>
    public override bool ResolveMissingAssemblies => true;

    /// <inheritdoc/>
    public override ImmutableArray<PortableExecutableReference> ResolveReference(string reference, string? baseFilePath, MetadataReferenceProperties properties)
    {
        try
        {
            var found = Resolve(reference.Trim(), baseFilePath);
            Resolved.AddRange(found);
            return [.. found];
        }
        catch (ReferenceException e)
        {
            Failures.Add($"#r \"{reference}\": {e.Message}");
            return [];
        }
    }

    /// <inheritdoc/>
    public override PortableExecutableReference? ResolveMissingAssembly(MetadataReference definition, AssemblyIdentity referenceIdentity) =>
        files.Find(referenceIdentity.Name);

    /// <inheritdoc/>
    public override bool Equals(object? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    private List<PortableExecutableReference> Resolve(string reference, string? baseFile)
    {
        if (reference.StartsWith(PackagePrefix, StringComparison.OrdinalIgnoreCase))
            return packages?.Add(reference[PackagePrefix.Length..]) is { } restored ? files.Add(restored.Assemblies, restored.Natives) : [];
        string folder = Path.IsPathRooted(baseFile) ? Path.GetDirectoryName(baseFile)! : Environment.CurrentDirectory;
        string path = Path.GetFullPath(Path.Combine(folder, ExpandHome(reference)));
        if (File.Exists(path))
            return files.Add(path);
        string name = reference.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? reference[..^4] : reference;
        if (!name.Contains('/', StringComparison.Ordinal) && files.Find(name) is { } known)
            return [known];
        throw new ReferenceException($"{path} does not exist, and the framework has no assembly of that name (is the project built?)");
    }

    private static string ExpandHome(string path) =>
        path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..]) : path;
}
