namespace AniSora.Training.Models;

/// <summary>One level of the decoder: one residual block more than the encoder has, then the doubling if there is a finer level.</summary>
internal sealed class UpBlock : Module<Tensor, Tensor, ChunkState, Tensor>
{
    private readonly ModuleList<DecoderBlock> resnets = new();
    private readonly ModuleList<Upsampler>? upsamplers;

    public UpBlock(long inChannels, long outChannels, int index, VaeConfig config)
        : base(nameof(UpBlock))
    {
        for (var i = 0; i <= config.LayersPerBlock; i++)
            resnets.Add(new DecoderBlock(i == 0 ? inChannels : outChannels, outChannels, config));
        // Time grows back at the first levels, the picture at the last: where a model halves it less often, features stay small longest.
        var remaining = config.BlockOutChannels.Length - 1 - index;
        if (remaining > 0)
            upsamplers = new(new Upsampler(outChannels, space: remaining <= config.SpatialHalvings, time: index < config.TemporalHalvings));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor z, ChunkState state)
    {
        using var scope = NewDisposeScope();
        foreach (var resnet in resnets)
            x = scope.DisposeEverythingBut(resnet.call(x, z, state));
        return (upsamplers is null ? x : upsamplers[0].call(x, state)).MoveToOuterDisposeScope();
    }
}

/// <summary>The decoder's coarsest blocks.</summary>
internal sealed class DecoderMidBlock : Module<Tensor, Tensor, ChunkState, Tensor>
{
    private readonly ModuleList<DecoderBlock> resnets;

    public DecoderMidBlock(long channels, VaeConfig config)
        : base(nameof(DecoderMidBlock))
    {
        resnets = new(new DecoderBlock(channels, channels, config), new DecoderBlock(channels, channels, config));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor z, ChunkState state) => resnets[1].call(resnets[0].call(x, z, state), z, state);
}

/// <summary>Latent to video, folded by the patch size: [B, Z, T', h, w] → [B, C·p², T, H/p, W/p].</summary>
internal sealed class Decoder : Module<Tensor, ChunkState, Tensor>
{
    private readonly CausalConv3d conv_in;
    private readonly DecoderMidBlock mid_block;
    private readonly ModuleList<UpBlock> up_blocks = new();
    private readonly SpatialNormSilu norm_out;
    private readonly CausalConv3d conv_out;

    public Decoder(VaeConfig config)
        : base(nameof(Decoder))
    {
        var widths = config.BlockOutChannels.Reverse().ToArray();
        conv_in = new CausalConv3d(config.LatentChannels, widths[0], 3);
        mid_block = new DecoderMidBlock(widths[0], config);
        for (var i = 0; i < widths.Length; i++)
            up_blocks.Add(new UpBlock(widths[Math.Max(i - 1, 0)], widths[i], i, config));
        norm_out = new SpatialNormSilu(widths[^1], config);
        conv_out = new CausalConv3d(widths[^1], config.OutChannels * config.PatchSize * config.PatchSize, 3);
        if (config.LinearPath)
        {
            init.zeros_(conv_out.Weight);
            init.zeros_(conv_out.Bias);
        }
        RegisterComponents();
    }

    public override Tensor forward(Tensor z, ChunkState state)
    {
        using var scope = NewDisposeScope();
        var h = mid_block.call(conv_in.call(z, state), z, state);
        foreach (var block in up_blocks)
            h = scope.DisposeEverythingBut(block.call(h, z, state));
        h = scope.DisposeEverythingBut(norm_out.call(h, z, state));
        return conv_out.call(h, state).MoveToOuterDisposeScope();
    }
}
