namespace AniSora.Training.Models;

/// <summary>Normalises a feature map [B, C, T, H, W] and gives every channel its own scale and offset.</summary>
internal sealed class ChannelNorm : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly VaeNorm _kind;
    private readonly long _groups;
    private readonly double _eps;

    public ChannelNorm(long channels, VaeConfig config, double eps)
        : base(nameof(ChannelNorm))
    {
        weight = new Parameter(ones(channels));
        bias = new Parameter(zeros(channels));
        (_kind, _groups, _eps) = (config.Norm, config.NormNumGroups, eps);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        if (_kind == VaeNorm.Group)
            return F.group_norm(x, _groups, weight, bias, _eps);

        // y = x / sqrt(mean_c(x²) + eps) · weight + bias, at every position by itself.
        var inverse = x.square().mean([1], keepdim: true).add(_eps).rsqrt();
        return addcmul(bias.view(-1, 1, 1, 1), x * inverse, weight.view(-1, 1, 1, 1), 1);
    }
}

/// <summary>
/// The decoder's normalisation (MoVQ, arXiv 2209.09002): norm(f)·y(z) + b(z), where the scale y and offset b are read from the latent z
/// that is being decoded, at the place each feature belongs to.
/// </summary>
internal sealed class SpatialNorm : Module<Tensor, Tensor, ChunkState, Tensor>
{
    private readonly ChannelNorm norm_layer;
    private readonly CausalConv3d conv_y;
    private readonly CausalConv3d conv_b;

    public SpatialNorm(long channels, VaeConfig config)
        : base(nameof(SpatialNorm))
    {
        norm_layer = new ChannelNorm(channels, config, 1e-6);
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
        return addcmul(b, norm_layer.call(f), y, 1);
    }

    /// <summary>Repeats [B, C, T', h, w] to the size of the features. The clip's first latent step stands for one frame only.</summary>
    private static Tensor Spread(Tensor small, long[] size, ChunkState state)
    {
        var (steps, frames) = (small.shape[2], size[2]);
        if (!state.IsFirst)
            return F.upsample_nearest3d(small, [frames, size[3], size[4]]);
        var factor = steps == 1 ? 1 : (frames - 1) / (steps - 1);
        // All steps are repeated alike; the surplus copies of step 0 are then cut off the front.
        var spread = F.upsample_nearest3d(small, [steps * factor, size[3], size[4]]);
        return factor == 1 ? spread : spread.narrow(2, factor - 1, frames);
    }
}
