using AniSora.Models.Fast;

namespace AniSora.Models.Layers;

/// <summary>
/// A linear code beside the VAE's convolutions: every block of r frames × 8 × 8 pixels (r = temporal compression) becomes Z numbers,
/// and those become the block again. The clip's first frame, which has a latent step to itself, is coded by an own pair of maps.
/// </summary>
/// <remarks>
/// Both maps of a pair start as the same principal components, so that an untrained model already reconstructs as well as any
/// linear code can and the convolutions learn only what is left.
/// </remarks>
internal sealed class LinearPath : Module<Tensor, bool, Tensor>
{
    private const int Block = VaeConfig.SpatialCompression;

    private readonly Linear to_latent;
    private readonly Linear from_latent;
    private readonly Linear first_to_latent;
    private readonly Linear first_from_latent;
    private readonly long _channels;
    private readonly long _frames;
    private readonly long _latent;

    public LinearPath(VaeConfig config)
        : base(nameof(LinearPath))
    {
        (_channels, _frames, _latent) = (config.InChannels, config.TemporalCompressionRatio, config.LatentChannels);
        var still = _channels * Block * Block;
        to_latent = Linear(still * _frames, _latent);
        from_latent = Linear(_latent, still * _frames);
        first_to_latent = Linear(still, _latent);
        first_from_latent = Linear(_latent, still);
        RegisterComponents();
    }

    /// <summary>Video chunk [B, C, T, H, W] to latent means [B, Z, T', h, w].</summary>
    /// <param name="video">The chunk; T = r·k + 1 at the clip's beginning, r·k after it.</param>
    /// <param name="first">Whether the chunk begins the clip.</param>
    public override Tensor forward(Tensor video, bool first)
    {
        var steps = (video.shape[2] - (first ? 1 : 0)) / _frames;
        var codes = new List<Tensor>(2);
        if (first)
            codes.Add(first_to_latent.Apply(Fold(video.narrow(2, 0, 1), 1)));
        if (steps > 0)
            codes.Add(to_latent.Apply(Fold(video.narrow(2, first ? 1 : 0, steps * _frames), _frames)));
        return (codes.Count == 1 ? codes[0] : cat(codes, 1)).permute(0, 4, 1, 2, 3);
    }

    /// <summary>Latent chunk [B, Z, T', h, w] to video [B, C, T, H, W].</summary>
    public Tensor Decode(Tensor latent, bool first)
    {
        var z = latent.permute(0, 2, 3, 4, 1); // [B, T', h, w, Z]
        var steps = z.shape[1];
        var frames = new List<Tensor>(2);
        if (first)
            frames.Add(Unfold(first_from_latent.Apply(z.narrow(1, 0, 1)), 1));
        if (steps > (first ? 1 : 0))
            frames.Add(Unfold(from_latent.Apply(first ? z.narrow(1, 1, steps - 1) : z), _frames));
        return frames.Count == 1 ? frames[0] : cat(frames, 2);
    }

    /// <summary>Sets both pairs of maps to the principal components of the blocks of <paramref name="clips"/> [N, C, T, H, W].</summary>
    /// <param name="clips">Clips in [-1, 1] with at least one whole latent step after the first frame.</param>
    /// <param name="whitening">0 keeps the components' proportions, 1 gives every latent channel the same variance; in between for in between.</param>
    public void Initialize(Tensor clips, double whitening)
    {
        using var grad = no_grad();
        using var scope = NewDisposeScope();
        var steps = (clips.shape[2] - 1) / _frames;
        var stills = Fold(clips, 1);                                          // [N, T, h, w, C·8·8]: every frame teaches the still code
        var moving = Fold(clips.narrow(2, 1, steps * _frames), _frames);      // [N, k, h, w, C·r·8·8]
        var video = PrincipalComponents.Fit(moving.flatten(0, 3), _latent);
        var still = PrincipalComponents.Fit(stills.flatten(0, 3), _latent);

        // Channel scale σ^-w, times one factor that makes the mean variance of the latent one.
        var scale = Scale(video.Variances, whitening);
        SetPair(to_latent, from_latent, video.Mean, video.Basis, scale);

        // The still code is turned (an orthogonal map loses nothing) so that a block that does not move has
        // nearly the same latent at the first step as at the others, and the diffusion model sees one language.
        var blocks = stills.flatten(0, 3); // [M, C·8·8]
        var stillScale = Scale(still.Variances, whitening);
        var wanted = (RepeatFrames(blocks) - video.Mean).matmul(video.Basis) * scale;
        var own = (blocks - still.Mean).matmul(still.Basis) * stillScale;
        var turn = PrincipalComponents.NearestRotation(own.t().matmul(wanted));
        SetPair(first_to_latent, first_from_latent, still.Mean, still.Basis, stillScale, turn);
    }

    /// <summary>[B, C, T, H, W] → [B, T/n, H/8, W/8, C·n·8·8].</summary>
    private Tensor Fold(Tensor video, long n)
    {
        var (b, t, h, w) = (video.shape[0], video.shape[2] / n, video.shape[3] / Block, video.shape[4] / Block);
        return video.reshape(b, _channels, t, n, h, Block, w, Block)
            .permute(0, 2, 4, 6, 1, 3, 5, 7)
            .reshape(b, t, h, w, _channels * n * Block * Block);
    }

    /// <summary>The inverse of <see cref="Fold"/>.</summary>
    private Tensor Unfold(Tensor blocks, long n)
    {
        var (b, t, h, w) = (blocks.shape[0], blocks.shape[1], blocks.shape[2], blocks.shape[3]);
        return blocks.reshape(b, t, h, w, _channels, n, Block, Block)
            .permute(0, 4, 1, 5, 2, 6, 3, 7)
            .reshape(b, _channels, t * n, h * Block, w * Block);
    }

    /// <summary>Still blocks [M, C·8·8] as blocks of a video that stands still, [M, C·r·8·8].</summary>
    private Tensor RepeatFrames(Tensor stills) =>
        stills.view(-1, _channels, 1, Block * Block).expand(-1, _channels, _frames, Block * Block).reshape(stills.shape[0], -1);

    private static Tensor Scale(Tensor variances, double whitening)
    {
        var deviations = variances.clamp(1e-12).sqrt();
        var scale = deviations.pow(-whitening);
        return scale / (deviations * scale).square().mean().sqrt();
    }

    /// <summary>latent = R·diag(s)·Vᵀ(x − μ) and x = V·diag(1/s)·Rᵀ·latent + μ.</summary>
    private static void SetPair(Linear encode, Linear decode, Tensor mean, Tensor basis, Tensor scale, Tensor? rotation = null)
    {
        var (down, up) = (basis * scale, basis / scale); // [D, Z]
        if (rotation is not null)
            (down, up) = (down.matmul(rotation), up.matmul(rotation));
        encode.weight.copy_(down.t());
        encode.bias!.copy_(mean.matmul(down).neg());
        decode.weight.copy_(up);
        decode.bias!.copy_(mean);
    }
}
