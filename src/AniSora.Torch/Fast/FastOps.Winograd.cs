using System.Runtime.Intrinsics.X86;
using static AniSora.Torch.torch;

namespace AniSora.Torch;

public static partial class FastOps
{
    /// <summary>Whether Winograd's convolution takes these, <paramref name="weight"/> being k × 3 × 3 with one zero around the picture.</summary>
    private static bool SuitsWinograd(Tensor input, Tensor weight, Tensor? bias)
    {
        if (!Avx512F.IsSupported || !Kernels(input, weight, bias) || input.ndim != 5 || weight.ndim != 5 || input.numel() == 0 || weight.numel() == 0
            || weight.size(1) != input.size(1) || weight.size(3) != 3 || weight.size(4) != 3 || bias is not null && (bias.ndim != 1 || bias.size(0) != weight.size(0)))
            return false;
        return new TileGrid((int)input.size(3), (int)input.size(4)).Filling > 0.5;
    }

    private static unsafe Tensor Winograd(Tensor input, Tensor weight, Tensor? bias, bool repeatFirst)
    {
        using Tensor x = input.contiguous(), w = weight.contiguous();
        using var b = bias?.contiguous();
        var (inputs, outputs, taps) = ((int)w.size(1), (int)w.size(0), (int)w.size(2));
        var results = (int)x.size(2) - (repeatFirst ? 0 : taps - 1);
        var y = empty([x.size(0), outputs, results, x.size(3), x.size(4)], device: CPU);
        new WinogradConvolution((int)x.size(0), inputs, outputs, new((int)x.size(3), (int)x.size(4)), (int)x.size(2), FramePlan.Causal(results, taps, repeatFirst))
            .Apply(Floats(x), FilterBank.Forward(Floats(w), inputs, taps), b is null ? null : Floats(b), Floats(y));
        return y;
    }

    private static unsafe Tensor WinogradInputGradient(Tensor weight, Tensor grad, bool repeatFirst)
    {
        using Tensor g = grad.contiguous(), w = weight.contiguous();
        var (inputs, outputs, taps) = ((int)w.size(1), (int)w.size(0), (int)w.size(2));
        var plan = FramePlan.Gradient((int)g.size(2), taps, repeatFirst);
        var dx = empty([g.size(0), inputs, plan.Starts.Length, g.size(3), g.size(4)], device: CPU);
        new WinogradConvolution((int)g.size(0), outputs, inputs, new((int)g.size(3), (int)g.size(4)), (int)g.size(2), plan)
            .Apply(Floats(g), FilterBank.Backward(Floats(w), inputs, taps), null, Floats(dx));
        return dx;
    }

    private static unsafe Tensor WinogradWeightGradient(Tensor input, Tensor grad, int taps, bool repeatFirst)
    {
        using Tensor x = input.contiguous(), g = grad.contiguous();
        var (inputs, outputs) = ((int)x.size(1), (int)g.size(1));
        var dw = empty([outputs, inputs, taps, 3, 3], device: CPU);
        new WinogradConvolution((int)g.size(0), inputs, outputs, new((int)g.size(3), (int)g.size(4)), (int)x.size(2), FramePlan.Causal((int)g.size(2), taps, repeatFirst))
            .WeightGradient(Floats(x), Floats(g), FilterBank.Forward(Floats(dw), inputs, taps));
        return dw;
    }

    /// <summary>For trials.</summary>
    public static Tensor WinogradTrialWeight(Tensor input, Tensor grad, int taps, bool repeatFirst) => WinogradWeightGradient(input, grad, taps, repeatFirst);

    /// <summary>For trials.</summary>
    public static Tensor WinogradTrial(Tensor input, Tensor weight, Tensor? bias, bool repeatFirst) => Winograd(input, weight, bias, repeatFirst);

    /// <summary>For trials.</summary>
    public static Tensor WinogradTrialGradient(Tensor weight, Tensor grad, bool repeatFirst) => WinogradInputGradient(weight, grad, repeatFirst);
}
