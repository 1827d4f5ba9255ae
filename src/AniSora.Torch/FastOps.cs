using static AniSora.Torch.torch;

namespace AniSora.Torch;

/// <summary>Operations with the results of libtorch's own, arranged for speed on the CPU.</summary>
public static class FastOps
{
    private static readonly Lazy<bool> _oneDnn = new(Probe);

    /// <summary>Convolution over video, a drop-in replacement of <c>nn.functional.conv3d</c> that is several times faster for a
    /// batch of one.</summary>
    /// <param name="input"><c>[B, C, T, H, W]</c>.</param>
    /// <param name="weight"><c>[O, C / groups, kT, kH, kW]</c>.</param>
    /// <param name="bias"><c>[O]</c>, or null.</param>
    /// <param name="strides">The window's steps in T, H, W; 1 if null.</param>
    /// <param name="padding">Zeros before and after in T, H, W; none if null.</param>
    /// <param name="dilation">Distances of the window's elements; 1 if null.</param>
    /// <param name="groups">Independent groups of channels.</param>
    /// <returns><c>[B, O, T', H', W']</c>, differentiable in input, weight and bias, any number of times.</returns>
    /// <exception cref="TorchException">Shapes or types do not fit.</exception>
    /// <remarks>
    /// <para>libtorch gives a convolution to oneDNN only above a size that a batch of one rarely reaches, and decides again in the
    /// backward pass. Here float32, batch 1, stride 1 on the CPU goes to oneDNN in all three passes; anything else goes to
    /// <c>conv3d</c>.</para>
    /// <para>Implementation note. With w reversed in T, H, W and its channels swapped, the gradient of the input is the
    /// convolution of the result's gradient with that, padded by k - 1 - p. The gradient of the weight is the convolution
    /// of the input with the result's gradient as window, both with batch and channels swapped. oneDNN is slow at the latter
    /// with padding in time, so pad the front of a causal convolution explicitly (see <see cref="CausalConv3d"/>).</para>
    /// </remarks>
    public static Tensor Conv3d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null,
        long[]? dilation = null, long groups = 1)
    {
        if (!Suits(input, weight, bias, strides, padding, dilation, groups))
            return nn.functional.conv3d(input, weight, bias, strides, padding, dilation, groups);
        long[] around = padding switch { null => [0, 0, 0], { Length: 1 } => [padding[0], padding[0], padding[0]], _ => padding };
        var recorded = is_grad_enabled() && (input.requires_grad || weight.requires_grad || bias is { requires_grad: true });
        return recorded ? new Conv3dFunction(around).Apply(input, weight, bias)[0] : Convolve(input, weight, bias, around);
    }

    /// <summary>The causal convolution of a video that already has its past in front: frame t of the result sees the
    /// kT frames of the input from t on.</summary>
    /// <param name="input"><c>[B, C, T + kT - 1, H, W]</c>: kT - 1 frames of padding, or of the chunk before, then the T frames
    /// themselves.</param>
    /// <param name="weight"><c>[O, C, kT, kH, kW]</c> with odd kH and kW.</param>
    /// <param name="bias"><c>[O]</c>, or null.</param>
    /// <returns><c>[B, O, T, H, W]</c>, differentiable in input, weight and bias.</returns>
    /// <exception cref="TorchException">Shapes or types do not fit.</exception>
    public static Tensor CausalConv3d(Tensor input, Tensor weight, Tensor? bias = null) =>
        Conv3d(input, weight, bias, padding: [0, weight.size(3) / 2, weight.size(4) / 2]);

    private static bool Suits(Tensor input, Tensor weight, Tensor? bias, long[]? strides, long[]? padding, long[]? dilation, long groups)
    {
        static bool AllOne(long[]? values) => values == null || values.AsSpan().IndexOfAnyExcept(1) < 0;
        static bool OnCpu(Tensor? t) => t is null || t.device_type == DeviceType.CPU && t.dtype == ScalarType.Float32;
        if (groups != 1 || !AllOne(strides) || !AllOne(dilation) || padding is { Length: not (1 or 3) }
            || !OnCpu(input) || !OnCpu(weight) || !OnCpu(bias) || input.ndim != 5 || weight.ndim != 5 || input.size(0) != 1)
            return false;
        for (var d = 0; d < 3; d++)
        {
            var around = padding == null ? 0 : padding.Length == 1 ? padding[0] : padding[d];
            // The input's gradient needs a padding of k - 1 - p; conv3d words the error of an input that is too small.
            if (around < 0 || around > weight.size(d + 2) - 1 || input.size(d + 2) + 2 * around < weight.size(d + 2))
                return false;
        }
        return input.size(1) == weight.size(1) && input.numel() > 0 && _oneDnn.Value;
    }

    private static Tensor Convolve(Tensor input, Tensor weight, Tensor? bias, long[] padding)
    {
        using var x = input.contiguous();
        using var w = weight.contiguous();
        return Operators.mkldnn_convolution.Call(x, w, bias, padding, _ones, _ones, 1);
    }

    private static readonly long[] _ones = [1, 1, 1];

    /// <summary>Whether this libtorch was built with oneDNN (some for ARM are not).</summary>
    private static bool Probe()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        try
        {
            Convolve(zeros([1, 1, 1, 1, 1]), zeros([1, 1, 1, 1, 1]), null, [0, 0, 0]);
            return true;
        }
        catch (TorchException)
        {
            return false;
        }
    }

    private sealed class Conv3dFunction(long[] padding) : TorchFunction
    {
        protected override Tensor[] Forward(Tensor?[] inputs)
        {
            Save(inputs[0], inputs[1]);
            return [Convolve(inputs[0]!, inputs[1]!, inputs[2], padding)];
        }

        protected override Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved)
        {
            var (grad, input, weight) = (gradOutputs[0], saved[0], saved[1]);
            return
            [
                NeedsGrad(0) ? Convolve(grad, weight.flip(2, 3, 4).transpose(0, 1), null, Around(weight)) : null,
                NeedsGrad(1) ? Convolve(input.transpose(0, 1), grad.transpose(0, 1), null, padding).transpose(0, 1).contiguous() : null,
                NeedsGrad(2) ? grad.sum([0, 2, 3, 4]) : null,
            ];
        }

        private long[] Around(Tensor weight) => [.. padding.Select((p, d) => weight.size(d + 2) - 1 - p)];
    }
}

public static partial class torch
{
    internal static partial class Operators
    {
        internal static readonly TorchOp mkldnn_convolution = new("mkldnn_convolution");
    }
}
