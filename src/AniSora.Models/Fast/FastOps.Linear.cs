using AniSora.Models.Runtime;

namespace AniSora.Models.Fast;

public static partial class FastOps
{
    /// <summary>A linear layer: x·Wᵀ + bias. A drop-in replacement of <c>nn.functional.linear</c>.</summary>
    /// <param name="x"><c>[…, I]</c>.</param>
    /// <param name="weight"><c>[O, I]</c>.</param>
    /// <param name="bias"><c>[O]</c>, or null.</param>
    /// <returns><c>[…, O]</c>, differentiable in all three.</returns>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">Shapes do not fit.</exception>
    /// <remarks>By oneDNN in all three passes: the library behind libtorch's own products (MKL) takes its AVX2 path on AMD's processors.</remarks>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null) =>
        Kernels(x, weight, bias) && _oneDnn.Value && x.ndim >= 1 && weight.ndim == 2 && x.numel() > 0 && x.size((int)x.ndim - 1) == weight.size(1)
            && weight.size(0) > 0 && (bias is null || bias.ndim == 1 && bias.size(0) == weight.size(0))
            ? new LinearFunction().Apply(x, weight, bias)[0]
            : nn.functional.linear(x, weight, bias);

    /// <summary>Applies a linear layer's weights through <see cref="Linear(Tensor, Tensor, Tensor?)"/>.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="x"><c>[…, I]</c>.</param>
    /// <returns><c>[…, O]</c>.</returns>
    public static Tensor Apply(this Linear layer, Tensor x) => Linear(x, layer.weight!, layer.bias);

    private sealed class LinearFunction : KernelFunction
    {
        protected override Tensor[] Forward(Tensor?[] inputs)
        {
            Tensor x = inputs[0]!.contiguous(), weight = inputs[1]!.contiguous();
            OperatorProfiler.CountFlops(2.0 * x.numel() * weight.size(0));
            Save(x, weight);
            return [StableApi.Linear(x, weight, inputs[2]?.contiguous())];
        }

        protected override Tensor?[] Gradients(Tensor[] grads, Tensor[] saved)
        {
            Tensor x = saved[0], weight = saved[1], grad = grads[0].contiguous();
            OperatorProfiler.CountFlops(((NeedsGrad(0) ? 2.0 : 0) + (NeedsGrad(1) ? 2 : 0)) * x.numel() * weight.size(0));
            return
            [
                NeedsGrad(0) ? StableApi.Linear(grad, weight.t(), null) : null,
                NeedsGrad(1) ? WeightGradient(grad.reshape(-1, weight.size(0)), x.reshape(-1, weight.size(1))) : null,
                NeedsGrad(2) ? grad.reshape(-1, weight.size(0)).sum([0]) : null,
            ];
        }
    }

    /// <summary>gradᵀ·x.</summary>
    /// <param name="grad"><c>[N, O]</c>.</param>
    /// <param name="x"><c>[N, I]</c>.</param>
    private static Tensor WeightGradient(Tensor grad, Tensor x)
    {
        if (!StableApi.HasMatMul)
            return StableApi.Linear(grad.t().contiguous(), x.t(), null);
        var result = empty(grad.size(1), x.size(1), device: CPU);
        StableApi.MatMul(grad.t(), x, result);
        return result;
    }
}
