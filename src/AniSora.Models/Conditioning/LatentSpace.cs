using AniSora.Models.Runtime;

namespace AniSora.Models.Conditioning;

/// <summary>
/// The space that the DiT works in: a VAE's latents, each channel brought to mean 0, and all by one factor to mean variance 1, as the
/// published models' scaling factor does. Channels keep their proportions, so that the DiT's loss weighs them about as a viewer does.
/// </summary>
public sealed class LatentSpace
{
    private readonly Tensor _mean;

    /// <summary>A latent space over a VAE with known statistics.</summary>
    /// <param name="vae">The VAE; it is put in evaluation mode.</param>
    /// <param name="statistics">Each latent channel's mean, and the common deviation.</param>
    public LatentSpace(CausalVae vae, LatentStatistics statistics)
    {
        Vae = vae;
        Statistics = statistics;
        vae.eval();
        long channels = statistics.Mean.Length;
        _mean = tensor(statistics.Mean, device: vae.Device).reshape(1, channels, 1, 1, 1).DetachFromDisposeScope();
        Device = vae.Device;
    }

    /// <summary>Where the VAE is, and videos and latents belong. It must not be moved afterwards.</summary>
    public Device Device { get; }

    /// <summary>The VAE.</summary>
    public CausalVae Vae { get; }

    /// <summary>The latents' statistics over the training clips.</summary>
    public LatentStatistics Statistics { get; }

    /// <summary>Video <c>[B, 3, T, H, W]</c> in [-1, 1] to normalised latents <c>[B, C, T', H/8, W/8]</c> (the posterior's mean). No gradient.</summary>
    public Tensor Encode(Tensor video)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return Normalize(Vae.Encode(video).Mean).MoveToOuterDisposeScope();
    }

    /// <summary>The VAE's own latents <c>[B, C, T', h, w]</c> (the posterior's mean) in this space.</summary>
    public Tensor Normalize(Tensor mean) => (mean - _mean) * (1 / Statistics.Deviation);

    /// <summary>Latents of this space <c>[B, C, T', h, w]</c> as the VAE has them.</summary>
    public Tensor Denormalize(Tensor latents) => latents * Statistics.Deviation + _mean;

    /// <summary>Normalised latents <c>[B, C, T', h, w]</c> to video <c>[B, 3, T, 8h, 8w]</c>, clamped to [-1, 1]. No gradient.</summary>
    public Tensor Decode(Tensor latents)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return Vae.Decode(Denormalize(latents)).clamp(-1, 1).MoveToOuterDisposeScope();
    }

    /// <summary>Measures the latents' statistics over clips.</summary>
    /// <param name="vae">The VAE.</param>
    /// <param name="videos">Videos <c>[B, 3, T, H, W]</c> on the VAE's device; each is disposed after use.</param>
    public static LatentStatistics Measure(CausalVae vae, IEnumerable<Tensor> videos)
    {
        using var noGrad = no_grad();
        vae.eval();
        double[]? sum = null;
        double[]? squares = null;
        long count = 0;
        foreach (var video in videos)
        {
            using var scope = NewDisposeScope();
            var mean = vae.Encode(video).Mean.to(float64);
            sum ??= new double[mean.shape[1]];
            squares ??= new double[mean.shape[1]];
            long[] others = [0, 2, 3, 4];
            var sums = mean.sum(others).ToArray<double>();
            var sumsOfSquares = (mean * mean).sum(others).ToArray<double>();
            for (int c = 0; c < sum.Length; c++)
            {
                sum[c] += sums[c];
                squares[c] += sumsOfSquares[c];
            }
            count += mean.numel() / sum.Length;
            video.Dispose();
        }
        if (sum is null || squares is null)
            throw new InputException("no clips to measure the latents on: check data.where and data.folder");
        var means = sum.Select(s => s / count).ToArray();
        var variances = squares.Select((s, c) => Math.Max(1e-8, s / count - means[c] * means[c])).ToArray();
        double mean2 = variances.Average();
        return new LatentStatistics
        {
            Mean = [.. means.Select(m => (float)m)],
            Deviation = (float)Math.Sqrt(mean2),
            ChannelDeviations = [.. variances.Select(v => (float)Math.Sqrt(v / mean2))],
        };
    }
}

/// <summary>Mean of each latent channel, standard deviation of all together and of each by itself.</summary>
public sealed record LatentStatistics
{
    /// <summary>Mean of each channel.</summary>
    public float[] Mean { get; init; } = [];

    /// <summary>Root of the channels' mean variance.</summary>
    public float Deviation { get; init; } = 1;

    /// <summary>Each channel's standard deviation after the division by <see cref="Deviation"/>; their mean square is 1.</summary>
    public float[] ChannelDeviations { get; init; } = [];

    /// <summary>Each channel's root mean squared distance from the guide's latent, where something but not everything is given.</summary>
    public float[] GuideDeviations { get; init; } = [];
}
