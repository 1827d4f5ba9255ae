using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace AniSora.Interactive;

/// <summary>
/// This project's assemblies under .NET Interactive. Left to itself, Roslyn gives each of them a context of its own, where F# types of
/// Plotly.NET are loaded twice (the host brings an older FSharp.Core) and the native libraries of a build's output are not found. So all are
/// loaded into the host's context before a cell names them.
/// </summary>
internal static class ProjectLibraries
{
    /// <summary>Loads the assemblies of a program, in so far as the host has none of that name.</summary>
    /// <param name="program">Path of the program; its <c>.deps.json</c> lies beside it.</param>
    /// <returns>Paths of what was loaded, for cells to refer to.</returns>
    public static IReadOnlyList<string> Load(string program)
    {
        var own = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(Path.GetFileName).ToHashSet();
        var libraries = new AssemblyDependencyResolver(program);
        // Asked where the host's assembly is older than what ours were compiled against: it has to do.
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            name.Version is not null && own.Contains(name.Name + ".dll") ? context.LoadFromAssemblyName(new(name.Name!)) : null;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) =>
            libraries.ResolveUnmanagedDllToPath(name) is { } path && NativeLibrary.TryLoad(path, out nint library) ? library : 0;

        string[] paths = [.. Directory.GetFiles(Path.GetDirectoryName(program)!, "*.dll")
            .Where(path => !own.Contains(Path.GetFileName(path)) && path != typeof(ProjectLibraries).Assembly.Location)];
        foreach (string path in paths)
            AssemblyLoadContext.Default.LoadFromAssemblyPath(path);
        return paths;
    }
}
