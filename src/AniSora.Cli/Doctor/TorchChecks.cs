using System.Globalization;
using AniSora.Models.Runtime;

namespace AniSora.Cli.Doctor;

/// <summary>libtorch as it is really loaded: versions, the mend, OpenMP, threads, processors and graphics processors. Loads it.</summary>
internal static class TorchChecks
{
    private const string Area = "libtorch";

    /// <summary>Runs the checks.</summary>
    public static IReadOnlyList<Check> Run()
    {
        TorchReport report;
        try
        {
            report = TorchReport.Read();
        }
        catch (Exception error) when (error is InputException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or TypeInitializationException or NotSupportedException)
        {
            return
            [
                new Check(Area, "libtorch", CheckState.Missing, OneLine(Innermost(error).Message), "make build"),
                Gpu(cudaDevices: 0, builtForCuda: false),
            ];
        }
        return
        [
            new Check(Area, "libtorch", CheckState.Ok, string.Create(CultureInfo.InvariantCulture,
                $"{report.Version} from {report.LibtorchPath}, loaded in {report.LoadMilliseconds / 1000:0.0} s")),
            new Check(Area, "TorchSharp", CheckState.Ok, $"{report.TorchSharpVersion}, native library {report.TorchSharpPath}{(report.WasMended ? " (a copy mended for this system's libstdc++)" : "")}"),
            Numbers(report),
            new Check(Area, "processor", report.Features.Contains("AVX-512") ? CheckState.Ok : CheckState.Note,
                $"{(report.Features.Count > 0 ? string.Join(", ", report.Features) : "no vector instructions that the kernels here use")}{(report.Features.Contains("bfloat16 products") ? ": --precision bfloat16 pays" : "")}"),
            OpenMp(report),
            Threads(report),
            Gpu(report.CudaDevices, report.BuiltForCuda),
        ];
    }

    private static Check Numbers(TorchReport report) => report.KeepsNumbers
        ? new Check(Area, "numbers", CheckState.Ok, "kept until libtorch has read them (TorchSharp itself may free them before)")
        : new Check(Area, "numbers", CheckState.Note, "TorchSharp may free a number while libtorch reads it, once in thousands of training steps: an error that names a Scalar, or a wrong value",
            "go on from the last checkpoint when it happens; Linux on x64 that lets a program change its own code (mprotect) has no such fault");

    private static Check OpenMp(TorchReport report) => report.OpenMpPaths.Count > 1
        ? new Check(Area, "OpenMP", CheckState.Note, $"several are loaded, whose threads compete for the cores: {string.Join(", ", report.OpenMpPaths)}", "load no other library that brings OpenMP (OpenBLAS, MKL) into this process")
        : new Check(Area, "OpenMP", CheckState.Ok, string.Join(", ", report.OpenMpPaths));

    private static Check Threads(TorchReport report)
    {
        var detail = $"libtorch {report.Threads} of {report.Processors} cores";
        if (report.Threads >= report.Processors)
            return new Check(Area, "threads", CheckState.Ok, detail);
        return Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is { Length: > 0 } limit
            ? new Check(Area, "threads", CheckState.Note, $"{detail} (OMP_NUM_THREADS={limit})", "unset OMP_NUM_THREADS")
            : new Check(Area, "threads", CheckState.Note, detail, $"export OMP_NUM_THREADS={report.Processors}");
    }

    private static Check Gpu(int cudaDevices, bool builtForCuda)
    {
        var names = GpuNames();
        if (cudaDevices > 0)
            return new Check(Area, "GPU", CheckState.Ok, $"{(cudaDevices == 1 ? "cuda:0" : $"cuda:0 to cuda:{cudaDevices - 1}")} usable by this libtorch{Listed(names)}; --device auto takes cuda");
        if (names.Count == 0)
            return new Check(Area, "GPU", CheckState.Ok, "none in this machine: --device auto takes the CPU");
        return builtForCuda
            ? new Check(Area, "GPU", CheckState.Note, $"in this machine{Listed(names)}, but libtorch finds none that it can use: --device auto takes the CPU",
                "look at nvidia-smi (driver) and at CUDA_VISIBLE_DEVICES")
            : new Check(Area, "GPU", CheckState.Note, $"in this machine{Listed(names)}, but this libtorch was built for the CPU",
                "dotnet build AniSora.sln -c Release -p:TorchDevice=cuda");

        static string Listed(IReadOnlyList<string> names) => names.Count == 0 ? "" : $": {string.Join(", ", names)}";
    }

    /// <summary>The NVIDIA devices that the driver knows of, by their models.</summary>
    private static IReadOnlyList<string> GpuNames()
    {
        const string driver = "/proc/driver/nvidia/gpus", model = "Model:";
        if (!Directory.Exists(driver))
            return Directory.Exists("/dev") ? [.. Directory.GetFiles("/dev", "nvidia?").Order(StringComparer.Ordinal)] : [];
        return [.. Directory.GetDirectories(driver).Order(StringComparer.Ordinal).Select(gpu =>
        {
            var file = Path.Combine(gpu, "information");
            var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith(model, StringComparison.Ordinal)) : null;
            return line?[model.Length..].Trim() ?? Path.GetFileName(gpu);
        })];
    }

    private static Exception Innermost(Exception error) => error.InnerException is { } inner ? Innermost(inner) : error;

    private static string OneLine(string text) =>
        string.Join(' ', text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
