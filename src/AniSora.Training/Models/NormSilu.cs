namespace AniSora.Training.Models;

/// <summary>Normalises a feature map [B, C, T, H, W], gives every channel its own scale and offset, and applies SiLU.</summary>
internal sealed class NormSilu : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly VaeNorm _kind;
    private readonly long _groups;
    private readonly double _eps;

    public NormSilu(long channels, VaeConfig config, double eps)
        : base(nameof(NormSilu))
    {
        weight = new Parameter(ones(channels));
        bias = new Parameter(zeros(channels));
        (_kind, _groups, _eps) = (config.Norm, config.NormNumGroups, eps);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => Modulated(x, null, null);

    /// <summary>silu(norm(x)·y + z), with y and z of the shape of x, or silu(norm(x)) without them.</summary>
    public Tensor Modulated(Tensor x, Tensor? y, Tensor? z)
    {
        if (_kind == VaeNorm.Rms && RmsSilu.Suits(x))
            return new RmsSilu(_eps).Apply(x, weight, bias, y, z)[0];
        var normed = Normalise(x);
        return (y is null ? normed : addcmul(z!, normed, y, 1)).silu();
    }

    private Tensor Normalise(Tensor x)
    {
        switch (_kind)
        {
            case VaeNorm.Group:
                return F.group_norm(x, _groups, weight, bias, _eps);

            case VaeNorm.Frame:
                var (b, c, t, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3], x.shape[4]);
                var frames = x.transpose(1, 2).reshape(b * t, c, h, w);
                return F.group_norm(frames, _groups, weight, bias, _eps).view(b, t, c, h, w).transpose(1, 2);

            default: // x / sqrt(mean_c(x²) + eps) · weight + bias
                var inverse = x.square().mean([1], keepdim: true).add(_eps).rsqrt();
                return addcmul(bias.view(-1, 1, 1, 1), x * inverse, weight.view(-1, 1, 1, 1), 1);
        }
    }
}

/// <summary>
/// The decoder's normalisation (MoVQ, arXiv 2209.09002) with SiLU: silu(norm(f)·y(z) + b(z)), where the scale y and offset b are read
/// from the latent z that is being decoded, at the place each feature belongs to.
/// </summary>
internal sealed class SpatialNormSilu : Module<Tensor, Tensor, ChunkState, Tensor>
{
    private readonly NormSilu norm_layer;
    private readonly CausalConv3d conv_y;
    private readonly CausalConv3d conv_b;

    public SpatialNormSilu(long channels, VaeConfig config)
        : base(nameof(SpatialNormSilu))
    {
        norm_layer = new NormSilu(channels, config, 1e-6);
        conv_y = new CausalConv3d(config.LatentChannels, channels, 1);
        conv_b = new CausalConv3d(config.LatentChannels, channels, 1);
        // An untrained model starts as the plain norm: random scales near zero would silence most channels.
        init.zeros_(conv_y.Weight);
        init.ones_(conv_y.Bias);
        init.zeros_(conv_b.Weight);
        init.zeros_(conv_b.Bias);
        RegisterComponents();
    }

    /// <param name="f">Features [B, C, T, H, W].</param>
    /// <param name="z">Latent [B, Z, T', h, w].</param>
    /// <param name="state">Tells whether the chunk begins the clip.</param>
    public override Tensor forward(Tensor f, Tensor z, ChunkState state)
    {
        // A 1×1×1 convolution and nearest resizing commute; convolving the small latent is the cheap order.
        var y = Spread(conv_y.call(z, state), f.shape, state);
        var b = Spread(conv_b.call(z, state), f.shape, state);
        return norm_layer.Modulated(f, y, b);
    }

    /// <summary>Repeats [B, C, T', h, w] to the size of the features. The clip's first latent step stands for one frame only.</summary>
    private static Tensor Spread(Tensor small, long[] size, ChunkState state)
    {
        var (steps, frames) = (small.shape[2], size[2]);
        if (!state.IsFirst)
            return F.interpolate(small, [frames, size[3], size[4]]);
        var factor = steps == 1 ? 1 : (frames - 1) / (steps - 1);
        // All steps are repeated alike; the surplus copies of step 0 are then cut off the front.
        var spread = F.interpolate(small, [steps * factor, size[3], size[4]]);
        return factor == 1 ? spread : spread.narrow(2, factor - 1, frames);
    }
}
