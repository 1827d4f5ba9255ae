using AniSora.Models.Sampling;
using static AniSora.Models.Sampling.DenseArray;

namespace AniSora.Models.Diffusion;

/// <summary>Estimates the clean latent x₀ from a noisy one.</summary>
/// <param name="x">Noisy latent [B, C, T', h, w].</param>
/// <param name="level">How noisy it is.</param>
/// <returns>Estimate of x₀, same shape.</returns>
public delegate DenseArray Denoiser(DenseArray x, NoiseLevel level);

/// <summary>Turns noise into a latent along a path of noise levels.</summary>
/// <param name="denoise">The model.</param>
/// <param name="x">Noise [B, C, T', h, w].</param>
/// <param name="path">Levels from noise to clean; one evaluation of the model for each but the last.</param>
/// <param name="noise">Gives fresh noise of the shape of <paramref name="x"/>; called once per step by samplers that need it.</param>
/// <param name="onStep">Told the step's index and its latent after every step.</param>
/// <returns>The latent at the path's end.</returns>
public delegate DenseArray Sampler(Denoiser denoise, DenseArray x, IReadOnlyList<NoiseLevel> path, Func<DenseArray> noise, Action<int, DenseArray>? onStep = null);

/// <summary>
/// Sampling algorithms. All work on estimates of x₀ and on (α, σ), so each runs on the diffusion and on the flow path alike. Latents are
/// plain arrays: next to a network's work this arithmetic is nothing, and so it is the same for every engine.
/// </summary>
public static class Samplers
{
    /// <summary>Makes a denoiser of a network that predicts v on the diffusion path: x₀ = α·x − σ·v.</summary>
    /// <param name="network">Given the noisy latent and its level, predicts v.</param>
    /// <returns>A denoiser.</returns>
    public static Denoiser FromVelocity(Func<DenseArray, NoiseLevel, DenseArray> network) => (x, level) => Mix((level.Alpha, x), (-level.Sigma, network(x, level)));

    /// <summary>Makes a denoiser of a network that predicts u on the flow path: x₀ = x − σ·u.</summary>
    /// <param name="network">Given the noisy latent and its level, predicts u.</param>
    /// <returns>A denoiser.</returns>
    public static Denoiser FromFlow(Func<DenseArray, NoiseLevel, DenseArray> network) => (x, level) => Mix((1, x), (-level.Sigma, network(x, level)));

    /// <summary>DDIM without noise (Song et al., arXiv 2010.02502, eq. 12): keeps the implied noise and moves to the next level.</summary>
    /// <inheritdoc cref="Sampler"/>
    /// <remarks>On the flow path this is the Euler method.</remarks>
    public static DenseArray Ddim(Denoiser denoise, DenseArray x, IReadOnlyList<NoiseLevel> path, Func<DenseArray> noise, Action<int, DenseArray>? onStep = null)
    {
        for (var i = 0; i + 1 < path.Count; i++)
        {
            var (now, next) = (path[i], path[i + 1]);
            var keep = next.Sigma / now.Sigma;
            x = Mix((keep, x), (next.Alpha - (now.Alpha * keep), denoise(x, now)));
            onStep?.Invoke(i, x);
        }
        return x;
    }

    /// <summary>
    /// SDE-DPM-Solver++(2M) (Lu et al., arXiv 2211.01095, with the stochastic term of k-diffusion): fresh noise at every step, and a
    /// straight line through the last two estimates. CogVideoX's and AniSora V1's sampler.
    /// </summary>
    /// <inheritdoc cref="Sampler"/>
    public static DenseArray DpmPlusPlus2MSde(Denoiser denoise, DenseArray x, IReadOnlyList<NoiseLevel> path, Func<DenseArray> noise, Action<int, DenseArray>? onStep = null)
    {
        DenseArray? before = null;
        for (var i = 0; i + 1 < path.Count; i++)
        {
            var (now, next) = (path[i], path[i + 1]);
            var clean = denoise(x, now);
            if (next.Sigma == 0)
                x = clean;
            else
            {
                var h = next.Lambda - now.Lambda; // infinite at the first step from pure noise; every factor below then is finite
                var line = clean;
                if (before is not null)
                {
                    var weight = h / (now.Lambda - path[i - 1].Lambda) / 2; // 1 / 2r
                    line = Mix((1 + weight, clean), (-weight, before));
                }
                x = Mix(
                    (next.Sigma / now.Sigma * Math.Exp(-h), x),
                    (-double.ExpM1(-2 * h) * next.Alpha, line),
                    (next.Sigma * Math.Sqrt(-double.ExpM1(-2 * h)), noise()));
            }
            before = clean;
            onStep?.Invoke(i, x);
        }
        return x;
    }

    /// <summary>
    /// UniPC of order 2 in its B₂(h) form (Zhao et al., arXiv 2302.04867, algorithms 1–4): predicts the next latent, and once the model
    /// has been evaluated there, corrects it. AniSora V2's sampler.
    /// </summary>
    /// <inheritdoc cref="Sampler"/>
    public static DenseArray UniPc(Denoiser denoise, DenseArray x, IReadOnlyList<NoiseLevel> path, Func<DenseArray> noise, Action<int, DenseArray>? onStep = null)
    {
        DenseArray? start = null; // the latent at the step before
        var cleans = new List<DenseArray>(); // estimates of x₀ at all levels so far
        for (var i = 0; i + 1 < path.Count; i++)
        {
            var clean = denoise(x, path[i]);
            if (start is not null)
                x = UniPcMove(start, path, i - 1, cleans, clean);
            var next = path[i + 1].Sigma == 0
                ? Mix((path[i + 1].Sigma / path[i].Sigma, x), (path[i + 1].Alpha, clean))
                : UniPcMove(x, path, i, [.. cleans, clean], null);
            cleans.Add(clean);
            (start, x) = (x, next);
            onStep?.Invoke(i, x);
        }
        return x;
    }

    /// <summary>From level i to i + 1: the predictor, or the corrector if the estimate <paramref name="ahead"/> at i + 1 is known.</summary>
    private static DenseArray UniPcMove(DenseArray x, IReadOnlyList<NoiseLevel> path, int i, IReadOnlyList<DenseArray> cleans, DenseArray? ahead)
    {
        var (now, next, clean) = (path[i], path[i + 1], cleans[i]);
        var h = next.Lambda - now.Lambda;
        var b = double.ExpM1(-h); // both h·φ₁ and B₂(h)
        var moved = Mix((next.Sigma / now.Sigma, x), (-next.Alpha * b, clean));

        // Where λ was −∞ (pure noise) the slope from that level is no information.
        var ratio = i > 0 ? (path[i - 1].Lambda - now.Lambda) / h : double.NegativeInfinity;
        var slope = double.IsFinite(ratio) ? Mix((1 / ratio, cleans[i - 1]), (-1 / ratio, clean)) : null;
        if (ahead is null)
            return slope is null ? moved : Mix((1, moved), (-next.Alpha * b * 0.5, slope));

        // Solve [1 1; r 1]·ρ = [g₁; g₂] for the corrector's two slopes; with one slope ρ = ½.
        var (past, future) = (0.0, 0.5);
        if (slope is not null)
        {
            var phi2 = (b / -h) - 1;
            var phi3 = (phi2 / -h) - 0.5;
            var (g1, g2) = (phi2 / b, 2 * phi3 / b);
            past = (g1 - g2) / (1 - ratio);
            future = g1 - past;
            moved = Mix((1, moved), (-next.Alpha * b * past, slope));
        }
        return Mix((1, moved), (-next.Alpha * b * future, ahead), (next.Alpha * b * future, clean));
    }
}
