using AniSora.Models.Fast;
namespace AniSora.Models.Layers;

/// <summary>The encoder's residual block: x + conv(silu(norm(conv(silu(norm(x)))))).</summary>
internal sealed class EncoderBlock : Module<Tensor, ChunkState, Tensor>
{
    internal readonly NormSilu norm1;
    internal readonly CausalConv3d conv1;
    internal readonly NormSilu norm2;
    internal readonly CausalConv3d conv2;
    internal readonly Conv3d? conv_shortcut;

    public EncoderBlock(long inChannels, long outChannels, VaeConfig config)
        : base(nameof(EncoderBlock))
    {
        norm1 = new NormSilu(inChannels, config, config.NormEps);
        conv1 = new CausalConv3d(inChannels, outChannels, 3);
        norm2 = new NormSilu(outChannels, config, config.NormEps);
        conv2 = new CausalConv3d(outChannels, outChannels, 3);
        conv_shortcut = inChannels == outChannels ? null : Conv3d(inChannels, outChannels, 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, ChunkState state) => ActivationCheckpointing.Block(this, inputs => Run(inputs[0], state), x);

    private Tensor Run(Tensor x, ChunkState state)
    {
        using var scope = NewDisposeScope();
        var h = scope.DisposeEverythingBut(conv1.call(norm1.call(x), state));
        h = scope.DisposeEverythingBut(norm2.call(h));
        h = scope.DisposeEverythingBut(conv2.call(h, state));
        return h.add_(conv_shortcut is null ? x : FastOps.Conv3d(x, conv_shortcut.weight, conv_shortcut.bias)).MoveToOuterDisposeScope();
    }
}

/// <summary>The decoder's residual block: as the encoder's, with norms that read the latent.</summary>
internal sealed class DecoderBlock : Module<Tensor, Tensor, ChunkState, Tensor>
{
    internal readonly SpatialNormSilu norm1;
    internal readonly CausalConv3d conv1;
    internal readonly SpatialNormSilu norm2;
    internal readonly CausalConv3d conv2;
    internal readonly Conv3d? conv_shortcut;

    public DecoderBlock(long inChannels, long outChannels, VaeConfig config)
        : base(nameof(DecoderBlock))
    {
        norm1 = new SpatialNormSilu(inChannels, config);
        conv1 = new CausalConv3d(inChannels, outChannels, 3);
        norm2 = new SpatialNormSilu(outChannels, config);
        conv2 = new CausalConv3d(outChannels, outChannels, 3);
        conv_shortcut = inChannels == outChannels ? null : Conv3d(inChannels, outChannels, 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor z, ChunkState state) => ActivationCheckpointing.Block(this, inputs => Run(inputs[0], inputs[1], state), x, z);

    private Tensor Run(Tensor x, Tensor z, ChunkState state)
    {
        using var scope = NewDisposeScope();
        var h = scope.DisposeEverythingBut(conv1.call(norm1.call(x, z, state), state));
        h = scope.DisposeEverythingBut(norm2.call(h, z, state));
        h = scope.DisposeEverythingBut(conv2.call(h, state));
        return h.add_(conv_shortcut is null ? x : FastOps.Conv3d(x, conv_shortcut.weight, conv_shortcut.bias)).MoveToOuterDisposeScope();
    }
}
