using AniSora.Models;

namespace AniSora.Benchmarks.Stock;

/// <summary>The linear code beside the convolutions, as the shipped model has it: every block of r × 8 × 8 pixels to Z numbers and back.</summary>
internal sealed class StockLinearPath : Module<Tensor, Tensor>
{
    private const int Side = VaeConfig.SpatialCompression;
    private readonly Linear to_latent;
    private readonly Linear from_latent;
    private readonly Linear first_to_latent;
    private readonly Linear first_from_latent;
    private readonly long _channels;
    private readonly long _frames;

    public StockLinearPath(VaeConfig config)
        : base(nameof(StockLinearPath))
    {
        (_channels, _frames) = (config.InChannels, config.TemporalCompressionRatio);
        var (still, z) = (_channels * Side * Side, config.LatentChannels);
        (to_latent, from_latent) = (Linear(still * _frames, z), Linear(z, still * _frames));
        (first_to_latent, first_from_latent) = (Linear(still, z), Linear(z, still));
        RegisterComponents();
    }

    /// <summary>[B, C, T, H, W] → [B, Z, T', h, w].</summary>
    public override Tensor forward(Tensor video)
    {
        var first = first_to_latent.call(Fold(video.narrow(2, 0, 1), 1));
        var rest = to_latent.call(Fold(video.narrow(2, 1, video.shape[2] - 1), _frames));
        return cat([first, rest], 1).permute(0, 4, 1, 2, 3);
    }

    /// <summary>[B, Z, T', h, w] → [B, C, T, H, W].</summary>
    public Tensor Decode(Tensor latent)
    {
        var z = latent.permute(0, 2, 3, 4, 1);
        return cat([Unfold(first_from_latent.call(z.narrow(1, 0, 1)), 1), Unfold(from_latent.call(z.narrow(1, 1, z.shape[1] - 1)), _frames)], 2);
    }

    /// <summary>[B, C, T, H, W] → [B, T/n, h, w, C·n·64].</summary>
    private Tensor Fold(Tensor x, long n)
    {
        var (b, t, h, w) = (x.shape[0], x.shape[2] / n, x.shape[3] / Side, x.shape[4] / Side);
        return x.reshape(b, _channels, t, n, h, Side, w, Side).permute(0, 2, 4, 6, 1, 3, 5, 7).reshape(b, t, h, w, -1);
    }

    /// <summary>The inverse of <see cref="Fold"/>.</summary>
    private Tensor Unfold(Tensor x, long n)
    {
        var (b, t, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        return x.reshape(b, t, h, w, _channels, n, Side, Side).permute(0, 4, 1, 5, 2, 6, 3, 7).reshape(b, _channels, t * n, h * Side, w * Side);
    }
}
