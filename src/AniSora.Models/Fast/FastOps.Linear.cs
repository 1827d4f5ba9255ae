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
            ? new LinearFunction(Precision.Current).Apply(x, weight, bias)[0]
            : PlainLinear(x, weight, bias);

    private static Tensor PlainLinear(Tensor x, Tensor weight, Tensor? bias)
    {
        if (x.dtype != ScalarType.Float32)
            return nn.functional.linear(x, weight, bias);
        var products = Precision.Current;
        return products.Widen(nn.functional.linear(products.Round(x), products.Round(weight), bias is null ? null : products.Round(bias)));
    }

    /// <summary>Applies a linear layer's weights through <see cref="Linear(Tensor, Tensor, Tensor?)"/>.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="x"><c>[…, I]</c>.</param>
    /// <returns><c>[…, O]</c>.</returns>
    public static Tensor Apply(this Linear layer, Tensor x) => Linear(x, layer.weight!, layer.bias);

    private sealed class LinearFunction(Precision products) : KernelFunction
    {
        protected override Tensor[] Forward(Tensor?[] inputs)
        {
            Tensor x = inputs[0]!.contiguous(), weight = products.Round(inputs[1]!.contiguous());
            OperatorProfiler.CountFlops(2.0 * x.numel() * weight.size(0));
            Save(x, weight);
            return [Product(products, x, weight, inputs[2]?.contiguous())];
        }

        protected override Tensor?[] Gradients(Tensor[] grads, Tensor[] saved)
        {
            Tensor x = saved[0], weight = saved[1], grad = grads[0].contiguous(), rounded = products.Round(grad);
            OperatorProfiler.CountFlops(((NeedsGrad(0) ? 2.0 : 0) + (NeedsGrad(1) ? 2 : 0)) * x.numel() * weight.size(0));
            return
            [
                NeedsGrad(0) ? Product(products, rounded, weight.t(), null) : null,
                NeedsGrad(1) ? WeightGradient(products, rounded.reshape(-1, weight.size(0)), products.Round(x).reshape(-1, weight.size(1))) : null,
                NeedsGrad(2) ? grad.reshape(-1, weight.size(0)).sum([0]) : null,
            ];
        }
    }

    /// <summary>x·Wᵀ + bias as float32; factors that are rounded already stay as they are.</summary>
    private static Tensor Product(Precision products, Tensor x, Tensor weight, Tensor? bias) =>
        products.Widen(StableApi.Linear(products.Round(x), products.Round(weight), bias is null ? null : products.Round(bias)));

    /// <summary>gradᵀ·x as float32, of rounded factors.</summary>
    /// <param name="products">Their type.</param>
    /// <param name="grad"><c>[N, O]</c>.</param>
    /// <param name="x"><c>[N, I]</c>.</param>
    private static Tensor WeightGradient(Precision products, Tensor grad, Tensor x)
    {
        if (!StableApi.HasMatMul)
            return products.Widen(StableApi.Linear(grad.t().contiguous(), x.t(), null));
        var result = empty([grad.size(1), x.size(1)], x.dtype, CPU);
        StableApi.MatMul(grad.t(), x, result);
        return products.Widen(result);
    }
}
