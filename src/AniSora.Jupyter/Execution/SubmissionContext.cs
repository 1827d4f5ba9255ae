using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;
using AniSora.Jupyter.References;

namespace AniSora.Jupyter.Execution;

/// <summary>
/// Holds the assemblies of cells. Cells that declare something share one context, since later ones refer to them; a cell that
/// declares nothing gets a context of its own, which the collector takes away with it.
/// </summary>
internal sealed class SubmissionContext : AssemblyLoadContext
{
    private readonly ConcurrentDictionary<string, Assembly> _declared;
    private readonly LibraryFiles _libraries;

    /// <summary>The context of cells that declare something.</summary>
    /// <param name="libraries">What cells referred to.</param>
    public SubmissionContext(LibraryFiles libraries)
        : base("cells") => (_declared, _libraries) = (new(), libraries);

    private SubmissionContext(SubmissionContext cells)
        : base("cell", isCollectible: true) => (_declared, _libraries) = (cells._declared, cells._libraries);

    /// <summary>A context for one cell that nobody will refer to.</summary>
    public SubmissionContext ForOneCell() => new(this);

    /// <summary>Loads a compiled cell.</summary>
    public Assembly Load(MemoryStream assembly, MemoryStream symbols)
    {
        assembly.Position = symbols.Position = 0;
        var loaded = LoadFromStream(assembly, symbols);
        if (!IsCollectible)
            _declared[loaded.GetName().Name!] = loaded;
        return loaded;
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName) => _declared.GetValueOrDefault(assemblyName.Name!);

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) => _libraries.LoadNative(unmanagedDllName);
}
