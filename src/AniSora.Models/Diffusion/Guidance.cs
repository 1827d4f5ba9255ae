using AniSora.Models.Sampling;

namespace AniSora.Models.Diffusion;

/// <summary>Classifier-free guidance (Ho &amp; Salimans, arXiv 2207.12598) and how its strength may change while sampling.</summary>
public static class Guidance
{
    /// <summary>Goes from the prediction without caption past the one with it: u + w·(c − u) = (1 − w)·u + w·c.</summary>
    /// <param name="unconditional">Prediction without caption.</param>
    /// <param name="conditional">Prediction with caption, same shape.</param>
    /// <param name="weight">w; 1 gives the conditional prediction itself.</param>
    /// <returns>Same shape.</returns>
    public static DenseArray Combine(DenseArray unconditional, DenseArray conditional, double weight) =>
        DenseArray.Mix((1 - weight, unconditional), (weight, conditional));

    /// <summary>
    /// Dynamic guidance as the released CogVideoX and AniSora code computes it: 1 + s·(1 − cos(π·((N − t)/N)⁵))/2 with the
    /// training timestep t, so that the weight swings between 1 and 1 + s from step to step.
    /// </summary>
    /// <param name="scale">s; 6 in AniSora V1.</param>
    /// <param name="steps">N, the sampling steps.</param>
    /// <param name="timestep">t, 0 … 999.</param>
    /// <returns>A weight in [1, 1 + s].</returns>
    public static double DynamicWave(double scale, int steps, double timestep) => Cosine(scale, (steps - timestep) / steps);

    /// <summary>Dynamic guidance as it was meant: the same formula with t counting the remaining steps, rising from 1 to 1 + s.</summary>
    /// <param name="scale">s.</param>
    /// <param name="steps">N, the sampling steps.</param>
    /// <param name="step">Steps done so far, 0 … N.</param>
    /// <returns>A weight in [1, 1 + s].</returns>
    public static double DynamicRamp(double scale, int steps, int step) => Cosine(scale, (double)step / steps);

    private static double Cosine(double scale, double progress) => 1 + (scale * (1 - Math.Cos(Math.PI * Math.Pow(progress, 5))) / 2);
}
