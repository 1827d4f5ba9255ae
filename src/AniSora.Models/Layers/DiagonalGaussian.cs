using AniSora.Models.Runtime;

namespace AniSora.Models.Layers;

/// <summary>The encoder's answer: an independent normal distribution for every number of the latent.</summary>
public sealed class DiagonalGaussian
{
    /// <summary>Makes the distribution.</summary>
    /// <param name="mean">Means [B, Z, T', h, w].</param>
    /// <param name="logVar">Natural logarithms of the variances, same shape; clamped to [-30, 20].</param>
    public DiagonalGaussian(Tensor mean, Tensor logVar)
    {
        Mean = mean;
        LogVar = logVar.clamp(-30, 20);
    }

    /// <summary>Means [B, Z, T', h, w].</summary>
    public Tensor Mean { get; }

    /// <summary>Natural logarithms of the variances [B, Z, T', h, w], in [-30, 20].</summary>
    public Tensor LogVar { get; }

    /// <summary>Draws a latent: mean + exp(logvar / 2)·ε. Gradients flow to mean and variance.</summary>
    /// <param name="generator">Source of ε, on the CPU; null takes torch's own there.</param>
    /// <returns>A latent [B, Z, T', h, w].</returns>
    public Tensor Sample(Generator? generator = null) => Sample(randn(Mean.shape, device: CPU, generator: generator).ToDevice(Mean.device));

    /// <summary>The latent of a given ε.</summary>
    /// <param name="noise">[B, Z, T', h, w].</param>
    /// <returns>A latent [B, Z, T', h, w].</returns>
    public Tensor Sample(Tensor noise) => addcmul(Mean, (LogVar * 0.5).exp(), noise, 1);

    /// <summary>Divergence from the standard normal, ½ Σ (μ² + σ² − 1 − ln σ²), averaged over all numbers of the latent.</summary>
    /// <returns>A scalar in nats per latent number.</returns>
    public Tensor Kl() => (Mean.square() + LogVar.exp() - 1 - LogVar).mean() * 0.5;
}
