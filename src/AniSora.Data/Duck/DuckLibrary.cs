using System.Runtime.InteropServices;

namespace AniSora.Data.Duck;

/// <summary>Finds and loads DuckDB's shared library, which ships inside an npm package.</summary>
public static unsafe class DuckLibrary
{
    private const string FileName = "libduckdb.so";
    private static readonly Lock _lock = new();
    private static nint _handle;

    /// <summary>
    /// Where the library was found: the file or folder that <c>ANISORA_NATIVE</c> names, the application's folder, or the nearest
    /// <c>node_modules</c> above the application or the current folder. Null if it is nowhere.
    /// </summary>
    public static string? Find() => Candidates().FirstOrDefault(File.Exists);

    /// <summary>DuckDB's version, such as <c>v1.5.6</c>; loads the library.</summary>
    /// <exception cref="InputException">The library is missing or cannot be loaded.</exception>
    public static string Version
    {
        get
        {
            Load();
            return DuckNative.Text(DuckNative.duckdb_library_version());
        }
    }

    internal static nint Load()
    {
        lock (_lock)
        {
            if (_handle != 0)
                return _handle;
            string path = Find() ?? throw new InputException(
                $"DuckDB's {FileName} (npm package {Package}) was not found: run `make setup`, or set ANISORA_NATIVE to its folder");
            try
            {
                return _handle = NativeLibrary.Load(path);
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
            {
                throw new InputException($"{path}: DuckDB cannot be loaded ({e.Message.Split('\n')[0]}): run `make setup` again", e);
            }
        }
    }

    private static string Package =>
        $"@duckdb/node-bindings-linux-{(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64")}";

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("ANISORA_NATIVE") is { Length: > 0 } named)
        {
            yield return named;
            yield return Path.Combine(named, FileName);
            yield return Path.Combine(named, "node_modules", Package, FileName);
        }

        yield return Path.Combine(AppContext.BaseDirectory, FileName);
        foreach (string start in new[] { AppContext.BaseDirectory, Environment.CurrentDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder != null; folder = folder.Parent)
                yield return Path.Combine(folder.FullName, "node_modules", Package, FileName);
        }
    }
}
