using System.Globalization;
using AniSora.Kernels.OpenCl;

namespace AniSora.Kernels;

/// <summary>What <c>--kernels</c> asks for: <c>auto</c>, <c>simd</c> or <c>opencl[:device]</c>.</summary>
public sealed record KernelChoice
{
    private enum Kind
    {
        Auto,
        Simd,
        OpenCl,
    }

    private readonly Kind _kind;
    private readonly string? _device;

    private KernelChoice(Kind kind, string? device = null) => (_kind, _device) = (kind, device);

    /// <summary>An OpenCL GPU if there is one that starts, else SIMD.</summary>
    public static KernelChoice Auto { get; } = new(Kind.Auto);

    /// <summary>Managed code on the cores' vector units.</summary>
    public static KernelChoice Simd { get; } = new(Kind.Simd);

    /// <summary>Reads a choice.</summary>
    /// <param name="text">
    /// <c>auto</c>; <c>simd</c>; <c>opencl</c> (the first GPU, or the first device if there is none); <c>opencl:1</c> (by the index that
    /// <c>anisora doctor</c> shows); <c>opencl:NAME</c> (the first device whose name contains NAME, in any case).
    /// </param>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static KernelChoice Parse(string text) => text.Split(':', 2) switch
    {
        ["auto"] => Auto,
        ["simd"] => Simd,
        ["opencl"] => new KernelChoice(Kind.OpenCl),
        ["opencl", { Length: > 0 } device] => new KernelChoice(Kind.OpenCl, device),
        _ => throw new FormatException($"kernels \"{text}\": auto, simd, opencl or opencl:DEVICE (a device's index or part of its name)"),
    };

    /// <summary>Makes the backend ready.</summary>
    /// <exception cref="OpenClException">OpenCL is asked for, and there is no loader, no such device, or it does not start.</exception>
    public KernelBackend Open() => Open(OpenClDevice.List());

    /// <inheritdoc cref="Open()"/>
    /// <param name="devices">The devices there are; null = no loader.</param>
    internal KernelBackend Open(IReadOnlyList<OpenClDevice>? devices)
    {
        if (_kind == Kind.OpenCl)
            return new OpenClKernels(Device(devices));
        if (_kind == Kind.Simd || devices?.FirstOrDefault(device => device.IsGpu) is not { } gpu)
            return new SimdKernels();
        try
        {
            return new OpenClKernels(gpu);
        }
        catch (OpenClException)
        {
            // Nobody asked for this GPU; `anisora doctor` shows that it is there and that SIMD is used all the same.
            return new SimdKernels();
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        (_kind, _device) switch { (Kind.Auto, _) => "auto", (Kind.Simd, _) => "simd", (_, null) => "opencl", (_, { } device) => $"opencl:{device}" };

    private OpenClDevice Device(IReadOnlyList<OpenClDevice>? devices)
    {
        if (devices is null)
            throw new OpenClException($"kernels {this}: this system has no OpenCL loader (libOpenCL.so.1); install ocl-icd-libopencl1 and your device's driver, or use simd");
        if (devices.Count == 0)
            throw new OpenClException($"kernels {this}: no OpenCL device; install your device's driver (pocl-opencl-icd for the CPU), or use simd");
        if (_device is null)
            return devices.FirstOrDefault(device => device.IsGpu) ?? devices[0];
        var found = int.TryParse(_device, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? devices.FirstOrDefault(device => device.Index == index)
            : devices.FirstOrDefault(device => device.Name.Contains(_device, StringComparison.OrdinalIgnoreCase));
        return found ?? throw new OpenClException(
            $"kernels {this}: no such device; there are {string.Join(", ", devices.Select(device => $"{device.Index}: {device.Name}"))}");
    }
}
