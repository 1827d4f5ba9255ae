namespace AniSora.Models.Diffusion;

/// <summary>
/// Scales what goes into and comes out of the network so that it only has to learn what a Gaussian model of the latents cannot know
/// (Karras et al. 2022, arXiv 2206.00364, §5, here for v-prediction, for each latent channel by itself and around the guide).
/// </summary>
/// <remarks>
/// <para>Where nothing is given, a latent number is modelled as N(0, s²) with s its channel's deviation; where something is, as
/// N(g, r²) with g the guide's latent and r the channel's usual distance from it, less where the latent's frames are given themselves.
/// For x_t = α·x₀ + σ·ε and x₀ ~ N(m, p), y = x_t - α·m has variance κ² = α²p + σ²; the best guess of the velocity from x_t alone is
/// -σ·m + α·σ·(1 - p)/κ²·y, and what is left of the velocity has deviation √p/κ. So</para>
/// <code>v̂ = -σ·m + α·σ·(1 - p)/κ² · y + √p/κ · F(y/κ, mask, g/s)</code>
/// <para>With m = 0 and p = 1 this is v̂ = F(x_t, …), the published form. An untrained network (F = 0) already generates a noisy
/// cross-fade of what is given.</para>
/// <para>Most of an animation stands still, and there the prior is far too unsure. So the network has a second output h beside F, and
/// the best guess is made with the variance q = p·exp(h) in p's place. To say "nothing happens here" then is one number a place;
/// without it the network would have to learn to copy all its input's noise to its output.</para>
/// </remarks>
public sealed class Preconditioning
{
    // A latent whose four frames are all given still differs a little from the guide's: its neighbours do.
    internal const double GivenShare = 0.95;

    private readonly Tensor _deviation;
    private readonly Tensor _variance;
    private readonly Tensor _guideVariance;
    private readonly Tensor _alphas;
    private readonly Tensor _sigmas;

    /// <summary>Preconditioning for latents of known statistics.</summary>
    /// <param name="deviations">s of each latent channel, C of them, positive.</param>
    /// <param name="guideDeviations">r of each latent channel.</param>
    /// <param name="schedule">The noise level of every timestep.</param>
    /// <param name="device">Where the latents are; null = the CPU.</param>
    public Preconditioning(float[] deviations, float[] guideDeviations, NoiseSchedule schedule, Device? device = null)
    {
        long[] shape = [1, deviations.Length, 1, 1, 1];
        using var scope = NewDisposeScope();
        _deviation = tensor(deviations, device: device ?? CPU).reshape(shape).DetachFromDisposeScope();
        _variance = _deviation.square().DetachFromDisposeScope();
        _guideVariance = tensor(guideDeviations, device: device ?? CPU).reshape(shape).square().DetachFromDisposeScope();
        Tensor Table(Func<NoiseLevel, double> number) =>
            tensor(Enumerable.Range(0, schedule.Steps).Select(t => (float)number(schedule.Level(t))).ToArray(), device: device ?? CPU).DetachFromDisposeScope();
        (_alphas, _sigmas) = (Table(level => level.Alpha), Table(level => level.Sigma));
    }

    /// <summary>The factors for some samples.</summary>
    /// <param name="timesteps">The timestep of each, <c>[B]</c>, int64.</param>
    /// <param name="mask">Folded masks <c>[B, 4, T', h, w]</c>.</param>
    /// <param name="guide">The guides' latents <c>[B, C, T', h, w]</c>.</param>
    public PreconditioningFactors For(Tensor timesteps, Tensor mask, Tensor guide)
    {
        Tensor PerSample(Tensor table) => table.index_select(0, timesteps).view(-1, 1, 1, 1, 1);
        var (alpha, sigma) = (PerSample(_alphas), PerSample(_sigmas));
        // Whether anything is given at a place at any time, [B, 1, 1, h, w], and how much of a latent's own frames, [B, 1, T', h, w].
        var covered = mask.amax([1, 2], keepdim: true).gt(0).to(float32);
        // A share beyond 0 … 1, which only a mask that is none has, would make a negative variance, and NaN of it.
        var given = mask.mean([1], keepdim: true).clamp(0, 1);
        var prior = _variance * (1 - covered) + _guideVariance * (covered * (1 - given * GivenShare));
        var variance = alpha.square() * prior + sigma.square();
        return new(alpha, sigma, guide * covered, prior, variance, guide / _deviation);
    }
}

/// <summary>Factors for some samples; all broadcast over <c>[B, C, T', h, w]</c>.</summary>
/// <param name="Alpha">α.</param>
/// <param name="Sigma">σ.</param>
/// <param name="Mean">m, the prior's mean.</param>
/// <param name="Prior">p, the prior's variance.</param>
/// <param name="Variance">κ², the variance of y.</param>
/// <param name="ScaledGuide">g/s, as the network sees it.</param>
public sealed record PreconditioningFactors(Tensor Alpha, Tensor Sigma, Tensor Mean, Tensor Prior, Tensor Variance, Tensor ScaledGuide)
{
    internal const double LeastLogVariance = -9;
    internal const double GreatestLogVariance = 2;

    /// <summary>y/κ: what the network sees of the noisy latents.</summary>
    public Tensor Input(Tensor noisy) => (noisy - Mean * Alpha) * Variance.rsqrt();

    /// <summary>The velocity from the network's output.</summary>
    /// <param name="noisy">x_t.</param>
    /// <param name="output">F, <c>[B, C, …]</c>, or F and h, <c>[B, 2C, …]</c>.</param>
    public Tensor Velocity(Tensor noisy, Tensor output)
    {
        long channels = noisy.shape[1];
        var (variance, kappa2) = (Prior, Variance);
        if (output.shape[1] == 2 * channels)
        {
            variance = Prior * output.narrow(1, channels, channels).clamp(LeastLogVariance, GreatestLogVariance).exp();
            kappa2 = Alpha.square() * variance + Sigma.square();
        }
        var guess = (noisy - Mean * Alpha) * (Alpha * Sigma * (1 - variance) / kappa2) - Mean * Sigma;
        return guess + output.narrow(1, 0, channels) * (Prior / Variance).sqrt();
    }

    /// <summary>
    /// Weight of a squared velocity error: κ² over the sample's mean p. Every noise level then counts alike (as in Karras et al.), and
    /// every channel by its share of what is unknown; knowing no more than the prior gives a loss of 1.
    /// </summary>
    public Tensor LossWeight() => Variance / Prior.mean([1, 2, 3, 4], keepdim: true);
}
