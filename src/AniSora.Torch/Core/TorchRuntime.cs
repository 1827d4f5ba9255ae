using System.Diagnostics;
using System.Runtime.InteropServices;
using AniSora.Torch.Interop;

namespace AniSora.Torch;

/// <summary>What libtorch is loaded and how it is set: facts for <c>anisora doctor</c>, and settings of the process.</summary>
public static unsafe partial class TorchRuntime
{
    /// <summary>libtorch's version, for instance <c>1.13.1</c>.</summary>
    public static string Version => Text(NativeMethods.ani_version());

    /// <summary>What libtorch says about its build: compiler, BLAS, instruction sets.</summary>
    public static string BuildInfo
    {
        get
        {
            TorchException.Check(NativeMethods.ani_build(), nameof(BuildInfo));
            return torch.LastText();
        }
    }

    /// <summary>Threads that one operator spreads over; all processors unless OMP_NUM_THREADS says otherwise.</summary>
    public static int Threads => NativeMethods.ani_threads();

    /// <summary>Threads that one matrix product spreads over; -1 when BLAS isn't OpenBLAS.</summary>
    public static int BlasThreads => NativeMethods.ani_blas_threads();

    /// <summary>GPUs that this libtorch can use; 0 for a CPU build.</summary>
    public static int CudaDevices => NativeMethods.ani_cuda_devices();

    /// <summary>What multiplies float32 matrices: oneDNN, or BLAS where that is not found or ANISORA_SGEMM=blas; empty = libtorch's own.</summary>
    public static string MatrixLibrary => Text(NativeMethods.ani_matrix_library());

    /// <summary>Whether this libtorch was built for NVIDIA GPUs, which need not be there.</summary>
    public static bool BuiltForCuda
    {
        get
        {
            _ = Version; // loads libtorch
            return MappedLibraries().Any(path => Path.GetFileName(path).StartsWith("libtorch_cuda", StringComparison.Ordinal));
        }
    }

    /// <summary>KiB that results of operators hold at this moment.</summary>
    public static long HeldKib => MemoryWatch.HeldKib;

    /// <summary>Everything that <c>anisora doctor</c> prints about libtorch. Loads it.</summary>
    /// <exception cref="DllNotFoundException">libtorch or the shim is missing; the message says what to do.</exception>
    public static TorchReport Report()
    {
        var watch = Stopwatch.StartNew();
        var version = Version;
        var milliseconds = watch.Elapsed.TotalMilliseconds;
        var libraries = MappedLibraries();
        string? Mapped(string name) => libraries.FirstOrDefault(path => Path.GetFileName(path).StartsWith(name, StringComparison.Ordinal));
        string[] blas = [.. libraries.Where(path => Path.GetFileName(path) is var name
            && (name.StartsWith("libopenblas", StringComparison.Ordinal) || name.StartsWith("libblas", StringComparison.Ordinal)
                || name.StartsWith("libmkl", StringComparison.Ordinal)))];
        return new TorchReport(
            version,
            Mapped("libtorch_cpu") ?? "unknown",
            Mapped("libanisora_torch") ?? "unknown",
            blas,
            Text(NativeMethods.ani_blas_config()),
            NativeMethods.ani_blas_parallelism() switch
            {
                0 => BlasThreading.Sequential,
                1 => BlasThreading.Pthreads,
                2 => BlasThreading.OpenMP,
                _ => BlasThreading.Unknown
            },
            Threads,
            BlasThreads,
            MatrixLibrary,
            Environment.ProcessorCount,
            CudaDevices,
            milliseconds);
    }

    /// <summary>A device's random state: with it, random numbers continue exactly where they were.</summary>
    /// <param name="device">The device; null = the CPU.</param>
    public static byte[] GetRngState(torch.Device? device = null)
    {
        using var generator = torch.Generator.DefaultOf(device ?? torch.CPU);
        using var state = generator.get_state();
        return state.bytes.ToArray();
    }

    /// <summary>Continues from a random state.</summary>
    /// <param name="state">What <see cref="GetRngState"/> gave.</param>
    /// <param name="device">The device; null = the CPU.</param>
    /// <exception cref="TorchException">It is no such state.</exception>
    public static void SetRngState(ReadOnlySpan<byte> state, torch.Device? device = null)
    {
        using var tensor = TensorMemory.CopyBytes(state, [state.Length], torch.uint8);
        using var generator = torch.Generator.DefaultOf(device ?? torch.CPU);
        generator.set_state(tensor);
    }

    /// <summary>Shared libraries of this process, by path.</summary>
    internal static string[] MappedLibraries()
    {
        const string maps = "/proc/self/maps";
        if (!File.Exists(maps))
            return [];
        return [.. File.ReadLines(maps)
            .Select(line => line.IndexOf('/') is var at and >= 0 ? line[at..] : "")
            .Where(path => path.Contains(".so", StringComparison.Ordinal))
            .Distinct()];
    }

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}

/// <summary>How a BLAS library makes its threads.</summary>
public enum BlasThreading
{
    /// <summary>It isn't OpenBLAS.</summary>
    Unknown,

    /// <summary>It makes none.</summary>
    Sequential,

    /// <summary>Its own, which compete with libtorch's for the processors.</summary>
    Pthreads,

    /// <summary>OpenMP's, which libtorch uses too.</summary>
    OpenMP,
}

/// <summary>What libtorch is loaded and how it is set.</summary>
/// <param name="Version">libtorch's version.</param>
/// <param name="LibtorchPath">Where libtorch_cpu was loaded from.</param>
/// <param name="ShimPath">Where libanisora_torch was loaded from.</param>
/// <param name="BlasPaths">The BLAS libraries that are mapped into the process.</param>
/// <param name="BlasConfig">What OpenBLAS says about its build; empty for another BLAS.</param>
/// <param name="BlasThreading">How BLAS makes its threads.</param>
/// <param name="Threads">Threads of an operator.</param>
/// <param name="BlasThreads">Threads of a matrix product; -1 when BLAS isn't OpenBLAS.</param>
/// <param name="MatrixLibrary">See <see cref="TorchRuntime.MatrixLibrary"/>.</param>
/// <param name="Processors">Logical processors that this process may use.</param>
/// <param name="CudaDevices">Usable GPUs.</param>
/// <param name="LoadMilliseconds">What loading took, if this report did it; else close to 0.</param>
public sealed record TorchReport(
    string Version,
    string LibtorchPath,
    string ShimPath,
    IReadOnlyList<string> BlasPaths,
    string BlasConfig,
    BlasThreading BlasThreading,
    int Threads,
    int BlasThreads,
    string MatrixLibrary,
    int Processors,
    int CudaDevices,
    double LoadMilliseconds)
{
    /// <summary>What is set badly, one line each with its fix; empty when all is well.</summary>
    public IReadOnlyList<string> Problems
    {
        get
        {
            var problems = new List<string>();
            if (BlasThreading == BlasThreading.Pthreads)
                problems.Add("OpenBLAS is its pthreads build, which competes with OpenMP for the processors: " +
                    "apt-get install libopenblas0-openmp, then build again");
            else if (BlasPaths.Any(path => path.Contains("openblas-pthread", StringComparison.Ordinal)))
                problems.Add("a pthreads build of OpenBLAS is mapped beside the OpenMP build: " +
                    "see update-alternatives --display libblas.so.3-x86_64-linux-gnu");
            if (Threads < Processors && Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is null)
                problems.Add($"operators use {Threads} of {Processors} processors");
            return problems;
        }
    }
}

public static partial class torch
{
    /// <summary>Threads that one operator spreads over.</summary>
    public static int get_num_threads() => NativeMethods.ani_threads();

    /// <summary>Sets the threads of operators and of BLAS.</summary>
    /// <param name="num">At least 1.</param>
    public static void set_num_threads(int num)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(num, 1);
        TorchException.Check(NativeMethods.ani_set_threads(num), nameof(set_num_threads));
    }
}
