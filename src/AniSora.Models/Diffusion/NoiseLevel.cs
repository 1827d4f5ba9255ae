namespace AniSora.Models.Diffusion;

/// <summary>A point on the way from noise to picture: x = α·x₀ + σ·ε.</summary>
/// <param name="Timestep">What the network is told: 0 (clean) to 1000 (noise).</param>
/// <param name="Alpha">Share of the clean latent, 0 to 1.</param>
/// <param name="Sigma">Share of the noise, 1 to 0.</param>
public readonly record struct NoiseLevel(double Timestep, double Alpha, double Sigma)
{
    /// <summary>The end of every path: nothing but the clean latent.</summary>
    public static NoiseLevel Clean => new(0, 1, 0);

    /// <summary>Half the logarithm of the signal-to-noise ratio, ln(α/σ): −∞ for pure noise, +∞ for the clean latent.</summary>
    public double Lambda => Math.Log(Alpha) - Math.Log(Sigma);
}
