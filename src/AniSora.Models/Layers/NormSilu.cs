using AniSora.Models.Fast;
namespace AniSora.Models.Layers;

/// <summary>Normalises a feature map [B, C, T, H, W], gives every channel its own scale and offset, and applies SiLU.</summary>
internal sealed class NormSilu : Module<Tensor, Tensor>
{
    internal readonly Parameter weight;
    internal readonly Parameter bias;
    internal readonly VaeNorm _kind;
    internal readonly long _groups;
    internal readonly double _eps;

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

    public override Tensor forward(Tensor x) => Apply(x, weight, bias);

    /// <summary>silu(norm(x)·scale + offset), with numbers per channel or with maps in place of the module's own.</summary>
    /// <inheritdoc cref="FastOps.GroupNormSilu"/>
    public Tensor Apply(Tensor x, Tensor scale, Tensor offset, FrameRepeat? frames = null)
    {
        if (_kind != VaeNorm.Rms)
            return FastOps.GroupNormSilu(x, scale, offset, _groups, _kind == VaeNorm.Frame, _eps, frames);
        Tensor Spread(Tensor map) => frames is not { } repeat
            ? map.view(-1, 1, 1, 1)
            : FastOps.Repeat(map, repeat, (int)(x.shape[3] / map.shape[3]), (int)(x.shape[4] / map.shape[4]));
        var normed = x * x.square().mean([1], keepdim: true).add(_eps).rsqrt(); // x / sqrt(mean_c(x²) + eps)
        return addcmul(Spread(offset), normed, Spread(scale), 1).silu();
    }
}

/// <summary>
/// The decoder's normalisation (MoVQ, arXiv 2209.09002) with SiLU: silu(norm(f)·y(z) + b(z)), where the scale y and offset b are read
/// from the latent z that is being decoded, at the place each feature belongs to.
/// </summary>
internal sealed class SpatialNormSilu : Module<Tensor, Tensor, ChunkState, Tensor>
{
    internal readonly NormSilu norm_layer;
    internal readonly CausalConv3d conv_y;
    internal readonly CausalConv3d conv_b;

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
        return norm_layer.Apply(f, y * norm_layer.Scale, offset, FrameRepeat.Between(y.shape[2], f.shape[2], state.IsFirst));
    }
}
