using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;

namespace AniSora.Jupyter.Execution;

/// <summary>
/// Holds the assemblies of cells. Cells that declare something share one context, since later ones refer to them; a cell that
/// declares nothing gets a context of its own, which the collector takes away with it.
/// </summary>
internal sealed class SubmissionContext : AssemblyLoadContext
{
    private readonly ConcurrentDictionary<string, Assembly> _declared;

    /// <summary>The context of cells that declare something.</summary>
    public SubmissionContext()
        : base("cells") => _declared = new();

    private SubmissionContext(ConcurrentDictionary<string, Assembly> declared)
        : base("cell", isCollectible: true) => _declared = declared;

    /// <summary>A context for one cell that nobody will refer to.</summary>
    public SubmissionContext ForOneCell() => new(_declared);

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
}
