namespace AniSora.Models.Fast;

/// <summary>Differentiation with the exceptions of functions written in C#.</summary>
public static class Differentiation
{
    /// <summary>Adds the gradients of a number to those of the leaves that it was computed from.</summary>
    /// <param name="loss">One number.</param>
    public static void Backward(this Tensor loss)
    {
        loss.backward();
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
        KernelErrors.Rethrow();
        if (!allowUnused && grads.Any(g => g is null || g.IsInvalid))
            throw new InvalidOperationException($"an input of shape [{string.Join(", ", inputs.Zip(grads).First(p => p.Second is null || p.Second.IsInvalid).First.shape)}] has nothing to do with the outputs: it has no gradient");
        return [.. grads.Select(g => g is null || g.IsInvalid ? null! : g)];
    }
}
