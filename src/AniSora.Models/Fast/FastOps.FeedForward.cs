using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AniSora.Models.Runtime;
using GeluKind = TorchSharp.Modules.GELU.Approximate;

namespace AniSora.Models.Fast;

public static partial class FastOps
{
    /// <summary>A transformer's feed-forward layer: gelu(x·Wᵤᵀ + bᵤ)·W_dᵀ + b_d, with GELU by tanh.</summary>
    /// <param name="x"><c>[…, D]</c>.</param>
    /// <param name="up"><c>[I, D]</c>.</param>
    /// <param name="upBias"><c>[I]</c>.</param>
    /// <param name="down"><c>[D', I]</c>.</param>
    /// <param name="downBias"><c>[D']</c>.</param>
    /// <returns><c>[…, D']</c>, differentiable in everything.</returns>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">Shapes do not fit.</exception>
    /// <remarks>For the backward pass only what goes into GELU is kept, not what comes out; in the type of the products.</remarks>
    public static Tensor FeedForward(Tensor x, Tensor up, Tensor upBias, Tensor down, Tensor downBias) =>
        Kernels(x, up, upBias, down, downBias) && _oneDnn.Value && x.numel() > 0 && up.ndim == 2 && down.ndim == 2 && x.size((int)x.ndim - 1) == up.size(1)
            && down.size(1) == up.size(0) && upBias.numel() == up.size(0) && downBias.numel() == down.size(0)
            ? new FeedForwardFunction(Precision.Current).Apply(x, up, upBias, down, downBias)[0]
            : PlainLinear(nn.functional.gelu(PlainLinear(x, up, upBias), GeluKind.tanh), down, downBias);

    private sealed unsafe class FeedForwardFunction(Precision products) : KernelFunction
    {
        protected override Tensor[] Forward(Tensor?[] inputs)
        {
            Tensor x = inputs[0]!, up = products.Round(inputs[1]!.contiguous()), down = products.Round(inputs[3]!.contiguous());
            var rows = x.reshape(-1, x.size((int)x.ndim - 1)).contiguous();
            OperatorProfiler.CountFlops(2.0 * rows.size(0) * (up.numel() + down.numel()));
            var product = StableApi.Linear(products.Round(rows), up, products.Round(inputs[2]!.contiguous()));
            var hidden = products.Widen(product);
            // What is kept must not be overwritten.
            var activated = products == Precision.Float32 && Enumerable.Range(0, inputs.Length).Any(NeedsGrad) ? empty_like(hidden) : hidden;
            var (from, to) = ((nint)Floats(hidden), (nint)Floats(activated));
            ParallelLoop.Run(hidden.numel(), Grain, (begin, end) => Gelu((float*)from + begin, (float*)to + begin, end - begin));
            Save(rows, up, down, product);
            long[] shape = [.. x.shape.AsSpan(0, (int)x.ndim - 1), down.size(0)];
            return [Product(products, activated, down, inputs[4]!.contiguous()).view(shape)];
        }

        protected override Tensor?[] Gradients(Tensor[] grads, Tensor[] saved)
        {
            Tensor rows = saved[0], up = saved[1], down = saved[2], hidden = products.Widen(saved[3]);
            Tensor grad = grads[0].reshape(-1, down.size(0)).contiguous(), roundedGrad = products.Round(grad);
            OperatorProfiler.CountFlops(2.0 * rows.size(0) * (up.numel() + down.numel() + (NeedsGrad(0) ? up.numel() : 0) + (NeedsGrad(1) ? up.numel() : 0) + (NeedsGrad(3) ? down.numel() : 0) - up.numel()));
            Tensor dHidden = Product(products, roundedGrad, down.t(), null), activated = empty_like(hidden);
            var (from, a, d) = ((nint)Floats(hidden), (nint)Floats(activated), (nint)Floats(dHidden));
            ParallelLoop.Run(hidden.numel(), Grain, (begin, end) => GeluGradient((float*)from + begin, (float*)a + begin, (float*)d + begin, end - begin));
            var rounded = products.Round(dHidden);
            long[] shape = [.. grads[0].shape.AsSpan(0, (int)grads[0].ndim - 1), rows.size(1)];
            return
            [
                NeedsGrad(0) ? Product(products, rounded, up.t(), null).view(shape) : null,
                NeedsGrad(1) ? WeightGradient(products, rounded, products.Round(rows)) : null,
                NeedsGrad(2) ? dHidden.sum([0]) : null,
                NeedsGrad(3) ? WeightGradient(products, roundedGrad, products.Round(activated)) : null,
                NeedsGrad(4) ? grad.sum([0]) : null,
            ];
        }
    }

    // gelu(x) = ½x(1 + tanh u) = x·sigmoid(2u), u = √(2/π)·(x + 0.044715x³).

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> TwiceU(Vector512<float> x) =>
        x * Simd.Fma(x * x, Vector512.Create(2 * 0.7978845608f * 0.044715f), Vector512.Create(2 * 0.7978845608f));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Gelu(float* x, float* y, long count)
    {
        for (long i = 0; i < count; i += Simd.Width)
        {
            var v = Simd.Load(x + i, count - i);
            Simd.Store(v * Simd.Sigmoid(TwiceU(v)), y + i, count - i);
        }
    }

    /// <summary>Writes gelu(x) to <paramref name="y"/> and multiplies <paramref name="grad"/> by gelu'(x) = s + x·s(1 - s)·2u'.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void GeluGradient(float* x, float* y, float* grad, long count)
    {
        for (long i = 0; i < count; i += Simd.Width)
        {
            var v = Simd.Load(x + i, count - i);
            var s = Simd.Sigmoid(TwiceU(v));
            var g = v * s;
            var slope = Simd.Fma(v * v, Vector512.Create(2 * 0.7978845608f * 3 * 0.044715f), Vector512.Create(2 * 0.7978845608f));
            Simd.Store(g, y + i, count - i);
            Simd.Store(Simd.Load(grad + i, count - i) * Simd.Fma(g * (Vector512<float>.One - s), slope, s), grad + i, count - i);
        }
    }
}
