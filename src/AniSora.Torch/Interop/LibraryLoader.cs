using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AniSora.Torch.Interop;

/// <summary>Finds the shim beside this assembly, when a first native call needs it and not before.</summary>
/// <remarks>Loading libtorch takes about half a second, so commands that need no tensor must not pay for it.</remarks>
internal static partial class LibraryLoader
{
    private const string FileName = "libanisora_torch.so";

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The resolver must be there before the first call from any type.")]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(LibraryLoader).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != NativeMethods.Library)
            return 0;
        var folder = Path.GetDirectoryName(assembly.Location) is { Length: > 0 } beside ? beside : AppContext.BaseDirectory;
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            throw new DllNotFoundException($"{path} is missing: build the repository again (make setup, then dotnet build)");
        if (Environment.GetEnvironmentVariable("ANISORA_SGEMM") is { Length: > 0 } and not ("onednn" or "blas") and var unknown)
            throw new InputException($"ANISORA_SGEMM={unknown}: unknown; use onednn (the default) or blas");
        // Libraries inside libtorch read these when they are loaded. OpenMP: a thread that asks for another count asks for itself alone.
        setenv("OMP_NUM_THREADS", Threads().ToString(CultureInfo.InvariantCulture), 0);
        // glog: what it would say comes as exceptions too.
        setenv("GLOG_minloglevel", "3", 0);
        try
        {
            var library = NativeLibrary.Load(path);
            SetThreads(library);
            return library;
        }
        catch (DllNotFoundException e)
        {
            throw new DllNotFoundException(
                $"{FileName} was found but one of its own libraries was not: install what 'anisora doctor' names (make setup). {e.Message}", e);
        }
    }

    // Environment.SetEnvironmentVariable does not reach the C library's environment.
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    /// <summary>
    /// libtorch starts with half the logical processors. Use all that this process may use, which .NET knows even under a
    /// container's limit, or this process's share where several of a job run on one host, unless OMP_NUM_THREADS says otherwise.
    /// </summary>
    private static unsafe void SetThreads(nint library)
    {
        // By address: a call through NativeMethods would come back into the resolver that is loading it.
        var set = (delegate* unmanaged<int, Status>)NativeLibrary.GetExport(library, nameof(NativeMethods.ani_set_threads));
        set(Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is { Length: > 0 } ? 0 : Threads());
    }

    private static int Threads()
    {
        try
        {
            return Math.Max(1, Environment.ProcessorCount / LaunchEnvironment.Detect().LocalSize);
        }
        catch (InputException)
        {
            // Whoever joins the job says what is wrong with its variables.
            return 1;
        }
    }
}
