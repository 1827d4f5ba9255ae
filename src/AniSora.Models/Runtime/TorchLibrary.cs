using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace AniSora.Models.Runtime;

/// <summary>Finds libtorch and TorchSharp's native library for this process, on the first use of a tensor.</summary>
public static partial class TorchLibrary
{
    private const string Name = "LibTorchSharp";
    private static readonly Lock _loading = new();
    private static bool _registered;
    private static nint _handle;

    /// <summary>Whether TorchSharp's native library had to be mended for this system's libstdc++ (Debian 12); false before the first use.</summary>
    public static bool WasMended { get; private set; }

    /// <summary>
    /// Makes TorchSharp find its library. Happens by itself when a class of this assembly is used; a program whose first tensor comes
    /// before that calls it first. Nothing is loaded yet, so commands without tensors stay quick.
    /// </summary>
    /// <remarks>TorchSharp looks for its library by name; where the system refuses to load that, .NET asks here.</remarks>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Programs that use the models must not have to know of it.")]
    public static void Register()
    {
        if (Interlocked.Exchange(ref _registered, true))
            return;
        ShortenSpinning();
        // A notebook's kernel loads assemblies into a context of their own.
        AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly)!.ResolvingUnmanagedDll += (_, name) => name == Name || name == $"lib{Name}.so" ? Load() : 0;
    }

    /// <summary>
    /// Lets libtorch's threads wait for each other in the system after microseconds. OpenMP's own choice is to spin for up to a
    /// millisecond, which takes the core from whatever they wait for as soon as anything else runs: a forward pass beside one busy process
    /// took 355 ms instead of 203, alone as long as before. What the user has set holds.
    /// </summary>
    /// <remarks>libgomp reads the C library's environment when it is loaded; .NET's is a copy, which child processes inherit without this.</remarks>
    private static void ShortenSpinning()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
            _ = setenv("GOMP_SPINCOUNT", "1000", overwrite: 0);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    /// <summary>Loads libtorch now: an error is then one clear line. (TorchSharp, looking by itself, would write a page to standard output.)</summary>
    /// <exception cref="InputException">libtorch is missing, or cannot be mended.</exception>
    public static void EnsureLoaded() => Load();

    /// <summary>Where libtorch's native files lie: beside the program, or in its <c>runtimes</c> folder.</summary>
    /// <exception cref="InputException">They are in neither.</exception>
    public static string Folder
    {
        get
        {
            string here = Path.GetDirectoryName(typeof(torch).Assembly.Location) is { Length: > 0 } folder ? folder : AppContext.BaseDirectory;
            string[] folders = [here, Path.Combine(here, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"), .. SearchFolders];
            return folders.FirstOrDefault(f => File.Exists(Path.Combine(f, "libtorch_cpu.so")))
                ?? throw new InputException($"libtorch_cpu.so is in none of {string.Join(", ", folders.Distinct())}: build the project again (dotnet build), which copies it from the NuGet package libtorch-cpu-linux-x64");
        }
    }

    private static string[] SearchFolders =>
        (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string)?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>libtorch itself, for calls beside TorchSharp.</summary>
    internal static nint LoadTorchCpu()
    {
        LoadTorchSharp();
        return OperatingSystem.IsLinux() ? NativeLibrary.Load(Path.Combine(Folder, "libtorch_cpu.so")) : NativeLibrary.Load("torch_cpu", typeof(torch).Assembly, null);
    }

    /// <summary>TorchSharp's native library.</summary>
    internal static nint LoadTorchSharp()
    {
        torch.InitializeDeviceType(TorchSharp.DeviceType.CPU);
        return OperatingSystem.IsLinux() ? Load() : NativeLibrary.Load(Name, typeof(torch).Assembly, null);
    }

    private static nint Load()
    {
        lock (_loading)
        {
            if (_handle != 0 || !OperatingSystem.IsLinux())
                return _handle;
            string folder = Folder;
            string library = Path.Combine(folder, $"lib{Name}.so");
            if (SystemLibStdCxx() is { } libStdCxx && LibStdCxxMend.IsNeeded(libStdCxx))
            {
                library = LibStdCxxMend.Copy(library, CacheFolder);
                WasMended = true;
            }
            // By full path: the copy's own search path leads nowhere.
            foreach (string needed in (string[])["libtorch_cpu.so", "libtorch.so"])
                NativeLibrary.Load(Path.Combine(folder, needed));
            _handle = NativeLibrary.Load(library);
            ScalarLifetime.Extend(_handle);
            return _handle;
        }
    }

    private static string CacheFolder => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "anisora");

    /// <summary>The libstdc++ that this process has loaded, as .NET's runtime needs it itself.</summary>
    private static string? SystemLibStdCxx() => MappedLibraries().FirstOrDefault(path => Path.GetFileName(path).StartsWith("libstdc++.so", StringComparison.Ordinal));

    /// <summary>Shared libraries of this process, by path.</summary>
    internal static string[] MappedLibraries()
    {
        const string maps = "/proc/self/maps";
        return !File.Exists(maps) ? [] : [.. File.ReadLines(maps)
            .Select(line => line.IndexOf('/') is var at and >= 0 ? line[at..] : "")
            .Where(path => path.Contains(".so", StringComparison.Ordinal))
            .Distinct()];
    }
}
