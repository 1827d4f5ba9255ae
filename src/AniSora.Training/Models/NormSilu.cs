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

    /// <summary>Scale of every channel, [C, 1, 1, 1].</summary>
    public Tensor Scale => weight.view(-1, 1, 1, 1);

    /// <summary>Offset of every channel, [C, 1, 1, 1].</summary>
    public Tensor Offset => bias.view(-1, 1, 1, 1);

    public override Tensor forward(Tensor x) => Fused(x, weight, bias) ?? addcmul(Offset, Normalise(x), Scale, 1).silu();

    /// <summary>silu(norm(x)·scale + offset) in one kernel, where there is one for this norm and device.</summary>
    /// <inheritdoc cref="FastOps.GroupNormSilu"/>
    public Tensor? Fused(Tensor x, Tensor scale, Tensor offset, int[]? steps = null) =>
        _kind == VaeNorm.Rms ? null : FastOps.GroupNormSilu(x, scale, offset, _groups, _kind == VaeNorm.Frame, _eps, steps);

    /// <summary>The norm alone, without scale and offset.</summary>
    public Tensor Normalise(Tensor x)
    {
        switch (_kind)
        {
            case VaeNorm.Group:
                return F.group_norm(x, _groups, eps: _eps);

            case VaeNorm.Frame:
                var (b, c, t, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3], x.shape[4]);
                var frames = x.transpose(1, 2).reshape(b * t, c, h, w);
                return F.group_norm(frames, _groups, eps: _eps).view(b, t, c, h, w).transpose(1, 2);

            default: // x / sqrt(mean_c(x²) + eps)
                return x * x.square().mean([1], keepdim: true).add(_eps).rsqrt();
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
        // 1×1×1 convolutions and the norm's own scale and offset commute with repetition, so they are applied to the small latent:
        // (n·w + o)·y + b = n·(w·y) + (o·y + b).
        var y = conv_y.call(z, state);
        var offset = addcmul(conv_b.call(z, state), y, norm_layer.Offset, 1);
        var (t, h, w) = (f.shape[2], f.shape[3], f.shape[4]);
        var scale = y * norm_layer.Scale;
        if (norm_layer.Fused(f, scale, offset, Repetition.Steps(y.shape[2], t, state.IsFirst)) is { } fused)
            return fused;
        var spreadScale = Repetition.Spread(scale, t, h, w, state.IsFirst);
        var spreadOffset = Repetition.Spread(offset, t, h, w, state.IsFirst);
        return addcmul(spreadOffset, norm_layer.Normalise(f), spreadScale, 1).silu();
    }
}
