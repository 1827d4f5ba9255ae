namespace AniSora.Training.Diffusion;

/// <summary>
/// Scales what goes into and comes out of the network so that it only has to learn what a Gaussian model of the latents cannot know
/// (Karras et al. 2022, arXiv 2206.00364, §5, here for v-prediction and for each latent channel by itself).
/// </summary>
/// <remarks>
/// <para>For x_t = α·x₀ + σ·ε with x₀ ~ N(0, s²) in a channel, x_t has variance κ² = α²s² + σ², and the best guess of the velocity from
/// x_t alone is α·σ·(1 - s²)/κ²·x_t; what is left of the velocity has deviation s/κ. So</para>
/// <code>v̂ = α·σ·(1 - s²)/κ² · x_t + s/κ · F(x_t / κ, guide / s)</code>
/// <para>With s = 1 in every channel this is v̂ = F(x_t), the published form.</para>
/// </remarks>
public sealed class Preconditioning
{
    private readonly Tensor _deviation;
    private readonly Tensor _variance;

    /// <summary>Preconditioning for latents of known deviations.</summary>
    /// <param name="deviations">s of each latent channel, C of them, positive.</param>
    public Preconditioning(float[] deviations)
    {
        using var scope = NewDisposeScope();
        _deviation = tensor(deviations).reshape(1, deviations.Length, 1, 1, 1).DetachFromDisposeScope();
        _variance = _deviation.square().DetachFromDisposeScope();
    }

    /// <summary>The guide's latent as the network sees it: every channel with deviation about 1.</summary>
    /// <param name="latent"><c>[B, C, T', h, w]</c>.</param>
    public Tensor ScaleGuide(Tensor latent) => latent / _deviation;

    /// <summary>The factors for some samples.</summary>
    /// <param name="levels">α and σ of each, B of them.</param>
    /// <returns>What multiplies the network's input, the noisy latent, and the network's output: <c>[B, C, 1, 1, 1]</c> each.</returns>
    public (Tensor Input, Tensor Skip, Tensor Output) Factors(IReadOnlyList<NoiseLevel> levels)
    {
        long[] shape = [levels.Count, 1, 1, 1, 1];
        var alpha = tensor(levels.Select(l => (float)l.Alpha).ToArray()).reshape(shape);
        var sigma = tensor(levels.Select(l => (float)l.Sigma).ToArray()).reshape(shape);
        var variance = alpha.square() * _variance + sigma.square();
        var input = variance.rsqrt();
        return (input, alpha * sigma * (1 - _variance) / variance, _deviation * input);
    }
}
