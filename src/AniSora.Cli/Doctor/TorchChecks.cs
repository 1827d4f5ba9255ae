using System.Globalization;
using AniSora.Models.Runtime;
using AniSora.Torch;

namespace AniSora.Cli.Doctor;

/// <summary>libtorch as it is really loaded: version and build, BLAS, threads, graphics processors. Loads it.</summary>
internal static class TorchChecks
{
    private const string Area = "libtorch";

    /// <summary>Runs the checks.</summary>
    public static IReadOnlyList<Check> Run()
    {
        TorchReport report;
        string build;
        try
        {
            report = TorchRuntime.Report();
            build = TorchRuntime.BuildInfo;
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or TypeInitializationException)
        {
            return
            [
                new Check(Area, "libtorch", CheckState.Missing, OneLine((error.InnerException ?? error).Message), "make setup build"),
                Gpu(cudaDevices: 0, builtForCuda: false),
            ];
        }
        return
        [
            new Check(Area, "libtorch", CheckState.Ok, string.Create(CultureInfo.InvariantCulture,
                $"{report.Version} from {report.LibtorchPath}, loaded in {report.LoadMilliseconds / 1000:0.0} s")),
            new Check(Area, "build", CheckState.Ok, BuildSummary(build)),
            new Check(Area, "native shim", CheckState.Ok, report.ShimPath),
            Blas(report),
            Threads(report),
            Gpu(report.CudaDevices, TorchRuntime.BuiltForCuda),
        ];
    }

    /// <summary>The lines of libtorch's description that matter for speed: compiler, oneDNN, vector instructions.</summary>
    private static string BuildSummary(string build)
    {
        var telling = build.Split('\n').Select(line => line.Trim(' ', '-'))
            .Where(line => line.StartsWith("GCC", StringComparison.Ordinal) || line.Contains("MKL-DNN v", StringComparison.Ordinal)
                || line.StartsWith("CPU capability", StringComparison.Ordinal) || line.StartsWith("CUDA Runtime", StringComparison.Ordinal));
        return string.Join("; ", telling) is { Length: > 0 } summary ? summary : OneLine(build);
    }

    private static Check Blas(TorchReport report)
    {
        const string fix = "sudo apt-get install --no-install-recommends libopenblas0-openmp && make clean build";
        if (report.BlasPaths.Count == 0)
            return new Check(Area, "BLAS", CheckState.Note, "none that is known is mapped: matrix products may be slow", fix);

        var detail = $"{report.BlasThreading switch
        {
            BlasThreading.OpenMP => "OpenBLAS on OpenMP threads",
            BlasThreading.Pthreads => "OpenBLAS on threads of its own, which fight libtorch's for the cores",
            BlasThreading.Sequential => "OpenBLAS without threads",
            _ => "not OpenBLAS",
        }}, mapped: {string.Join(", ", report.BlasPaths)}; float32 matrices are multiplied by {(report.MatrixLibrary.Length > 0 ? report.MatrixLibrary : "libtorch itself")}";
        var mixed = report.BlasPaths.Any(path => path.Contains("openblas-pthread", StringComparison.Ordinal));
        return report.BlasThreading is BlasThreading.Pthreads or BlasThreading.Sequential || mixed
            ? new Check(Area, "BLAS", CheckState.Note, detail, fix)
            : new Check(Area, "BLAS", CheckState.Ok, detail);
    }

    private static Check Threads(TorchReport report)
    {
        var detail = $"libtorch {report.Threads}, BLAS {(report.BlasThreads > 0 ? report.BlasThreads : "?")}, of {report.Processors} cores";
        if (report.Threads >= report.Processors && (report.BlasThreads < 0 || report.BlasThreads >= report.Processors))
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
                "unpack a CUDA build of libtorch, then: LIBTORCH=/its/folder make native build");

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

    private static string OneLine(string text) =>
        string.Join(' ', text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
