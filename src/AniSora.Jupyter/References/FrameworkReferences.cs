using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Metadata;
using Microsoft.CodeAnalysis;

namespace AniSora.Jupyter.References;

/// <summary>
/// The framework's assemblies as the compiler sees them, for one session. The compiler hangs the symbols that it makes of an
/// assembly onto the reference, for later compilations to find. Two sessions that share references (the user's, and the one that
/// warms up beside it) find each other's, and then one cell's types are not those of the cell before.
/// </summary>
internal sealed unsafe class FrameworkReferences
{
    // What cells use without asking. Others of the framework come by #r "System.Name", or by themselves where a library needs them;
    // netstandard is not among these because it refers to all of them.
    private static readonly string[] s_names =
    [
        "System.Private.CoreLib", "System.Runtime", "Microsoft.CSharp", "System.Collections", "System.Collections.Concurrent",
        "System.Collections.Immutable", "System.ComponentModel.Primitives", "System.Console", "System.Diagnostics.Process", "System.Diagnostics.StackTrace",
        "System.IO.Compression", "System.IO.Compression.ZipFile", "System.Linq", "System.Linq.Expressions", "System.Linq.AsyncEnumerable", "System.Memory",
        "System.Net.Http", "System.Net.Primitives", "System.ObjectModel", "System.Private.Uri", "System.Private.Xml", "System.Private.Xml.Linq",
        "System.Runtime.Extensions", "System.Runtime.InteropServices", "System.Runtime.Loader", "System.Runtime.Numerics", "System.Security.Cryptography",
        "System.Text.Encoding.Extensions", "System.Text.Json", "System.Text.RegularExpressions", "System.Threading", "System.Threading.Channels",
        "System.Threading.Tasks.Parallel", "System.Xml.Linq", "System.Xml.ReaderWriter",
    ];

    // All that the kernel's process was started with: the framework, the kernel's own libraries.
    private static readonly Dictionary<string, string> s_paths = ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .DistinctBy(path => Path.GetFileNameWithoutExtension(path), StringComparer.OrdinalIgnoreCase)
        .ToDictionary(path => Path.GetFileNameWithoutExtension(path), StringComparer.OrdinalIgnoreCase);

    private readonly ConcurrentDictionary<string, PortableExecutableReference?> _references = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>References to the usual assemblies.</summary>
    public IEnumerable<PortableExecutableReference> Usual() => s_names.Select(Find).OfType<PortableExecutableReference>();

    /// <summary>Where an assembly that came with the kernel lies, or null when none of that name did.</summary>
    public static string? PathOf(string name) => s_paths.GetValueOrDefault(name);

    /// <summary>A reference to an assembly that came with the kernel, or null when none of that name did. The same one each time: compilations share what they read of it.</summary>
    /// <param name="name">Simple name.</param>
    public PortableExecutableReference? Find(string name) => _references.GetOrAdd(name, static name =>
    {
        try
        {
            return PathOf(name) is not null ? Of(Assembly.Load(new AssemblyName(name))) : null;
        }
        catch (Exception e) when (e is IOException or BadImageFormatException)
        {
            return null; // a native library of the framework
        }
    });

    // The compiler reads the runtime's own copy of the metadata: no second one in memory.
    private static PortableExecutableReference? Of(Assembly assembly)
    {
        if (!assembly.TryGetRawMetadata(out byte* metadata, out int length))
            return null;
        var module = ModuleMetadata.CreateFromMetadata((nint)metadata, length);
        return AssemblyMetadata.Create(module).GetReference(new XmlDocumentation(assembly.Location), filePath: assembly.Location);
    }
}
