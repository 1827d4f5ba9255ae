using System.Runtime.Intrinsics.X86;

namespace AniSora.Models.Fast;

public static partial class FastOps
{
    private static readonly long[] _border = [0, 1, 1];

    /// <summary>The convolution with windows of k × 3 × 3 and a border of zeros by Winograd's algorithm, or null where that does not suit.</summary>
    private static Tensor? TryWinograd(Tensor input, Tensor weight, Tensor? bias, bool repeatFirst)
    {
        if (!Avx512F.IsSupported || !Kernels(input, weight, bias) || input.ndim != 5 || weight.ndim != 5 || weight.size(3) != 3 || weight.size(4) != 3
            || weight.size(1) != input.size(1) || bias is not null && (bias.ndim != 1 || bias.size(0) != weight.size(0))
            || input.size(2) < (repeatFirst ? 1 : weight.size(2)) || input.numel() == 0 || weight.numel() == 0 || !WinogradPays(input, weight))
            return null;
        if (is_grad_enabled() && (input.requires_grad || weight.requires_grad || bias is { requires_grad: true }))
            return new WinogradFunction(repeatFirst).Apply(input, weight, bias)[0];
        using var record = OperatorProfiler.Record("Winograd");
        return Winograd(input, weight, bias, repeatFirst);
    }

    /// <summary>Whether Winograd's algorithm is faster than a direct convolution.</summary>
    /// <remarks>
    /// In cycles of a processor with two fused products of 16 floats each, per frame of a group (a vector of tiles): directly
    /// 16 · 9 / 2 per filter, if the group is full; by Winograd 36 / 2, about 150 for each channel's transform, and 16 per filter for
    /// those of the filters, once for all groups and frames. Measured on an AMD EPYC (family 26), one thread, forward: 3 → 32 channels
    /// at 64 × 64 0.5 ms against 1.0 directly, 32 → 32 2.6 against 8.5, 128 → 128 at 8 × 8 (a quarter full) 1.0 against 0.7.
    /// </remarks>
    internal static bool WinogradPays(Tensor input, Tensor weight)
    {
        var grid = new TileGrid((int)input.size(3), (int)input.size(4));
        double filters = weight.size(0) * weight.size(1) * weight.size(2), columns = input.size(0) * input.size(2) * grid.Groups;
        return (18 + 16 / columns) * filters + 150 * (weight.size(0) + weight.size(1)) < 72 * grid.Filling * filters;
    }

    private static unsafe Tensor Winograd(Tensor input, Tensor weight, Tensor? bias, bool repeatFirst)
    {
        using Tensor x = input.contiguous(), w = weight.contiguous();
        using var b = bias?.contiguous();
        var (inputs, outputs, taps) = ((int)w.size(1), (int)w.size(0), (int)w.size(2));
        var results = (int)x.size(2) - (repeatFirst ? 0 : taps - 1);
        var y = empty([x.size(0), outputs, results, x.size(3), x.size(4)], device: CPU);
        Convolution(x, inputs, outputs, FramePlan.Causal(results, taps, repeatFirst))
            .Apply(Floats(x), FilterBank.Forward(Floats(w), inputs, taps), b is null ? null : Floats(b), Floats(y));
        OperatorProfiler.CountFlops(DirectFlops(y, w));
        return y;
    }

    /// <summary>Multiplications and additions of the plain convolution that makes <paramref name="y"/>.</summary>
    private static double DirectFlops(Tensor y, Tensor weight) => 2.0 * y.numel() * (weight.numel() / weight.size(0));

    private static WinogradConvolution Convolution(Tensor x, int inputs, int outputs, FramePlan plan) =>
        new((int)x.size(0), inputs, outputs, new((int)x.size(3), (int)x.size(4)), (int)x.size(2), plan);

    private sealed unsafe class WinogradFunction(bool repeatFirst) : TorchFunction
    {
        protected override Tensor[] Forward(Tensor?[] inputs)
        {
            Save(inputs[0], inputs[1]);
            return [Winograd(inputs[0]!, inputs[1]!, inputs[2], repeatFirst)];
        }

        protected override Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved)
        {
            if (is_grad_enabled())
                return AgainDifferentiable(Plain, saved[0], saved[1], gradOutputs[0], [NeedsGrad(0), NeedsGrad(1), NeedsGrad(2)]);
            Tensor x = saved[0].contiguous(), weight = saved[1].contiguous(), grad = gradOutputs[0].contiguous();
            var (inputs, outputs, taps) = ((int)weight.size(1), (int)weight.size(0), (int)weight.size(2));
            Tensor? dx = null, dw = null;
            if (NeedsGrad(0))
                Convolution(grad, outputs, inputs, FramePlan.Gradient((int)grad.size(2), taps, repeatFirst))
                    .Apply(Floats(grad), FilterBank.Backward(Floats(weight), inputs, taps), null, Floats(dx = empty_like(x)));
            if (NeedsGrad(1))
                Convolution(x, inputs, outputs, FramePlan.Causal((int)grad.size(2), taps, repeatFirst))
                    .WeightGradient(Floats(x), Floats(grad), FilterBank.Forward(Floats(dw = empty_like(weight)), inputs, taps));
            OperatorProfiler.CountFlops(((dx is null ? 0 : 1) + (dw is null ? 0 : 1)) * DirectFlops(grad, weight));
            return [dx, dw, NeedsGrad(2) ? grad.sum([0, 2, 3, 4]) : null];
        }

        private Tensor Plain(Tensor x, Tensor weight, Tensor? bias) =>
            nn.functional.conv3d(repeatFirst ? RepeatFirst(x, weight.size(2) - 1) : x, weight, bias, padding: _border);
    }
}
