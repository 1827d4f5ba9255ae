using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;

namespace AniSora.Jupyter.References;

/// <summary>
/// The files behind <c>#r</c>: where an assembly that a cell asked for, and all that it needs, are found by the compiler and by
/// the runtime. What came with the kernel stays the kernel's, so that types it shares (displays) are the same types; everything else
/// is loaded into this context, where a native library of a project or package comes before one of that name on the system.
/// </summary>
internal sealed class LibraryFiles : AssemblyLoadContext
{
    private static readonly string s_processor = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    // The closest first.
    private static readonly string[] s_platforms = [.. new[] { RuntimeInformation.RuntimeIdentifier, $"linux-{s_processor}", "linux", $"unix-{s_processor}", "unix" }.Distinct()];

    private readonly ConcurrentDictionary<string, string> _assemblies = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, string> _natives = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, PortableExecutableReference?> _references = new();
    private readonly ConcurrentDictionary<string, AssemblyDependencyResolver> _resolvers = new();
    private readonly FrameworkReferences _framework;

    /// <summary>Begins with the framework only.</summary>
    /// <param name="framework">The session's references to it.</param>
    public LibraryFiles(FrameworkReferences framework)
        : base("libraries")
    {
        _framework = framework;
        Default.Resolving += (_, name) => LoadOwn(name);
    }

    /// <summary>A native library of what cells referred to; 0 when none of that name can be loaded, and the system is to look.</summary>
    /// <param name="name">As in <c>DllImport</c>.</param>
    public nint LoadNative(string name) =>
        (FindNative(name) ?? Resolve(r => r.ResolveUnmanagedDllToPath(name)) ?? FindNativeBeside(name)) is { } path && NativeLibrary.TryLoad(path, out nint library) ? library : 0;

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName) => IsShared(assemblyName.Name!) ? null : LoadOwn(assemblyName);

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) => LoadNative(unmanagedDllName);

    /// <summary>A built assembly and what it needs, by its <c>.deps.json</c> where it has one, or else by its folder.</summary>
    /// <param name="path">Absolute path of the assembly.</param>
    /// <exception cref="ReferenceException">The file is no assembly.</exception>
    public List<PortableExecutableReference> Add(string path)
    {
        var root = Shared(Path.GetFileNameWithoutExtension(path)) ?? Reference(path) ?? throw new ReferenceException($"{path} is not a .NET assembly");
        Remember(path);
        if (!_resolvers.ContainsKey(path))
        {
            try
            {
                _resolvers[path] = new AssemblyDependencyResolver(path);
            }
            catch (InvalidOperationException e)
            {
                throw new ReferenceException($"{path}: its .deps.json cannot be read: {e.Message}");
            }
        }
        var references = new List<PortableExecutableReference> { root };
        foreach (string name in DependenciesOf(path))
        {
            if (Shared(name) is { } shared)
            {
                references.Add(shared);
            }
            else if (_resolvers[path].ResolveAssemblyToPath(new AssemblyName(name)) is { } file && Reference(file) is { } reference)
            {
                Remember(file);
                references.Add(reference);
            }
        }
        return references;
    }

    /// <summary>Assemblies and native libraries at known places, as those of NuGet packages.</summary>
    public List<PortableExecutableReference> Add(IEnumerable<string> assemblies, IEnumerable<string> natives)
    {
        foreach (string native in natives)
            _natives.TryAdd(Path.GetFileName(native), native);
        var references = new List<PortableExecutableReference>();
        foreach (string file in assemblies)
        {
            if (IsShared(Path.GetFileNameWithoutExtension(file)) || Reference(file) is not { } reference)
                continue;
            Remember(file);
            references.Add(reference);
        }
        return references;
    }

    /// <summary>The compiler's view of an assembly that another one needs, or null when it is unknown.</summary>
    /// <param name="name">Simple name.</param>
    public PortableExecutableReference? Find(string name) =>
        FindAssembly(name) is { } path ? Reference(path) : _framework.Find(name);

    // The kernel's own copy of an assembly always wins, as for any program.
    private static bool IsShared(string name) => FrameworkReferences.PathOf(name) is not null;

    private PortableExecutableReference? Shared(string name) => IsShared(name) ? _framework.Find(name) : null;

    private Assembly? LoadOwn(AssemblyName name) =>
        (FindAssembly(name.Name!) ?? Resolve(r => r.ResolveAssemblyToPath(name))) is { } path ? LoadFromAssemblyPath(path) : null;

    private void Remember(string path) => _assemblies.TryAdd(Path.GetFileNameWithoutExtension(path), path);

    private string? FindAssembly(string name) => _assemblies.GetValueOrDefault(name);

    private string? FindNative(string name) =>
        FileNames(name).Select(n => _natives.GetValueOrDefault(n)).FirstOrDefault(path => path is not null);

    // Where a package's native libraries lie in the output of a build, for assemblies that no .deps.json describes.
    private string? FindNativeBeside(string name)
    {
        var folders = _assemblies.Values.Select(path => Path.GetDirectoryName(path)!).Distinct()
            .SelectMany(folder => s_platforms.Select(platform => Path.Combine(folder, "runtimes", platform, "native")).Prepend(folder));
        return folders.SelectMany(folder => FileNames(name).Select(file => Path.Combine(folder, file))).FirstOrDefault(File.Exists);
    }

    private static string[] FileNames(string name) => [name, name + ".so", "lib" + name + ".so", "lib" + name];

    private string? Resolve(Func<AssemblyDependencyResolver, string?> ask) => _resolvers.Values.Select(ask).FirstOrDefault(path => path is not null);

    private PortableExecutableReference? Reference(string path) => _references.GetOrAdd(path, static file =>
    {
        try
        {
            // Only the metadata is read, and none of the file is held open: a build may replace it.
            using var stream = File.OpenRead(file);
            var module = ModuleMetadata.CreateFromStream(stream, System.Reflection.PortableExecutable.PEStreamOptions.PrefetchMetadata);
            _ = module.Name;
            return AssemblyMetadata.Create(module).GetReference(new XmlDocumentation(file), filePath: file);
        }
        catch (Exception e) when (e is BadImageFormatException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    });

    private static IEnumerable<string> DependenciesOf(string path)
    {
        string file = Path.ChangeExtension(path, ".deps.json");
        if (!File.Exists(file))
        {
            return Directory.GetFiles(Path.GetDirectoryName(path)!, "*.dll").Select(dll => Path.GetFileNameWithoutExtension(dll))
                .Where(name => name != Path.GetFileNameWithoutExtension(path));
        }
        try
        {
            var names = new List<string>();
            foreach (var (_, target) in JsonNode.Parse(File.ReadAllText(file))?["targets"] as JsonObject ?? [])
            {
                foreach (var (_, library) in target as JsonObject ?? [])
                    names.AddRange((library?["runtime"] as JsonObject ?? []).Select(asset => Path.GetFileNameWithoutExtension(asset.Key)));
            }
            return names.Distinct().Where(name => name != Path.GetFileNameWithoutExtension(path));
        }
        catch (System.Text.Json.JsonException e)
        {
            throw new ReferenceException($"{file}: {e.Message}");
        }
    }
}

/// <summary>A <c>#r</c> or <c>#load</c> that cannot be followed; the message says why and what to do.</summary>
internal sealed class ReferenceException(string message) : Exception(message);
