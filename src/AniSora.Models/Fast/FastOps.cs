
using AniSora.Models.Runtime;

namespace AniSora.Models.Fast;

/// <summary>
/// Operations that models spend their time on, in fewer passes over memory than libtorch's own operators need, and with less kept for
/// the backward pass.
/// </summary>
/// <remarks>
/// <para>Each has two forms with the same result: one of TorchSharp's operators, which runs on any device and in any type and can be
/// differentiated any number of times; and a kernel for float32 on the CPU, which computes its gradient itself, once.
/// The kernel is taken where it can be (see <see cref="Kernels"/>).</para>
/// <para>Kernels use <c>Vector512</c>, which is two or four narrower vectors on a processor without AVX-512, and libtorch's threads
/// (<see cref="ParallelLoop"/>): other threads would fight those for the cores. Their results do not depend on the number of threads.
/// </para>
/// </remarks>
public static partial class FastOps
{
    [ThreadStatic] private static int _plain;

    /// <summary>Whether the kernels take these tensors: all float32 on the CPU.</summary>
    private static bool Kernels(params ReadOnlySpan<Tensor?> tensors) => _plain == 0 && AllFloatOnCpu(tensors);

    private static bool AllFloatOnCpu(params ReadOnlySpan<Tensor?> tensors)
    {
        foreach (var tensor in tensors)
            if (tensor is not null && (tensor.device_type != TorchSharp.DeviceType.CPU || tensor.dtype != ScalarType.Float32))
                return false;
        return true;
    }

    /// <summary>Until the result is disposed, everything on this thread runs in libtorch's operators: to compare with, to count, or for a
    /// second derivative.</summary>
    public static IDisposable Plain() => new PlainScope();

    private sealed class PlainScope : IDisposable
    {
        private bool _ended;

        public PlainScope() => _plain++;

        public void Dispose()
        {
            if (!_ended)
                _plain--;
            _ended = true;
        }
    }

    /// <summary>A function whose gradient is a kernel, which nothing can differentiate again.</summary>
    private abstract class KernelFunction : TorchFunction
    {
        protected sealed override Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved)
        {
            if (is_grad_enabled())
                throw new InvalidOperationException($"{GetType().Name}: second derivatives need libtorch's own operators: compute the first pass inside FastOps.Plain()");
            return Gradients(gradOutputs, saved);
        }

        /// <inheritdoc cref="TorchFunction.Backward"/>
        protected abstract Tensor?[] Gradients(Tensor[] grads, Tensor[] saved);
    }

    /// <summary>Where a contiguous tensor's numbers lie. The caller keeps the tensor alive.</summary>
    internal static unsafe float* Floats(Tensor contiguous) => (float*)StableApi.DataPointer(contiguous);

    /// <summary>Type and shape, for errors.</summary>
    private static string Describe(this Tensor tensor) => $"{tensor.dtype} [{string.Join(", ", tensor.shape)}]";

    /// <summary>Elements that a thread should at least have to do: less is not worth waking it.</summary>
    private const long Grain = 1 << 14;
}
