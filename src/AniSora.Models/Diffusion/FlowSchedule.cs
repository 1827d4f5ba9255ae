namespace AniSora.Models.Diffusion;

/// <summary>
/// Flow matching along straight lines (Lipman et al., arXiv 2210.02747), as AniSora V2 and later: x = (1 − σ)·x₀ + σ·ε, and the network
/// predicts the direction u = ε − x₀. A shift s > 1 spends more of the path at high noise (Stable Diffusion 3, arXiv 2403.03206, §5.3.2).
/// </summary>
public static class FlowSchedule
{
    private const int TrainingSteps = 1000;

    /// <summary>σ ← s·σ / (1 + (s − 1)·σ).</summary>
    /// <param name="sigma">Share of noise, 0 … 1.</param>
    /// <param name="shift">s; 1 changes nothing.</param>
    /// <returns>The shifted share, 0 … 1.</returns>
    public static double Shift(double sigma, double shift) => shift * sigma / (1 + ((shift - 1) * sigma));

    /// <summary>The noise level with a given share of noise.</summary>
    /// <param name="sigma">Share of noise, 0 … 1.</param>
    /// <returns>Timestep 1000·σ, α = 1 − σ.</returns>
    public static NoiseLevel Level(double sigma) => new(TrainingSteps * sigma, 1 - sigma, sigma);

    /// <summary>The levels of the reference's Euler sampler: even from 1 to the shifted 1/1000, then shifted.</summary>
    /// <param name="steps">Network evaluations.</param>
    /// <param name="shift">s.</param>
    /// <returns><paramref name="steps"/> + 1 levels, the last clean.</returns>
    public static NoiseLevel[] EulerPath(int steps, double shift = 5) => Path(steps, shift, 1, Shift(1.0 / TrainingSteps, shift), steps - 1);

    /// <summary>The levels of the reference's UniPC sampler: even from 999/1000 towards 0, then shifted.</summary>
    /// <param name="steps">Network evaluations.</param>
    /// <param name="shift">s.</param>
    /// <returns><paramref name="steps"/> + 1 levels, the last clean.</returns>
    /// <remarks>The reference tells the network whole timesteps.</remarks>
    public static NoiseLevel[] UniPcPath(int steps, double shift = 5) =>
        Array.ConvertAll(Path(steps, shift, 1 - (1.0 / TrainingSteps), 0, steps), l => l with { Timestep = Math.Truncate(l.Timestep) });

    /// <summary>Diffuses clean latents: (1 − σ)·x₀ + σ·ε.</summary>
    /// <param name="clean">x₀ [B, …].</param>
    /// <param name="noise">ε, same shape.</param>
    /// <param name="sigma">Shares of noise, broadcastable, e.g. [B, 1, 1, 1, 1].</param>
    /// <returns>Same shape as <paramref name="clean"/>.</returns>
    public static Tensor AddNoise(Tensor clean, Tensor noise, Tensor sigma) => clean + ((noise - clean) * sigma);

    /// <summary>What the network learns: u = ε − x₀.</summary>
    /// <param name="clean">x₀.</param>
    /// <param name="noise">ε, same shape.</param>
    /// <returns>Same shape.</returns>
    public static Tensor Direction(Tensor clean, Tensor noise) => noise - clean;

    private static NoiseLevel[] Path(int steps, double shift, double from, double to, int intervals)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        return [.. Enumerable.Range(0, steps).Select(i => Level(Shift(double.Lerp(from, to, (double)i / Math.Max(intervals, 1)), shift))), NoiseLevel.Clean];
    }
}
