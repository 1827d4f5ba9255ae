using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.CodeAnalysis;

namespace AniSora.Jupyter.References;

/// <summary>
/// The XML documentation of one assembly: the file beside it or, for the framework, the files of the SDK's reference pack.
/// Files are searched as they lie on disk when somebody asks, because reading all of the framework's takes seconds.
/// </summary>
/// <param name="assembly">Path of the assembly.</param>
internal sealed class XmlDocumentation(string assembly) : DocumentationProvider
{
    private static readonly Lazy<string[]> s_frameworkFiles = new(FindFrameworkFiles);
    private static readonly ConcurrentDictionary<string, byte[]?> s_texts = new();

    /// <inheritdoc/>
    protected override string? GetDocumentationForSymbol(string documentationMemberID, CultureInfo preferredCulture, CancellationToken cancellationToken)
    {
        foreach (string file in Candidates())
        {
            if (Find(file, documentationMemberID) is { } documentation)
                return documentation;
        }
        return null;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is XmlDocumentation other && other.Path == Path;

    /// <inheritdoc/>
    public override int GetHashCode() => Path.GetHashCode(StringComparison.Ordinal);

    private string Path { get; } = assembly;

    private IEnumerable<string> Candidates()
    {
        string beside = System.IO.Path.ChangeExtension(Path, ".xml");
        if (File.Exists(beside))
            return [beside];
        // The framework's types have moved between assemblies: System.Private.CoreLib is documented as System.Runtime.
        string name = System.IO.Path.GetFileName(beside);
        return Path.StartsWith(RuntimeEnvironment.GetRuntimeDirectory(), StringComparison.Ordinal)
            ? s_frameworkFiles.Value.OrderByDescending(file => System.IO.Path.GetFileName(file) == name)
                .ThenByDescending(file => file.EndsWith("/System.Runtime.xml", StringComparison.Ordinal))
            : [];
    }

    private static string[] FindFrameworkFiles()
    {
        string packs = System.IO.Path.GetFullPath(System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../packs/Microsoft.NETCore.App.Ref"));
        string version = $"net{Environment.Version.Major}.{Environment.Version.Minor}";
        return Directory.Exists(packs)
            ? [.. Directory.GetDirectories(packs).SelectMany(pack => System.IO.Path.Combine(pack, "ref", version) is var folder && Directory.Exists(folder)
                ? Directory.GetFiles(folder, "*.xml") : [])]
            : [];
    }

    private static string? Find(string file, string id)
    {
        byte[] xml;
        try
        {
            // Small files stay in memory; the framework's are 10 MB together and are asked seldom.
            xml = s_texts.GetOrAdd(file, path => new FileInfo(path).Length < 1 << 20 ? File.ReadAllBytes(path) : null) ?? File.ReadAllBytes(file);
        }
        catch (IOException)
        {
            return null;
        }
        int start = xml.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"<member name=\"{id}\""));
        if (start < 0)
            return null;
        int length = xml.AsSpan(start).IndexOf("</member>"u8);
        return length < 0 ? null : Encoding.UTF8.GetString(xml, start, length + "</member>".Length);
    }
}
