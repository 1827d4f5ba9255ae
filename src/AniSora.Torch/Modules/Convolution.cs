using static AniSora.Torch.torch;

namespace AniSora.Torch.Modules;

/// <summary>What the one-, two- and three-dimensional convolutions share.</summary>
/// <remarks>Starts uniform in ±1/sqrt(fan in), as PyTorch does.</remarks>
public abstract class Convolution : nn.Module<Tensor, Tensor>
{
    private readonly long[] _aroundInput;

    private protected Convolution(string name, ConvolutionShape shape, bool bias, Device? device, ScalarType? dtype) : base(name)
    {
        Shape = shape;
        if (shape.InChannels % shape.Groups != 0 || shape.OutChannels % shape.Groups != 0)
            throw new ArgumentException($"{name}: {shape.InChannels} input and {shape.OutChannels} output channels do not divide " +
                $"into {shape.Groups} groups");
        long[] size = [shape.OutChannels, shape.InChannels / shape.Groups, .. shape.Kernel];
        weight = new Parameter(empty(size, dtype, device));
        if (bias)
            this.bias = new Parameter(empty([shape.OutChannels], dtype, device));
        // F.pad counts from the last dimension backwards, and wants both ends of each.
        _aroundInput = [.. shape.Padding.Reverse().SelectMany(p => new[] { p, p })];
        reset_parameters();
    }

    /// <summary>The weight, <c>[out, in / groups, kernel...]</c>.</summary>
    public Parameter weight
    {
        get => ParameterOrNull(nameof(weight))!;
        set => ConditionallyRegisterParameter(nameof(weight), value);
    }

    /// <summary>The bias, <c>[out]</c>, or null.</summary>
    public Parameter? bias
    {
        get => ParameterOrNull(nameof(bias));
        set => ConditionallyRegisterParameter(nameof(bias), value);
    }

    /// <summary>Channels of the input.</summary>
    public long in_channels => Shape.InChannels;

    /// <summary>Channels of the output.</summary>
    public long out_channels => Shape.OutChannels;

    /// <summary>Into how many independent groups the channels are divided.</summary>
    public long groups => Shape.Groups;

    /// <summary>The window's size in each dimension.</summary>
    public long[] kernel_size => [.. Shape.Kernel];

    /// <summary>The window's step in each dimension.</summary>
    public long[] stride => [.. Shape.Stride];

    /// <summary>What is put before and after the input in each dimension.</summary>
    public long[] padding => [.. Shape.Padding];

    /// <summary>The distance between the window's elements in each dimension.</summary>
    public long[] dilation => [.. Shape.Dilation];

    /// <summary>What the padding consists of.</summary>
    public PaddingModes padding_mode => Shape.PaddingMode;

    private protected ConvolutionShape Shape { get; }

    /// <summary>Draws new initial values.</summary>
    public void reset_parameters() => nn.init.LayerDefault(weight, bias);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        if (Shape.PaddingMode == PaddingModes.Zeros || Shape.Padding.All(p => p == 0))
            return Convolve(input, Shape.Padding);
        using var padded = nn.functional.pad(input, _aroundInput, Shape.PaddingMode);
        return Convolve(padded, new long[Shape.Padding.Length]);
    }

    private protected abstract Tensor Convolve(Tensor input, long[] padding);
}

/// <summary>The sizes of a convolution, one number per dimension.</summary>
internal sealed record ConvolutionShape(
    long InChannels, long OutChannels, long[] Kernel, long[] Stride, long[] Padding, long[] Dilation, long Groups, PaddingModes PaddingMode)
{
    /// <summary>The padding that keeps the size at stride 1; only an odd extent of the window can be split evenly.</summary>
    public static long[] PaddingFor(Padding padding, long[] kernel, long[] dilation)
    {
        if (padding == AniSora.Torch.Padding.Valid)
            return new long[kernel.Length];
        var extents = kernel.Zip(dilation, (k, d) => (k - 1) * d).ToArray();
        return extents.All(e => e % 2 == 0)
            ? [.. extents.Select(e => e / 2)]
            : throw new ArgumentException($"padding 'same' of a kernel [{string.Join(", ", kernel)}] would be uneven; pad the input " +
                "yourself with nn.functional.pad");
    }
}

/// <summary>Convolution over time or text, <c>[B, C, L]</c>.</summary>
public sealed class Conv1d : Convolution
{
    internal Conv1d(ConvolutionShape shape, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(Conv1d), shape, bias, device, dtype) { }

    private protected override Tensor Convolve(Tensor input, long[] padding) =>
        nn.functional.conv1d(input, weight, bias, Shape.Stride[0], padding[0], Shape.Dilation[0], Shape.Groups);
}

/// <summary>Convolution over images, <c>[B, C, H, W]</c>.</summary>
public sealed class Conv2d : Convolution
{
    internal Conv2d(ConvolutionShape shape, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(Conv2d), shape, bias, device, dtype) { }

    private protected override Tensor Convolve(Tensor input, long[] padding) =>
        nn.functional.conv2d(input, weight, bias, Shape.Stride, padding, Shape.Dilation, Shape.Groups);
}

/// <summary>Convolution over video, <c>[B, C, T, H, W]</c>.</summary>
/// <remarks>For batch 1 on the CPU <see cref="FastOps.Conv3d"/> is several times faster and gives the same result.</remarks>
public sealed class Conv3d : Convolution
{
    internal Conv3d(ConvolutionShape shape, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(Conv3d), shape, bias, device, dtype) { }

    private protected override Tensor Convolve(Tensor input, long[] padding) =>
        nn.functional.conv3d(input, weight, bias, Shape.Stride, padding, Shape.Dilation, Shape.Groups);
}
