using AniSora.Models.Runtime;

namespace AniSora.Models.Fast;

public static partial class FastOps
{
    private static readonly Lazy<bool> _oneDnn = new(Probe);
    private static readonly long[] _ones = [1, 1, 1];
    private static readonly long[] _zeros = [0, 0, 0];

    /// <summary>Convolution over video: a drop-in replacement of <c>nn.functional.conv3d</c>.</summary>
    /// <param name="input"><c>[B, C, T, H, W]</c>.</param>
    /// <param name="weight"><c>[O, C / groups, kT, kH, kW]</c>.</param>
    /// <param name="bias"><c>[O]</c>, or null.</param>
    /// <param name="strides">The window's steps in T, H, W; 1 if null.</param>
    /// <param name="padding">Zeros before and after in T, H, W; none if null.</param>
    /// <param name="dilation">Distances of the window's elements; 1 if null.</param>
    /// <param name="groups">Independent groups of channels.</param>
    /// <returns><c>[B, O, T', H', W']</c>, differentiable in input, weight and bias, any number of times.</returns>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">Shapes or types do not fit.</exception>
    /// <remarks>
    /// Windows of k × 3 × 3 go to Winograd's algorithm where that pays. libtorch gives the others to oneDNN only above a size that a
    /// batch of one rarely reaches, and decides again in the backward pass. Here all float32 on the CPU goes to oneDNN in all three
    /// passes, but for windows of one pixel, where libtorch's plain product is two to four times as fast. oneDNN's gradient of the weights is slow with padding in time, so pad the front of a causal convolution explicitly (see
    /// <see cref="CausalConv3d"/>).
    /// </remarks>
    public static Tensor Conv3d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null,
        long[]? dilation = null, long groups = 1)
    {
        if (!SuitsOneDnn(input, weight, bias))
            return nn.functional.conv3d(input, weight, bias, strides, padding, dilation, groups);
        var geometry = new ConvolutionGeometry(OfEach(strides, _ones), OfEach(padding, _zeros), OfEach(dilation, _ones), groups);
        if (geometry.IsPointwise(weight) || !geometry.Fits(input, weight, bias)) // then libtorch says what is wrong
            return nn.functional.conv3d(input, weight, bias, strides, padding, dilation, groups);
        if (geometry.HasOnlyBorder && TryWinograd(input, weight, bias, false) is { } result)
            return result;
        return is_grad_enabled() && (input.requires_grad || weight.requires_grad || bias is { requires_grad: true })
            ? new Conv3dFunction(geometry, Precision.Current).Apply(input, weight, bias)[0]
            : geometry.Apply(input, weight, bias, Precision.Current);
    }

    /// <summary>The causal convolution: frame t of the result sees frame t of the video and the kT - 1 before it.</summary>
    /// <param name="input"><c>[B, C, T + kT - 1, H, W]</c>: what came before, then the T frames themselves; or, with
    /// <paramref name="repeatFirst"/>, those alone.</param>
    /// <param name="weight"><c>[O, C, kT, kH, kW]</c> with odd kH and kW.</param>
    /// <param name="bias"><c>[O]</c>, or null.</param>
    /// <param name="repeatFirst">Whether the video begins here: before it stand copies of its first frame, which are not given.</param>
    /// <returns><c>[B, O, T, H, W]</c>, differentiable in input, weight and bias.</returns>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">Shapes or types do not fit.</exception>
    public static Tensor CausalConv3d(Tensor input, Tensor weight, Tensor? bias = null, bool repeatFirst = false)
    {
        if (repeatFirst && TryWinograd(input, weight, bias, true) is { } result)
            return result;
        return Conv3d(repeatFirst ? RepeatFirst(input, weight.size(2) - 1) : input, weight, bias, padding: [0, weight.size(3) / 2, weight.size(4) / 2]);
    }

    private static bool SuitsOneDnn(Tensor input, Tensor weight, Tensor? bias) =>
        Kernels(input, weight, bias) && input.ndim == 5 && weight.ndim == 5 && input.numel() > 0 && _oneDnn.Value;

    private static long[] OfEach(long[]? values, long[] otherwise) => values switch { null => otherwise, { Length: 1 } => [values[0], values[0], values[0]], _ => values };

    /// <summary>Whether this libtorch was built with oneDNN (some for ARM are not).</summary>
    private static bool Probe()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        try
        {
            new ConvolutionGeometry(_ones, _zeros, _ones, 1).Apply(zeros([1, 1, 1, 1, 1], device: CPU), zeros([1, 1, 1, 1, 1], device: CPU), null, Precision.Float32);
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    private sealed record ConvolutionGeometry(long[] Strides, long[] Padding, long[] Dilation, long Groups)
    {
        /// <summary>Whether all there is to it is one zero around the picture.</summary>
        public bool HasOnlyBorder => Groups == 1 && Strides.AsSpan().SequenceEqual(_ones) && Dilation.AsSpan().SequenceEqual(_ones)
            && Padding.AsSpan().SequenceEqual(_border);

        /// <summary>Whether each place is a product by itself.</summary>
        public bool IsPointwise(Tensor weight) => Groups == 1 && weight.size(2) * weight.size(3) * weight.size(4) == 1
            && Strides.AsSpan().SequenceEqual(_ones) && Padding.AsSpan().SequenceEqual(_zeros);

        public Tensor Apply(Tensor input, Tensor weight, Tensor? bias, Precision products)
        {
            using var scope = NewDisposeScope();
            Tensor Factor(Tensor x) => products.Round(x.contiguous());
            return products.Widen(StableApi.Convolution(Factor(input), Factor(weight), bias is null ? null : Factor(bias), Padding, Strides, Dilation, Groups)).MoveToOuterDisposeScope();
        }

        public Tensor?[] Gradients(Tensor input, Tensor weight, Tensor grad, bool[] wanted, Precision products)
        {
            Tensor Factor(Tensor x) => products.Round(x.contiguous());
            var grads = StableApi.ConvolutionBackward(Factor(input), Factor(weight), Factor(grad), Padding, Strides, Dilation, Groups, wanted);
            return [.. grads.Select(g => g is null ? null : products.Widen(g))];
        }

        /// <summary>Whether there is a result at all.</summary>
        public bool Fits(Tensor input, Tensor weight, Tensor? bias)
        {
            for (int axis = 0; axis < 3; axis++)
                if (input.size(axis + 2) + 2 * Padding[axis] < Dilation[axis] * (weight.size(axis + 2) - 1) + 1 || Strides[axis] < 1 || Padding[axis] < 0)
                    return false;
            return Groups > 0 && input.size(1) == weight.size(1) * Groups && weight.size(0) % Groups == 0 && (bias is null || bias.ndim == 1 && bias.size(0) == weight.size(0));
        }

        /// <summary>The same by TorchSharp's operator.</summary>
        public Tensor Plain(Tensor input, Tensor weight, Tensor? bias) => nn.functional.conv3d(input, weight, bias, Strides, Padding, Dilation, Groups);
    }

    private sealed class Conv3dFunction(ConvolutionGeometry geometry, Precision products) : TorchFunction
    {
        protected override Tensor[] Forward(Tensor?[] inputs)
        {
            Save(inputs[0], inputs[1]);
            return [Counted(1, geometry.Apply(inputs[0]!, inputs[1]!, inputs[2], products), inputs[1]!)];
        }

        protected override Tensor?[] Backward(Tensor[] gradOutputs, Tensor[] saved)
        {
            bool[] wanted = [NeedsGrad(0), NeedsGrad(1), NeedsGrad(2)];
            if (is_grad_enabled())
                return AgainDifferentiable(geometry.Plain, saved[0], saved[1], gradOutputs[0], wanted);
            Counted((wanted[0] ? 1 : 0) + (wanted[1] ? 1 : 0), gradOutputs[0], saved[1]);
            return geometry.Gradients(saved[0], saved[1], gradOutputs[0], wanted, products);
        }
    }

    /// <summary>Counts the operations of so many passes of a convolution that gives <paramref name="y"/>.</summary>
    private static Tensor Counted(int passes, Tensor y, Tensor weight)
    {
        OperatorProfiler.CountFlops(passes * DirectFlops(y, weight));
        return y;
    }

    /// <summary>A convolution's gradients, which can be differentiated themselves.</summary>
    private static Tensor?[] AgainDifferentiable(Func<Tensor, Tensor, Tensor?, Tensor> convolution, Tensor x, Tensor weight, Tensor grad, bool[] wanted)
    {
        using var bias = wanted[2] ? zeros(weight.size(0), dtype: weight.dtype, device: weight.device, requires_grad: true) : null;
        Tensor?[] inputs = [wanted[0] ? x : null, wanted[1] ? weight : null, bias];
        var grads = autograd.grad([convolution(x, weight, bias)], [.. inputs.OfType<Tensor>()], [grad], create_graph: true);
        var next = 0;
        return [.. wanted.Select(w => w ? grads[next++] : null)];
    }
}
