using System.Globalization;
using AniSora.Kernels.Gpu;

namespace AniSora.Kernels;

/// <summary>What <c>--kernels</c> asks for: <c>auto</c>, <c>simd</c>, <c>cuda[:device]</c> or <c>opencl[:device]</c>.</summary>
public sealed record KernelChoice
{
    private const string AutoName = "auto", SimdName = "simd", Cuda = "cuda", OpenCl = "opencl";

    private readonly string _kind;
    private readonly string? _device;

    private KernelChoice(string kind, string? device = null) => (_kind, _device) = (kind, device);

    /// <summary>A GPU if there is one that starts, CUDA's before OpenCL's, else SIMD.</summary>
    public static KernelChoice Auto { get; } = new(AutoName);

    /// <summary>Managed code on the cores' vector units.</summary>
    public static KernelChoice Simd { get; } = new(SimdName);

    /// <summary>Reads a choice.</summary>
    /// <param name="text">
    /// <c>auto</c>; <c>simd</c>; <c>cuda</c> or <c>opencl</c> (the first GPU of that kind, or the first device if there is none); <c>cuda:1</c> (by
    /// the index that <c>anisora doctor</c> shows); <c>opencl:NAME</c> (the first device whose name contains NAME, in any case).
    /// </param>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static KernelChoice Parse(string text) => text.Split(':', 2) switch
    {
        [AutoName] => Auto,
        [SimdName] => Simd,
        [Cuda or OpenCl] => new KernelChoice(text),
        [(Cuda or OpenCl) and var kind, { Length: > 0 } device] => new KernelChoice(kind, device),
        _ => throw new FormatException($"kernels \"{text}\": auto, simd, cuda or opencl; or cuda:DEVICE, opencl:DEVICE (a device's index or part of its name)"),
    };

    /// <summary>Makes the backend ready.</summary>
    /// <exception cref="GpuException">A GPU is asked for, and there is no driver, no such device, or it does not start.</exception>
    public KernelBackend Open() => _kind == SimdName ? new SimdKernels() : Open(GpuDevice.List(), GpuDevice.HasLoader);

    /// <inheritdoc cref="Open()"/>
    /// <param name="devices">The devices there are.</param>
    /// <param name="hasLoader">Whether there is a driver's loader for a kind of device.</param>
    internal KernelBackend Open(IReadOnlyList<GpuDevice> devices, Func<string, bool> hasLoader)
    {
        if (_kind is Cuda or OpenCl)
            return new GpuKernels(Device([.. devices.Where(device => device.Kind == _kind)], hasLoader));
        if (_kind == SimdName || devices.FirstOrDefault(device => device is { IsGpu: true, Lack: null }) is not { } gpu)
            return new SimdKernels();
        try
        {
            return new GpuKernels(gpu);
        }
        catch (GpuException)
        {
            // Nobody asked for this GPU; `anisora doctor` shows that it is there and that SIMD is used all the same.
            return new SimdKernels();
        }
    }

    /// <inheritdoc/>
    public override string ToString() => _device is null ? _kind : $"{_kind}:{_device}";

    private GpuDevice Device(List<GpuDevice> devices, Func<string, bool> hasLoader)
    {
        if (!hasLoader(_kind))
        {
            throw new GpuException(_kind == Cuda
                ? $"kernels {this}: there is no CUDA driver (libcuda.so.1); install NVIDIA's driver, or use simd"
                : $"kernels {this}: this system has no OpenCL loader (libOpenCL.so.1); install ocl-icd-libopencl1 and your device's driver, or use simd");
        }

        if (devices.Count == 0)
            throw new GpuException($"kernels {this}: the driver offers no device; use simd");
        if (_device is null)
            return devices.FirstOrDefault(device => device is { IsGpu: true, Lack: null }) ?? devices[0];
        var found = int.TryParse(_device, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? devices.FirstOrDefault(device => device.Index == index)
            : devices.FirstOrDefault(device => device.Name.Contains(_device, StringComparison.OrdinalIgnoreCase));
        return found ?? throw new GpuException(
            $"kernels {this}: no such device; there are {string.Join(", ", devices.Select(device => $"{device.Index}: {device.Name}"))}");
    }
}
