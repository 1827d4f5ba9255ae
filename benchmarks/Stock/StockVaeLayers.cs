using AniSora.Models;

namespace AniSora.Benchmarks.Stock;

/// <summary>Sees the past only: copies of the first frame stand before the clip. [B, C, T, H, W] → [B, C', T, H, W].</summary>
internal sealed class StockCausalConv : Module<Tensor, Tensor>
{
    private readonly Conv3d conv;
    private readonly int _kernel;

    public StockCausalConv(long inChannels, long outChannels, int kernel)
        : base(nameof(StockCausalConv))
    {
        _kernel = kernel;
        conv = Conv3d(inChannels, outChannels, (kernel, kernel, kernel), padding: (0, kernel / 2, kernel / 2));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        if (_kernel > 1)
            x = cat([.. Enumerable.Repeat(x.narrow(2, 0, 1), _kernel - 1), x], 2);
        return conv.call(x);
    }
}

/// <summary>The encoder's norm over [B, C, T, H, W], with a scale and an offset for every channel.</summary>
internal sealed class StockNorm : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly double _eps;

    private StockNorm(long channels, double eps)
        : base(nameof(StockNorm))
    {
        (weight, bias, _eps) = (new Parameter(ones(channels)), new Parameter(zeros(channels)), eps);
        RegisterComponents();
    }

    /// <summary>TorchSharp's group norm, or this root mean square over the channels.</summary>
    public static Module<Tensor, Tensor> Of(long channels, VaeConfig config, double eps) => config.Norm switch
    {
        VaeNorm.Group => GroupNorm(config.NormNumGroups, channels, eps),
        VaeNorm.Rms => new StockNorm(channels, eps),
        _ => throw new ArgumentException($"{config.Norm}: no row has this norm"),
    };

    public override Tensor forward(Tensor x) =>
        x * rsqrt(x.square().mean([1], keepdim: true) + _eps) * weight.view(-1, 1, 1, 1) + bias.view(-1, 1, 1, 1);
}

/// <summary>The decoder's norm over [B, C, T, H, W], scaled and shifted by what the latent [B, Z, T', h, w] says of each place.</summary>
internal sealed class StockSpatialNorm : Module<Tensor, Tensor, Tensor>
{
    private readonly Module<Tensor, Tensor> norm_layer;
    private readonly StockCausalConv conv_y;
    private readonly StockCausalConv conv_b;

    public StockSpatialNorm(long channels, VaeConfig config)
        : base(nameof(StockSpatialNorm))
    {
        norm_layer = StockNorm.Of(channels, config, 1e-6);
        conv_y = new StockCausalConv(config.LatentChannels, channels, 1);
        conv_b = new StockCausalConv(config.LatentChannels, channels, 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor f, Tensor z)
    {
        var (t, h, w) = (f.shape[2], f.shape[3], f.shape[4]);
        z = t > 1 && t % 2 == 1
            ? cat([F.interpolate(z.narrow(2, 0, 1), [1, h, w]), F.interpolate(z.narrow(2, 1, z.shape[2] - 1), [t - 1, h, w])], 2)
            : F.interpolate(z, [t, h, w]);
        return norm_layer.call(f) * conv_y.call(z) + conv_b.call(z);
    }
}

/// <summary>x + conv(silu(norm(conv(silu(norm(x)))))); the decoder's norms read the latent z.</summary>
internal sealed class StockResnet : Module<Tensor, Tensor?, Tensor>
{
    private readonly nn.Module norm1;
    private readonly StockCausalConv conv1;
    private readonly nn.Module norm2;
    private readonly StockCausalConv conv2;
    private readonly Conv3d? conv_shortcut;

    public StockResnet(long inChannels, long outChannels, VaeConfig config, bool spatial)
        : base(nameof(StockResnet))
    {
        nn.Module Norm(long channels) => spatial ? new StockSpatialNorm(channels, config) : StockNorm.Of(channels, config, config.NormEps);
        (norm1, norm2) = (Norm(inChannels), Norm(outChannels));
        (conv1, conv2) = (new StockCausalConv(inChannels, outChannels, 3), new StockCausalConv(outChannels, outChannels, 3));
        conv_shortcut = inChannels == outChannels ? null : Conv3d(inChannels, outChannels, 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor? z)
    {
        using var scope = NewDisposeScope();
        Tensor Normed(nn.Module norm, Tensor y) => F.silu(norm is StockSpatialNorm spatial ? spatial.call(y, z!) : ((Module<Tensor, Tensor>)norm).call(y));
        var h = conv1.call(Normed(norm1, x));
        h = conv2.call(Normed(norm2, h));
        return (h + (conv_shortcut is null ? x : conv_shortcut.call(x))).MoveToOuterDisposeScope();
    }
}

/// <summary>Some residual blocks, then a change of size.</summary>
internal sealed class StockLevel : Module<Tensor, Tensor?, Tensor>
{
    private readonly ModuleList<StockResnet> resnets = new();
    private readonly ModuleList<StockDownsample>? downsamplers;
    private readonly ModuleList<StockUpsample>? upsamplers;

    public StockLevel(long inChannels, long outChannels, int layers, VaeConfig config, bool spatial, StockDownsample? down = null, StockUpsample? up = null)
        : base(nameof(StockLevel))
    {
        for (var i = 0; i < layers; i++)
            resnets.Add(new StockResnet(i == 0 ? inChannels : outChannels, outChannels, config, spatial));
        downsamplers = down is null ? null : new(down);
        upsamplers = up is null ? null : new(up);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor? z)
    {
        foreach (var resnet in resnets)
            x = resnet.call(x, z);
        return downsamplers is not null ? downsamplers[0].call(x) : upsamplers is not null ? upsamplers[0].call(x) : x;
    }
}

/// <summary>Halves time (the first frame stays alone) and the picture, frame by frame.</summary>
internal sealed class StockDownsample : Module<Tensor, Tensor>
{
    private readonly Conv2d conv;
    private readonly bool _space;
    private readonly bool _time;

    public StockDownsample(long channels, bool space, bool time)
        : base(nameof(StockDownsample))
    {
        conv = space ? Conv2d(channels, channels, 3, stride: 2) : Conv2d(channels, channels, 3, padding: 1);
        (_space, _time) = (space, time);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        if (_time && x.shape[2] > 1)
        {
            var (b, c, t, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3], x.shape[4]);
            var flat = x.permute(0, 3, 4, 1, 2).reshape(b * h * w, c, t);
            flat = cat([flat.narrow(2, 0, 1), F.avg_pool1d(flat.narrow(2, 1, t - 1), 2, 2)], 2);
            x = flat.reshape(b, h, w, c, -1).permute(0, 3, 4, 1, 2);
        }
        return PerFrame(conv, _space ? F.pad(x, [0, 1, 0, 1]) : x).MoveToOuterDisposeScope();
    }

    /// <summary>A 2D convolution of every frame of [B, C, T, H, W].</summary>
    public static Tensor PerFrame(Conv2d conv, Tensor x)
    {
        var (b, t) = (x.shape[0], x.shape[2]);
        var y = conv.call(x.transpose(1, 2).flatten(0, 1));
        return y.view(b, t, y.shape[1], y.shape[2], y.shape[3]).transpose(1, 2);
    }
}

/// <summary>Doubles time (the first frame stays one) and the picture by repetition, then convolves each frame.</summary>
internal sealed class StockUpsample : Module<Tensor, Tensor>
{
    private readonly Conv2d conv;
    private readonly int _side;
    private readonly bool _time;

    public StockUpsample(long channels, bool space, bool time)
        : base(nameof(StockUpsample))
    {
        conv = Conv2d(channels, channels, 3, padding: 1);
        (_side, _time) = (space ? 2 : 1, time);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor Repeat(Tensor y, double times) => F.interpolate(y, scale_factor: [times, _side, _side]);
        x = _time && x.shape[2] > 1
            ? cat([Repeat(x.narrow(2, 0, 1), 1), Repeat(x.narrow(2, 1, x.shape[2] - 1), 2)], 2)
            : Repeat(x, 1);
        return StockDownsample.PerFrame(conv, x).MoveToOuterDisposeScope();
    }
}
