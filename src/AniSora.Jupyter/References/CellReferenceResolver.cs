using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace AniSora.Jupyter.References;

/// <summary>Answers the compiler's questions about <c>#r</c> for one cell, and keeps what it answered and what went wrong.</summary>
/// <param name="files">What is known already.</param>
/// <param name="packages">NuGet packages; null where nothing may be fetched, as while somebody types.</param>
internal sealed class CellReferenceResolver(LibraryFiles files, NuGetPackages? packages) : MetadataReferenceResolver
{
    private const string PackagePrefix = "nuget:";

    private readonly Dictionary<string, List<PortableExecutableReference>> _answers = [];

    /// <summary>What the cell's directives referred to; later cells see it too.</summary>
    public List<PortableExecutableReference> Resolved { get; } = [];

    /// <summary>Why directives could not be followed.</summary>
    public List<string> Failures { get; } = [];

    /// <inheritdoc/>
    public override bool ResolveMissingAssemblies => true;

    /// <inheritdoc/>
    public override ImmutableArray<PortableExecutableReference> ResolveReference(string reference, string? baseFilePath, MetadataReferenceProperties properties)
    {
        string key = reference.Trim() + "\n" + baseFilePath;
        if (!_answers.TryGetValue(key, out var found))
        {
            try
            {
                found = Resolve(reference.Trim(), baseFilePath);
                Resolved.AddRange(found.Where(r => !Resolved.Contains(r)));
            }
            catch (ReferenceException e)
            {
                Failures.Add($"#r \"{reference}\": {e.Message}");
                found = [];
            }
            _answers[key] = found;
        }
        // The compiler takes one assembly for a directive; what that one needs is added to the cell's references.
        return found.Count > 0 ? [found[0]] : [];
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
