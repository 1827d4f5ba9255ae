using AniSora.Models.Fast;
namespace AniSora.Models.Layers;

/// <summary>Halves time (mean of frame pairs; the clip's first frame stays alone) and the picture (a strided convolution per frame).</summary>
internal sealed class Downsampler : Module<Tensor, ChunkState, Tensor>
{
    internal readonly Conv2d conv;
    internal readonly bool _space;
    internal readonly bool _time;

    public Downsampler(long channels, bool space, bool time)
        : base(nameof(Downsampler))
    {
        conv = Conv2d(channels, channels, 3);
        (_space, _time) = (space, time);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, ChunkState state)
    {
        using var scope = NewDisposeScope();
        if (_time && x.shape[2] > 1)
            x = HalveTime(x, state.IsFirst);
        // The 2D kernel is applied as a 1×3×3 one, which spares moving time into the batch and back.
        var kernel = conv.weight.unsqueeze(2);
        var y = _space
            ? FastOps.Conv3d(F.pad(x, [0, 1, 0, 1, 0, 0]), kernel, conv.bias, strides: [1, 2, 2])
            : FastOps.Conv3d(x, kernel, conv.bias, padding: [0, 1, 1]);
        return y.MoveToOuterDisposeScope();
    }

    private static Tensor HalveTime(Tensor x, bool first)
    {
        var (alone, frames) = (first ? 1 : 0, x.shape[2]);
        var pairs = (x.slice(2, alone, frames, 2) + x.slice(2, alone + 1, frames, 2)) * 0.5;
        return first ? cat([x.narrow(2, 0, 1), pairs], 2) : pairs;
    }
}

/// <summary>Doubles time (the clip's first frame stays one) and the picture by repetition, then convolves each frame.</summary>
internal sealed class Upsampler : Module<Tensor, ChunkState, Tensor>
{
    internal readonly Conv2d conv;
    internal readonly bool _space;
    internal readonly bool _time;

    public Upsampler(long channels, bool space, bool time)
        : base(nameof(Upsampler))
    {
        conv = Conv2d(channels, channels, 3, padding: 1);
        (_space, _time) = (space, time);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, ChunkState state)
    {
        using var scope = NewDisposeScope();
        var side = _space ? 2 : 1;
        x = FastOps.Repeat(x, !_time ? FrameRepeat.Once : new FrameRepeat(state.IsFirst ? 1 : 2, 2), side, side);
        return FastOps.Conv3d(x, conv.weight.unsqueeze(2), conv.bias, padding: [0, 1, 1]).MoveToOuterDisposeScope();
    }
}
