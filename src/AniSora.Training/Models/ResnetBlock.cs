namespace AniSora.Training.Models;

/// <summary>The encoder's residual block: x + conv(silu(norm(conv(silu(norm(x)))))).</summary>
internal sealed class EncoderBlock : Module<Tensor, ChunkState, Tensor>
{
    private readonly ChannelNorm norm1;
    private readonly CausalConv3d conv1;
    private readonly ChannelNorm norm2;
    private readonly CausalConv3d conv2;
    private readonly Conv3d? conv_shortcut;

    public EncoderBlock(long inChannels, long outChannels, VaeConfig config)
        : base(nameof(EncoderBlock))
    {
        norm1 = new ChannelNorm(inChannels, config, config.NormEps);
        conv1 = new CausalConv3d(inChannels, outChannels, 3);
        norm2 = new ChannelNorm(outChannels, config, config.NormEps);
        conv2 = new CausalConv3d(outChannels, outChannels, 3);
        conv_shortcut = inChannels == outChannels ? null : Conv3d(inChannels, outChannels, 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, ChunkState state)
    {
        using var scope = NewDisposeScope();
        var h = conv1.call(norm1.call(x).silu(), state);
        h = conv2.call(norm2.call(h).silu(), state);
        return (h + (conv_shortcut?.call(x) ?? x)).MoveToOuterDisposeScope();
    }
}

/// <summary>The decoder's residual block: as the encoder's, with norms that read the latent.</summary>
internal sealed class DecoderBlock : Module<Tensor, Tensor, ChunkState, Tensor>
{
    private readonly SpatialNorm norm1;
    private readonly CausalConv3d conv1;
    private readonly SpatialNorm norm2;
    private readonly CausalConv3d conv2;
    private readonly Conv3d? conv_shortcut;

    public DecoderBlock(long inChannels, long outChannels, VaeConfig config)
        : base(nameof(DecoderBlock))
    {
        norm1 = new SpatialNorm(inChannels, config);
        conv1 = new CausalConv3d(inChannels, outChannels, 3);
        norm2 = new SpatialNorm(outChannels, config);
        conv2 = new CausalConv3d(outChannels, outChannels, 3);
        conv_shortcut = inChannels == outChannels ? null : Conv3d(inChannels, outChannels, 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor z, ChunkState state)
    {
        using var scope = NewDisposeScope();
        var h = conv1.call(norm1.call(x, z, state).silu(), state);
        h = conv2.call(norm2.call(h, z, state).silu(), state);
        return (h + (conv_shortcut?.call(x) ?? x)).MoveToOuterDisposeScope();
    }
}
