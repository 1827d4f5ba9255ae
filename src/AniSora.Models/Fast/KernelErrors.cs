using System.Runtime.ExceptionServices;

namespace AniSora.Models.Fast;

/// <summary>
/// Exceptions of backward passes written in C#. They cannot cross libtorch's frames, so the gradients in question are left out, and
/// the first of them is thrown when libtorch has returned.
/// </summary>
public sealed class KernelErrors
{
    [ThreadStatic] private static KernelErrors? _mine;
    private ExceptionDispatchInfo? _first;

    private KernelErrors()
    {
    }

    /// <summary>This thread's: those of functions that it applied.</summary>
    internal static KernelErrors Mine => _mine ??= new();

    internal void Keep(Exception exception) => Interlocked.CompareExchange(ref _first, ExceptionDispatchInfo.Capture(exception), null);

    /// <summary>Throws what went wrong in the backward passes of functions that this thread applied, if anything did since it last asked.</summary>
    public static void Rethrow() => Interlocked.Exchange(ref Mine._first, null)?.Throw();
}

/// <summary>Differentiation with the exceptions of functions written in C#.</summary>
public static class Differentiation
{
    /// <summary>Adds the gradients of a number to those of the leaves that it was computed from.</summary>
    /// <param name="loss">One number.</param>
    public static void Backward(this Tensor loss)
    {
        loss.backward();
        AutogradNode.ReleaseReturned();
        KernelErrors.Rethrow();
    }

    /// <summary>Gradients of some tensors by others.</summary>
    /// <param name="outputs">What is differentiated.</param>
    /// <param name="inputs">By what.</param>
    /// <param name="seeds">The gradients by the outputs; null for ones.</param>
    /// <param name="retain">Whether the graph is needed again.</param>
    /// <param name="create">Whether the gradients shall be differentiable themselves.</param>
    /// <param name="allowUnused">Whether an input may have nothing to do with the outputs; its gradient is null then.</param>
    /// <exception cref="InvalidOperationException">An input has nothing to do with the outputs.</exception>
    public static Tensor[] Gradients(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? seeds = null, bool retain = false, bool create = false, bool allowUnused = false)
    {
        // libtorch's own complaint about an unused input would end the process: TorchSharp 0.107 lets it through.
        var grads = autograd.grad(outputs, inputs, seeds, retain || create, create, allow_unused: true);
        AutogradNode.ReleaseReturned();
        KernelErrors.Rethrow();
        if (!allowUnused && grads.Any(g => g is null || g.IsInvalid))
            throw new InvalidOperationException($"an input of shape [{string.Join(", ", inputs.Zip(grads).First(p => p.Second is null || p.Second.IsInvalid).First.shape)}] has nothing to do with the outputs: it has no gradient");
        return [.. grads.Select(g => g is null || g.IsInvalid ? null! : g)];
    }
}
