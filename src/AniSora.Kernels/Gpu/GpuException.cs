using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace AniSora.Kernels.Gpu;

/// <summary>A GPU's driver refused something, or there is none. The message says what was asked of which device.</summary>
public sealed class GpuException(string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What ILGPU threw, with the driver's own name for the error.</summary>
    internal static GpuException From(Exception error, string what, GpuDevice device) => new(
        $"{device.Kind}: {what} on {device.Name}: {error switch { CudaException cuda => cuda.Error.ToString(), CLException cl => cl.Error.ToString(), _ => error.Message }}", error);
}
