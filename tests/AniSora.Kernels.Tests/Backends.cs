using AniSora.Kernels.Gpu;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.OpenCL;

namespace AniSora.Kernels.Tests;

/// <summary>The GPU's kernels without a GPU: on ILGPU's emulator, and on PoCL, an OpenCL device of the processor.</summary>
public sealed class Backends : IDisposable
{
    private readonly Context _context;

    public Backends()
    {
        _context = GpuDevice.NewContext(builder => builder.OpenCL(_ => true).CPU());
        var cpu = _context.GetCPUDevice(0);
        Emulator = new GpuDevice("cpu", 0, cpu.Name, IsGpu: false, cpu.MemorySize, null) { Handle = (_context, cpu) };
        // PoCL 3.1 has no generic address space, which ILGPU asks for and these kernels, optimised, do without.
        var pocl = _context.Devices.OfType<CLDevice>().FirstOrDefault() ?? throw new InvalidOperationException("no OpenCL device: apt-get install pocl-opencl-icd (make setup)");
        Refused = GpuDevice.All(_context)[0];
        typeof(CLCapabilityContext).GetProperty(nameof(CLCapabilityContext.GenericAddressSpace))!.GetSetMethod(nonPublic: true)!.Invoke(pocl.Capabilities, [true]);
        Pocl = GpuDevice.All(_context)[0];
        Gpus = [new GpuKernels(Pocl), new GpuKernels(Emulator)];
    }

    public GpuDevice Emulator { get; }

    public GpuDevice Pocl { get; }

    /// <summary>PoCL as it is without the switch.</summary>
    public GpuDevice Refused { get; }

    /// <summary>On PoCL, then on the emulator, which takes seconds for what the other does in milliseconds.</summary>
    public IReadOnlyList<GpuKernels> Gpus { get; }

    public void Dispose()
    {
        foreach (var kernels in Gpus)
            kernels.Dispose();
        _context.Dispose();
    }
}
