namespace AniSora.Models.Diffusion;

/// <summary>
/// The variance-preserving diffusion of CogVideoX: scaled-linear betas, an optional shift of the signal-to-noise ratio, and zero terminal
/// SNR (Lin et al., arXiv 2305.08891), trained to predict v = √ᾱ·ε − √(1−ᾱ)·x₀ (Salimans &amp; Ho, arXiv 2202.00512).
/// </summary>
public sealed class NoiseSchedule
{
    private readonly double[] _alphasCumprod;

    /// <summary>Computes the tables.</summary>
    /// <param name="snrShift">Divides the signal-to-noise ratio: 1 for CogVideoX-5B and AniSora, 3 for the 2B model.</param>
    /// <param name="steps">Training timesteps.</param>
    /// <param name="betaStart">Variance added at the first timestep.</param>
    /// <param name="betaEnd">Variance added at the last timestep, before the rescaling.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value that makes no schedule.</exception>
    public NoiseSchedule(double snrShift = 1, int steps = 1000, double betaStart = 0.00085, double betaEnd = 0.012)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(snrShift);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(betaStart);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(betaEnd, 1);
        _alphasCumprod = ZeroTerminalSnr(ShiftSnr(ScaledLinear(steps, betaStart, betaEnd), snrShift));
    }

    /// <summary>Training timesteps.</summary>
    public int Steps => _alphasCumprod.Length;

    /// <summary>ᾱ, the share of the clean latent's variance, for every timestep: from almost 1 down to exactly 0.</summary>
    public ReadOnlySpan<double> AlphasCumprod => _alphasCumprod;

    /// <summary>The noise level of a timestep.</summary>
    /// <param name="timestep">0 … <see cref="Steps"/> − 1.</param>
    /// <returns>√ᾱ and √(1−ᾱ).</returns>
    public NoiseLevel Level(int timestep) => new(timestep, Math.Sqrt(_alphasCumprod[timestep]), Math.Sqrt(1 - _alphasCumprod[timestep]));

    /// <summary>The levels that a sampler goes through, from pure noise, evenly spaced from the end ("trailing"), to the clean latent.</summary>
    /// <param name="steps">Network evaluations, 1 … <see cref="Steps"/>.</param>
    /// <returns><paramref name="steps"/> + 1 levels.</returns>
    public NoiseLevel[] Path(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, Steps);
        var ratio = (double)Steps / steps;
        return [.. Enumerable.Range(0, steps).Select(i => Level((int)Math.Round(Steps - (i * ratio)) - 1)), NoiseLevel.Clean];
    }

    /// <summary>Diffuses clean latents: √ᾱ·x₀ + √(1−ᾱ)·ε.</summary>
    /// <param name="clean">x₀ [B, …].</param>
    /// <param name="noise">ε, same shape.</param>
    /// <param name="timesteps">One per sample, 0 … <see cref="Steps"/> − 1.</param>
    /// <returns>Same shape as <paramref name="clean"/>.</returns>
    public Tensor AddNoise(Tensor clean, Tensor noise, ReadOnlySpan<long> timesteps)
    {
        var (alpha, sigma) = Coefficients(clean, timesteps);
        return (clean * alpha) + (noise * sigma);
    }

    /// <summary>What the network learns: v = √ᾱ·ε − √(1−ᾱ)·x₀.</summary>
    /// <param name="clean">x₀ [B, …].</param>
    /// <param name="noise">ε, same shape.</param>
    /// <param name="timesteps">One per sample.</param>
    /// <returns>Same shape as <paramref name="clean"/>.</returns>
    public Tensor Velocity(Tensor clean, Tensor noise, ReadOnlySpan<long> timesteps)
    {
        var (alpha, sigma) = Coefficients(clean, timesteps);
        return (noise * alpha) - (clean * sigma);
    }

    /// <summary>The clean latent that a predicted velocity implies: √ᾱ·x − √(1−ᾱ)·v.</summary>
    /// <param name="noisy">x [B, …].</param>
    /// <param name="velocity">v, same shape.</param>
    /// <param name="timesteps">One per sample.</param>
    /// <returns>Same shape as <paramref name="noisy"/>.</returns>
    public Tensor CleanFromVelocity(Tensor noisy, Tensor velocity, ReadOnlySpan<long> timesteps)
    {
        var (alpha, sigma) = Coefficients(noisy, timesteps);
        return (noisy * alpha) - (velocity * sigma);
    }

    /// <summary>Draws the timestep of one of many samples, from its own stretch of the time: together they cover it evenly.</summary>
    /// <param name="stretch">The sample's number among them.</param>
    /// <param name="stretches">How many they are.</param>
    /// <param name="uniform">A random number in [0, 1).</param>
    public long SampleTimestep(int stretch, int stretches, double uniform) =>
        Math.Min(Steps - 1, (long)((stretch + uniform) * Steps / stretches));

    private (Tensor Alpha, Tensor Sigma) Coefficients(Tensor like, ReadOnlySpan<long> timesteps)
    {
        if (timesteps.Length != like.shape[0])
            throw new ArgumentException($"{timesteps.Length} timesteps for {like.shape[0]} samples");
        var (alpha, sigma) = (new float[timesteps.Length], new float[timesteps.Length]);
        for (var i = 0; i < timesteps.Length; i++)
        {
            var level = Level((int)timesteps[i]);
            (alpha[i], sigma[i]) = ((float)level.Alpha, (float)level.Sigma);
        }
        var shape = new long[like.ndim];
        Array.Fill(shape, 1);
        shape[0] = timesteps.Length;
        return (tensor(alpha, shape, device: like.device), tensor(sigma, shape, device: like.device));
    }

    /// <summary>β_t rises linearly in its root; ᾱ_t = Π (1 − β).</summary>
    private static double[] ScaledLinear(int steps, double start, double end)
    {
        var alphas = new double[steps];
        var product = 1.0;
        for (var i = 0; i < steps; i++)
        {
            var root = double.Lerp(Math.Sqrt(start), Math.Sqrt(end), (double)i / (steps - 1));
            alphas[i] = product *= 1 - (root * root);
        }
        return alphas;
    }

    /// <summary>ᾱ / (s + (1 − s)·ᾱ) divides ᾱ/(1−ᾱ) by s.</summary>
    private static double[] ShiftSnr(double[] alphas, double shift) => Array.ConvertAll(alphas, a => a / (shift + ((1 - shift) * a)));

    /// <summary>√ᾱ ← (√ᾱ − √ᾱ_T)·√ᾱ_0 / (√ᾱ_0 − √ᾱ_T): the first stays, the last becomes 0, so that sampling may start from pure noise.</summary>
    private static double[] ZeroTerminalSnr(double[] alphas)
    {
        var (first, last) = (Math.Sqrt(alphas[0]), Math.Sqrt(alphas[^1]));
        return Array.ConvertAll(alphas, a => Math.Pow((Math.Sqrt(a) - last) * first / (first - last), 2));
    }
}
