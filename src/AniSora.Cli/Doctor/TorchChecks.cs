using System.Globalization;
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
                Gpu(cudaDevices: 0),
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
            Gpu(report.CudaDevices),
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
        }}, mapped: {string.Join(", ", report.BlasPaths)}";
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

    private static Check Gpu(int cudaDevices)
    {
        if (cudaDevices > 0)
            return new Check(Area, "GPU", CheckState.Ok, $"{cudaDevices} CUDA device{(cudaDevices > 1 ? "s" : "")} usable by this libtorch");
        var devices = Directory.Exists("/dev") ? Directory.GetFiles("/dev", "nvidia?").Length : 0;
        return devices > 0
            ? new Check(Area, "GPU", CheckState.Note, $"{devices} NVIDIA device{(devices > 1 ? "s" : "")} in this machine, but this libtorch was built for the CPU",
                "unpack a CUDA build of libtorch, then: LIBTORCH=/its/folder make native build")
            : new Check(Area, "GPU", CheckState.Ok, "none in this machine: everything runs on the CPU");
    }

    private static string OneLine(string text) =>
        string.Join(' ', text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
