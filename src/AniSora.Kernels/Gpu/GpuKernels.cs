using ILGPU;
using ILGPU.Runtime;

namespace AniSora.Kernels.Gpu;

/// <summary>Kernels on a GPU, from one C# source for CUDA and OpenCL (ILGPU); results as <see cref="SimdKernels"/>'s, floats but for rounding.</summary>
public sealed partial class GpuKernels : KernelBackend
{
    /// <summary>Memory that one call takes at most, however large its pictures: they go through in pieces. Flow takes about 45 bytes a pixel.</summary>
    private const long MostBytes = 1 << 30;

    private readonly GpuSession _session;

    /// <summary>Makes a device ready. A kernel is compiled when it is first used.</summary>
    /// <exception cref="GpuException">It lacks something, or its driver refuses.</exception>
    public GpuKernels(GpuDevice device) : this(device, MostBytes)
    {
    }

    /// <summary>The same with another limit of memory in bytes, for tests.</summary>
    internal GpuKernels(GpuDevice device, long limit)
    {
        if (device.Lack is { } lack)
            throw new GpuException($"{device.Kind}:{device.Index} {device.Name} lacks {lack}, which the kernels need; use another device, or simd");
        if (device.Handle is not var (context, handle))
            throw new GpuException($"{device.Kind}:{device.Index} {device.Name} is no device of this computer");
        try
        {
            _session = new GpuSession(device, handle.CreateAccelerator(context), Math.Min(limit, device.MemoryBytes / 2));
        }
        catch (Exception error) when (IsDriver(error))
        {
            throw GpuException.From(error, "starting", device);
        }
    }

    /// <summary>Bytes that it holds on the device.</summary>
    internal long HeldBytes => _session.Memory.Held;

    /// <inheritdoc/>
    public override string Describe() => $"{_session.Device.Kind}:{_session.Device.Index}: {_session.Device}";

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _session.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>One call to the device; what its driver throws names it.</summary>
    private void Call(string what, Action<GpuCall> work)
    {
        try
        {
            using var call = new GpuCall(_session);
            work(call);
        }
        catch (Exception error) when (IsDriver(error))
        {
            throw GpuException.From(error, what, _session.Device);
        }
    }

    /// <summary>Cuts so many things into pieces that fit the device, one call each.</summary>
    /// <param name="what">For messages.</param>
    /// <param name="count">How many things: pixels or frames.</param>
    /// <param name="bytesEach">Device memory that one takes.</param>
    /// <param name="work">Takes the first thing of a piece and how many.</param>
    private void Pieces(string what, int count, long bytesEach, Action<GpuCall, int, int> work)
    {
        int most = (int)Math.Clamp(_session.Memory.Limit / 2 / Math.Max(1, bytesEach), 1, int.MaxValue);
        for (int from = 0; from < count; from += most)
            Call(what, call => work(call, from, Math.Min(most, count - from)));
    }

    private static bool IsDriver(Exception error) => error is AcceleratorException or InternalCompilerException or CapabilityNotSupportedException or NotSupportedException or OutOfMemoryException;
}
