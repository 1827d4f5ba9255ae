using AniSora.Models;

namespace AniSora.Benchmarks.Stock;

/// <summary>The 3D causal VAE as one writes it in TorchSharp: its own layers, in the order of the published code, with the published weight names.</summary>
internal sealed class StockVae : nn.Module
{
    private readonly StockEncoder encoder;
    private readonly StockDecoder decoder;
    private readonly StockLinearPath? linear_path;
    private readonly VaeConfig _config;

    public StockVae(VaeConfig config)
        : base(nameof(StockVae))
    {
        _config = config;
        encoder = new StockEncoder(config);
        decoder = new StockDecoder(config);
        linear_path = config.LinearPath ? new StockLinearPath(config) : null;
        RegisterComponents();
    }

    /// <summary>Video [B, 3, T, H, W] to means and log-variances [B, 2·Z, T', h, w].</summary>
    public Tensor Encode(Tensor video)
    {
        var moments = encoder.call(Fold(video));
        if (linear_path is null)
            return moments;
        var halves = moments.chunk(2, 1);
        return cat([halves[0] + linear_path.call(video), halves[1]], 1);
    }

    /// <summary>Latent [B, Z, T', h, w] to video [B, 3, T, H, W].</summary>
    public Tensor Decode(Tensor latent)
    {
        var video = Unfold(decoder.call(latent));
        return linear_path is null ? video : video + linear_path.Decode(latent);
    }

    /// <summary>[B, C, T, H, W] → [B, C·p·p, T, H/p, W/p].</summary>
    private Tensor Fold(Tensor x)
    {
        var p = _config.PatchSize;
        var (b, c, t, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3] / p, x.shape[4] / p);
        return p == 1 ? x : x.reshape(b, c, t, h, p, w, p).permute(0, 1, 4, 6, 2, 3, 5).reshape(b, c * p * p, t, h, w);
    }

    /// <summary>The inverse of <see cref="Fold"/>.</summary>
    private Tensor Unfold(Tensor x)
    {
        var p = _config.PatchSize;
        var (b, c, t, h, w) = (x.shape[0], x.shape[1] / (p * p), x.shape[2], x.shape[3], x.shape[4]);
        return p == 1 ? x : x.reshape(b, c, p, p, t, h, w).permute(0, 1, 4, 5, 2, 6, 3).reshape(b, c, t, h * p, w * p);
    }
}

/// <summary>[B, 3·p², T, H, W] → [B, 2·Z, T', h, w].</summary>
internal sealed class StockEncoder : Module<Tensor, Tensor>
{
    private readonly StockCausalConv conv_in;
    private readonly ModuleList<StockLevel> down_blocks = new();
    private readonly StockLevel mid_block;
    private readonly Module<Tensor, Tensor> norm_out;
    private readonly StockCausalConv conv_out;

    public StockEncoder(VaeConfig config)
        : base(nameof(StockEncoder))
    {
        var widths = config.BlockOutChannels;
        conv_in = new StockCausalConv(config.InChannels * config.PatchSize * config.PatchSize, widths[0], 3);
        for (var i = 0; i < widths.Length; i++)
            down_blocks.Add(new StockLevel(widths[Math.Max(i - 1, 0)], widths[i], config.LayersPerBlock, config, spatial: false,
                down: i < widths.Length - 1 ? new StockDownsample(widths[i], i < config.SpatialHalvings, i < config.TemporalHalvings) : null));
        mid_block = new StockLevel(widths[^1], widths[^1], 2, config, spatial: false);
        norm_out = StockNorm.Of(widths[^1], config, 1e-6);
        conv_out = new StockCausalConv(widths[^1], 2 * config.LatentChannels, 3);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        x = conv_in.call(x);
        foreach (var block in down_blocks)
            x = block.call(x, null);
        return conv_out.call(F.silu(norm_out.call(mid_block.call(x, null))));
    }
}

/// <summary>[B, Z, T', h, w] → [B, 3·p², T, H, W].</summary>
internal sealed class StockDecoder : Module<Tensor, Tensor>
{
    private readonly StockCausalConv conv_in;
    private readonly StockLevel mid_block;
    private readonly ModuleList<StockLevel> up_blocks = new();
    private readonly StockSpatialNorm norm_out;
    private readonly StockCausalConv conv_out;

    public StockDecoder(VaeConfig config)
        : base(nameof(StockDecoder))
    {
        int[] widths = [.. config.BlockOutChannels.Reverse()];
        conv_in = new StockCausalConv(config.LatentChannels, widths[0], 3);
        mid_block = new StockLevel(widths[0], widths[0], 2, config, spatial: true);
        for (var i = 0; i < widths.Length; i++)
            up_blocks.Add(new StockLevel(widths[Math.Max(i - 1, 0)], widths[i], config.LayersPerBlock + 1, config, spatial: true,
                up: i < widths.Length - 1 ? new StockUpsample(widths[i], widths.Length - 1 - i <= config.SpatialHalvings, i < config.TemporalHalvings) : null));
        norm_out = new StockSpatialNorm(widths[^1], config);
        conv_out = new StockCausalConv(widths[^1], config.OutChannels * config.PatchSize * config.PatchSize, 3);
        RegisterComponents();
    }

    public override Tensor forward(Tensor z)
    {
        var x = mid_block.call(conv_in.call(z), z);
        foreach (var block in up_blocks)
            x = block.call(x, z);
        return conv_out.call(F.silu(norm_out.call(x, z)));
    }
}
