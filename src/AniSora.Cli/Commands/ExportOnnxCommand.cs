using System.CommandLine;
using System.Globalization;
using AniSora.Cli.Hosting;
using AniSora.Onnx.Export;
using Spectre.Console;

namespace AniSora.Cli.Commands;

/// <summary><c>anisora export onnx</c>: a checkpoint leaves as ONNX files, each compared with the model.</summary>
internal static class ExportOnnxCommand
{
    private const long Megabyte = 1_000_000;

    private static readonly Dictionary<string, OnnxWeightFormat> _formats = new()
    {
        ["float32"] = OnnxWeightFormat.Float32,
        ["float16"] = OnnxWeightFormat.Float16,
        ["int8"] = OnnxWeightFormat.Int8,
    };

    /// <summary>Describes the command.</summary>
    public static Command Create()
    {
        var checkpoint = new Argument<string>("checkpoint") { Description = "Model folder, the --out folder of 'anisora train', or a folder with a VAE's config.json and weights." };
        var folder = new Argument<string>("out") { Description = "Where the ONNX files are written; an earlier export there is replaced when the new one is whole." };
        var weights = new Option<string>("--weights") { Description = "float32; float16: half the size; int8: matrix products in 8 bits.", DefaultValueFactory = _ => "float32" };
        var external = new Option<long?>("--external-above") { Description = "Megabytes of weights above which they stand in a file beside the ONNX file (default 1000)." };
        var print = new Option<bool>("--print") { Description = "Print each part's operators, with module names and sizes." };
        var command = new Command("onnx", "Write caption encoder, DiT, VAE encoder and VAE decoder as ONNX files that any runtime runs, and compare each with the model.")
        {
            checkpoint, folder, weights, external, print,
        };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var settings = new OnnxExportSettings
            {
                Weights = _formats.TryGetValue(parsed.GetValue(weights)!, out var format)
                    ? format
                    : throw new InputException($"--weights {parsed.GetValue(weights)}: unknown (known: {string.Join(", ", _formats.Keys)})"),
                Built = parsed.GetValue(print) ? graph => Console.Write(graph) : null,
            };
            if (parsed.GetValue(external) is { } megabytes)
            {
                if (megabytes is < 0 or > 1900)
                    throw new InputException($"--external-above {megabytes}: use 0 to 1900; an ONNX file itself ends at 2 GB");
                settings = settings with { ExternalDataAbove = megabytes * Megabyte };
            }
            string target = parsed.GetValue(folder)!;
            var report = OnnxModelExporter.Export(parsed.GetValue(checkpoint)!, target, settings, line => Console.Error.WriteLine(line), cancel);
            TableOutput.Write(Console.Out, !Console.IsOutputRedirected, console => console.Write(TableOf(report)));
            if (report.Index.VideoPsnr is { } psnr)
                Console.WriteLine($"video: {Number(psnr, "0.0")} dB against libtorch's");
            if (report.Problems.Count > 0)
            {
                Console.Error.WriteLine($"error: {string.Join("; ", report.Problems)}: nothing was written to {target}; use float32 weights, or report a fault of the exporter if these are");
                return ExitCode.Failed;
            }
            Console.WriteLine(target);
            return ExitCode.Ok;
        }, cancel));
        return command;
    }

    private static Table TableOf(OnnxExportReport report)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (string name in (string[])["part", "nodes", "weights MB", "relative error", "ONNX Runtime ms", "libtorch ms", "ratio"])
            table.AddColumn(new TableColumn(name) { Alignment = name == "part" ? Justify.Left : Justify.Right });
        foreach (var part in report.Parts)
            table.AddRow(part.Part.Name, part.Nodes.ToString(CultureInfo.InvariantCulture), Number((double)part.WeightBytes / Megabyte, "0.0"), Number(part.Part.RelativeError, "0.0e0"),
                Number(part.OnnxMilliseconds, "0.0"), Number(part.TorchMilliseconds, "0.0"), Number(part.OnnxMilliseconds / part.TorchMilliseconds, "0.00"));
        return table;
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
