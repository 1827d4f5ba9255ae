namespace AniSora.Training.Models;

/// <summary>One level of the encoder: residual blocks, then the halving if there is a coarser level.</summary>
internal sealed class DownBlock : Module<Tensor, ChunkState, Tensor>
{
    private readonly ModuleList<EncoderBlock> resnets = new();
    private readonly ModuleList<Downsampler>? downsamplers;

    public DownBlock(long inChannels, long outChannels, int level, VaeConfig config)
        : base(nameof(DownBlock))
    {
        for (var i = 0; i < config.LayersPerBlock; i++)
            resnets.Add(new EncoderBlock(i == 0 ? inChannels : outChannels, outChannels, config));
        if (level < config.BlockOutChannels.Length - 1)
            downsamplers = new(new Downsampler(outChannels, space: level < config.SpatialHalvings, time: level < config.TemporalHalvings));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, ChunkState state)
    {
        using var scope = NewDisposeScope();
        foreach (var resnet in resnets)
            x = scope.DisposeEverythingBut(resnet.call(x, state));
        return (downsamplers is null ? x : downsamplers[0].call(x, state)).MoveToOuterDisposeScope();
    }
}

/// <summary>The encoder's coarsest blocks.</summary>
internal sealed class EncoderMidBlock : Module<Tensor, ChunkState, Tensor>
{
    private readonly ModuleList<EncoderBlock> resnets;

    public EncoderMidBlock(long channels, VaeConfig config)
        : base(nameof(EncoderMidBlock))
    {
        resnets = new(new EncoderBlock(channels, channels, config), new EncoderBlock(channels, channels, config));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, ChunkState state) => resnets[1].call(resnets[0].call(x, state), state);
}

/// <summary>Video, folded by the patch size, to the latent's distribution: [B, C·p², T, H/p, W/p] → [B, 2·Z, T', h, w].</summary>
internal sealed class Encoder : Module<Tensor, ChunkState, Tensor>
{
    private readonly CausalConv3d conv_in;
    private readonly ModuleList<DownBlock> down_blocks = new();
    private readonly EncoderMidBlock mid_block;
    private readonly NormSilu norm_out;
    private readonly CausalConv3d conv_out;

    public Encoder(VaeConfig config)
        : base(nameof(Encoder))
    {
        var widths = config.BlockOutChannels;
        conv_in = new CausalConv3d(config.InChannels * config.PatchSize * config.PatchSize, widths[0], 3);
        for (var level = 0; level < widths.Length; level++)
            down_blocks.Add(new DownBlock(widths[Math.Max(level - 1, 0)], widths[level], level, config));
        mid_block = new EncoderMidBlock(widths[^1], config);
        norm_out = new NormSilu(widths[^1], config, 1e-6);
        conv_out = new CausalConv3d(widths[^1], 2 * config.LatentChannels, 3);
        if (config.LinearPath)
        {
            // The linear path alone makes the first code: no mean from here, and a small variance.
            init.zeros_(conv_out.Weight);
            init.zeros_(conv_out.Bias);
            using (no_grad())
                conv_out.Bias.narrow(0, config.LatentChannels, config.LatentChannels).fill_(config.InitialLogVariance);
        }
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, ChunkState state)
    {
        using var scope = NewDisposeScope();
        var h = conv_in.call(x, state);
        foreach (var block in down_blocks)
            h = scope.DisposeEverythingBut(block.call(h, state));
        h = mid_block.call(h, state);
        return conv_out.call(norm_out.call(h), state).MoveToOuterDisposeScope();
    }
}
