using System.Runtime.InteropServices;

namespace AniSora.Data.Duck;

/// <summary>Finds and loads DuckDB's shared library, which ships inside an npm package.</summary>
public static unsafe class DuckLibrary
{
    private const string FileName = "libduckdb.so";
    private static readonly Lock _lock = new();
    private static nint _handle;

    /// <summary>Where the library was found, as <see cref="NodeModules.Find"/> looks for it; null if it is nowhere.</summary>
    public static string? Find() => NodeModules.Find(Package, FileName);

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
            string path = NodeModules.Require(Package, FileName, "DuckDB");
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
}
