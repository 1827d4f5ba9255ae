using System.Globalization;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace AniSora.Kernels.Gpu;

/// <summary>A device that a CUDA or OpenCL driver offers.</summary>
/// <param name="Kind">"cuda" or "opencl".</param>
/// <param name="Index">Its place among those of its kind.</param>
/// <param name="Name">As the driver calls it.</param>
/// <param name="IsGpu">Whether it is a graphics processor.</param>
/// <param name="MemoryBytes">Memory that it can use.</param>
/// <param name="Lack">What kernels need and it lacks; null = it can be used.</param>
public sealed record GpuDevice(string Kind, int Index, string Name, bool IsGpu, long MemoryBytes, string? Lack)
{
    /// <summary>Devices belong to a context, so there is one as long as the process. Without a driver's library it is never made.</summary>
    private static readonly Lazy<Context> _context = new(() => NewContext(builder => builder.Cuda().OpenCL(_ => true)));

    /// <summary>Loaders of the drivers, under the names that systems ship; ILGPU asks for OpenCL's by the name that only its development package has.</summary>
    private static readonly string[] _cuda = ["libcuda.so.1", "nvcuda.dll"], _openCl = ["libOpenCL.so.1", "OpenCL.dll", "/System/Library/Frameworks/OpenCL.framework/OpenCL"];

    static GpuDevice() => NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, (name, _, _) => name == "OpenCL" && TryLoad(_openCl, out nint library) ? library : 0);

    /// <summary>ILGPU's device and its context; none in tests of choices.</summary>
    internal (Context Context, Device Device)? Handle { get; init; }

    /// <summary>Whether a driver's loader is installed for a kind of device.</summary>
    /// <param name="kind">"cuda" or "opencl".</param>
    public static bool HasLoader(string kind) => TryLoad(kind == "cuda" ? _cuda : _openCl, out _);

    /// <summary>All devices of all drivers, CUDA's first; also those that can't be used.</summary>
    public static IReadOnlyList<GpuDevice> List() =>
        HasLoader("cuda") || HasLoader("opencl") ? All(_context.Value) : [];

    /// <summary>A context. The higher level of optimisation finds out that views lie in global memory, which devices read faster.</summary>
    internal static Context NewContext(Func<Context.Builder, Context.Builder> devices) => Context.Create(builder => devices(builder.Optimize(OptimizationLevel.O2)));

    /// <summary>The devices of a context.</summary>
    internal static IReadOnlyList<GpuDevice> All(Context context) =>
    [
        .. context.Devices.OfType<CudaDevice>().Select((device, i) => new GpuDevice("cuda", i, device.Name, true, device.MemorySize, null) { Handle = (context, device) }),
        .. context.Devices.OfType<CLDevice>().Select((device, i) => new GpuDevice(
            "opencl", i, device.Name, device.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_GPU), device.MemorySize,
            device.Capabilities.GenericAddressSpace ? null : "a generic address space (OpenCL 2.0)") { Handle = (context, device) }),
    ];

    /// <summary>One line for people, such as "Tesla T4 (GPU, 14.6 GiB)".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Name} ({(IsGpu ? "GPU" : "CPU")}, {MemoryBytes / (double)(1 << 30):0.#} GiB{(Lack is null ? "" : $", can't be used: lacks {Lack}")})");

    private static bool TryLoad(string[] names, out nint library)
    {
        library = 0;
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out library))
                return true;
        }

        return false;
    }
}
