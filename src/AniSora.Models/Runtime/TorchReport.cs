using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace AniSora.Models.Runtime;

/// <summary>What libtorch is loaded and how it is set: facts for <c>anisora doctor</c>.</summary>
/// <param name="Version">libtorch's version.</param>
/// <param name="TorchSharpVersion">TorchSharp's version.</param>
/// <param name="LibtorchPath">Where libtorch_cpu was loaded from.</param>
/// <param name="TorchSharpPath">Where TorchSharp's native library was loaded from.</param>
/// <param name="WasMended">Whether that had to be a mended copy (<see cref="TorchLibrary.WasMended"/>).</param>
/// <param name="KeepsNumbers">Whether numbers in expressions are kept until libtorch has read them (see <c>ScalarLifetime</c>); TorchSharp itself does not.</param>
/// <param name="OpenMpPaths">The OpenMP libraries in the process; more than one compete for the processors.</param>
/// <param name="Threads">Threads of an operator.</param>
/// <param name="Processors">Logical processors that this process may use.</param>
/// <param name="Features">The vector instructions that the kernels here use.</param>
/// <param name="CudaDevices">Usable GPUs.</param>
/// <param name="BuiltForCuda">Whether this libtorch was built for NVIDIA GPUs, which need not be there.</param>
/// <param name="LoadMilliseconds">What loading took, if this report did it; else close to 0.</param>
public sealed record TorchReport(
    string Version,
    string TorchSharpVersion,
    string LibtorchPath,
    string TorchSharpPath,
    bool WasMended,
    bool KeepsNumbers,
    IReadOnlyList<string> OpenMpPaths,
    int Threads,
    int Processors,
    IReadOnlyList<string> Features,
    int CudaDevices,
    bool BuiltForCuda,
    double LoadMilliseconds)
{
    /// <summary>Collects the facts. Loads libtorch.</summary>
    /// <exception cref="InputException">libtorch is missing or cannot be mended; the message says what to do.</exception>
    public static TorchReport Read()
    {
        var watch = Stopwatch.StartNew();
        TorchLibrary.EnsureLoaded();
        int gpus = CudaDeviceCount;
        double milliseconds = watch.Elapsed.TotalMilliseconds;
        string[] libraries = TorchLibrary.MappedLibraries();
        string Mapped(string name) => libraries.FirstOrDefault(path => Path.GetFileName(path).StartsWith(name, StringComparison.OrdinalIgnoreCase)) ?? "unknown";
        return new(
            __version__,
            typeof(torch).Assembly.GetName().Version?.ToString(3) ?? "unknown",
            Mapped("libtorch_cpu"),
            Mapped("libLibTorchSharp"),
            TorchLibrary.WasMended,
            ScalarLifetime.IsInForce,
            [.. libraries.Where(path => Path.GetFileName(path) is var name && (name.StartsWith("libgomp", StringComparison.Ordinal) || name.StartsWith("libomp", StringComparison.Ordinal) || name.StartsWith("libiomp", StringComparison.Ordinal)))],
            get_num_threads(),
            Environment.ProcessorCount,
            ProcessorFeatures(),
            gpus,
            libraries.Any(path => Path.GetFileName(path).StartsWith("libtorch_cuda", StringComparison.Ordinal)),
            milliseconds);
    }

    /// <summary>GPUs that this libtorch can use; 0 for a CPU build.</summary>
    public static int CudaDeviceCount => cuda.is_available() ? cuda.device_count() : 0;

    /// <summary>What is set badly, one line each with its fix; empty when all is well.</summary>
    public IReadOnlyList<string> Problems =>
    [
        .. OpenMpPaths.Count > 1 ? [$"{OpenMpPaths.Count} OpenMP libraries are loaded, whose threads compete: {string.Join(", ", OpenMpPaths)}"] : Array.Empty<string>(),
        .. Threads < Processors && Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is null ? [$"operators use {Threads} of {Processors} processors"] : Array.Empty<string>(),
    ];

    private static List<string> ProcessorFeatures()
    {
        var features = new List<string>();
        if (Avx2.IsSupported)
            features.Add("AVX2");
        if (Avx512F.IsSupported)
            features.Add("AVX-512");
        if (HasBFloat16)
            features.Add("bfloat16 products");
        return features;
    }

    /// <summary>Whether the processor multiplies bfloat16 numbers itself (AVX512-BF16 or AMX).</summary>
    public static bool HasBFloat16 { get; } = File.Exists("/proc/cpuinfo") && File.ReadLines("/proc/cpuinfo")
        .FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal))?.Split(' ').Any(flag => flag is "avx512_bf16" or "amx_bf16") == true;
}
