using AniSora.Models.Conditioning;
using AniSora.Models.Diffusion;
using AniSora.Models.Sampling;

namespace AniSora.Onnx.Export.Models;

/// <summary>The masked DiT with the scales around it (<see cref="Preconditioning"/>) as a graph.</summary>
internal static class PreconditioningGraph
{
    /// <summary>Noisy latents [B, C, T', h, w], guide [B, 4 + C, T', h, w], caption embedding and timesteps to the velocity.</summary>
    public static Value Build(this GraphBuilder g, MaskedVideoModel model, Value noisy, Value guide, Value text, Value timestep)
    {
        long folded = SpaceTimeMask.FoldedChannels, channels = noisy.Shape[1].Constant;
        var parts = guide.Split(1, folded, channels);
        var (mask, latent) = (parts[0], parts[1]);
        var statistics = model.Latents.Statistics;
        Value PerChannel(string name, float[] numbers, Func<float, float> of) => g.Literal($"{name} of the channels", () => tensor(numbers.Select(of).ToArray()).reshape(1, channels, 1, 1, 1));
        Value PerSample(string name, Func<NoiseLevel, double> of) =>
            g.Literal(name, () => tensor(Enumerable.Range(0, model.Schedule.Steps).Select(t => (float)of(model.Schedule.Level(t))).ToArray())).Gather(timestep).Reshape(timestep.Shape[0], 1, 1, 1, 1);

        var (alpha, sigma) = (PerSample("alphas", level => level.Alpha), PerSample("sigmas", level => level.Sigma));
        // Whether anything is given at a place at any time, [B, 1, 1, h, w], and how much of a latent's own frames, [B, 1, T', h, w].
        var covered = mask.Max([1, 2], keepdim: true).Greater(0).Cast(ScalarType.Float32);
        var given = mask.Mean([1], keepdim: true).Clamp(0, 1);
        var prior = (PerChannel("variances", statistics.ChannelDeviations, s => s * s) * (1 - covered))
            + (PerChannel("guide variances", statistics.GuideDeviations, s => s * s) * (covered * (1 - (given * Preconditioning.GivenShare))));
        var variance = (alpha.Square() * prior) + sigma.Square();
        var mean = latent * covered;

        var input = (noisy - (mean * alpha)) / variance.Sqrt();
        var scaledGuide = latent / PerChannel("deviations", statistics.ChannelDeviations, s => s);
        var output = g.Build(model.Dit, Value.Concat([input, mask, scaledGuide], 1), text, timestep);

        // The velocity from the network's output: F, [B, C, …], or F and h, [B, 2C, …].
        var (believed, kappa2, f) = (prior, variance, output);
        if (output.Shape[1].Constant == 2 * channels)
        {
            var halves = output.Chunk(2, 1);
            f = halves[0];
            believed = prior * halves[1].Clamp(PreconditioningFactors.LeastLogVariance, PreconditioningFactors.GreatestLogVariance).Exp();
            kappa2 = (alpha.Square() * believed) + sigma.Square();
        }
        var guess = ((noisy - (mean * alpha)) * (alpha * sigma * (1 - believed) / kappa2)) - (mean * sigma);
        return guess + (f * (prior / variance).Sqrt());
    }
}
