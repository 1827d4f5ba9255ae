using AniSora.Training.Conditioning;
using AniSora.Training.Diffusion;
using AniSora.Training.Train;

namespace AniSora.Training.Sampling;

/// <summary>Settings of a sampling run.</summary>
public sealed record SamplingOptions
{
    /// <summary>Denoising steps, 1 … 1000.</summary>
    public int Steps { get; init; } = 24;

    /// <summary>Classifier-free guidance on the caption; 1 leaves it out (and halves the work). The guide's pixels stay in both branches, as in AniSora.</summary>
    public double Guidance { get; init; } = 1;

    /// <summary>Seed of the noise; clip i of a call gets its own stream from seed + i.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>
    /// Scale of the starting noise, 0 … 2; 1 is the trained distribution. Below 1 videos come out nearer to what the model thinks most likely: calmer and closer to the
    /// real clip on average, less varied.
    /// </summary>
    public double Temperature { get; init; } = 0.5;

    /// <summary>The sampling algorithm.</summary>
    public Sampler Sampler { get; init; } = Samplers.Ddim;

    /// <summary>Checked values.</summary>
    /// <exception cref="InputException">A value is out of range; the message names the option.</exception>
    public void Validate()
    {
        if (Steps is < 1 or > 1000)
            throw new InputException($"--steps {Steps}: use 1 to 1000");
        if (!(Guidance is >= 0 and <= 50))
            throw new InputException($"--guidance {Guidance}: use 0 to 50 (1 leaves guidance out)");
        if (!(Temperature is >= 0 and <= 2))
            throw new InputException($"--temperature {Temperature}: use 0 to 2");
    }
}

/// <summary>Generates video from captions and guides.</summary>
public static class VideoSampler
{
    /// <summary>Generates one video for each guide; all guides have the same size.</summary>
    /// <param name="model">The model.</param>
    /// <param name="guides">What is given.</param>
    /// <param name="options">Steps, guidance, seed, algorithm.</param>
    /// <param name="onStep">Hears the number of each finished step.</param>
    /// <param name="cancellation">Stops between steps.</param>
    /// <returns>Frames <c>[T, H, W, 3]</c> for each guide; given pixels are the guide's own, exactly.</returns>
    public static IReadOnlyList<byte[]> Sample(
        MaskedVideoModel model, IReadOnlyList<Guide> guides, SamplingOptions options, Action<int>? onStep = null, CancellationToken cancellation = default)
    {
        options.Validate();
        model.Eval();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var result = Generate(model, guides, options, onStep, cancellation);
        return [.. Enumerable.Range(0, guides.Count).Select(i => Frames.ToBytes(result, i))];
    }

    /// <summary>The videos as they come out of the model and its guides, <c>[B, 3, T, H, W]</c> on the model's device.</summary>
    internal static Tensor Generate(
        MaskedVideoModel model, IReadOnlyList<Guide> guides, SamplingOptions options, Action<int>? onStep = null, CancellationToken cancellation = default)
    {
        var (video, mask, filled, given) = Stack(guides, model.Device);
        var guide = SpaceTimeMask.GuideChannels(model.Latents, filled, given);
        string?[] captions = [.. guides.Select(g => g.Caption)];

        long[] latentShape = [guides.Count, model.Latents.Vae.Config.LatentChannels, guide.shape[2], guide.shape[3], guide.shape[4]];
        var streams = guides.Select((_, i) => new Generator(options.Seed + (ulong)i)).ToList();
        Tensor Noise() => cat([.. streams.Select(stream => randn([1, .. latentShape[1..]], generator: stream))], 0).ToDevice(model.Device);
        var denoise = Samplers.FromVelocity((x, level) => Velocity(model, x, guide, captions, level, options.Guidance));
        var latent = options.Sampler(denoise, Noise() * options.Temperature, model.Schedule.Path(options.Steps), Noise, (step, _) =>
        {
            cancellation.ThrowIfCancellationRequested();
            onStep?.Invoke(step + 1);
        });
        foreach (var stream in streams)
            stream.Dispose();
        long folded = SpaceTimeMask.FoldedChannels;
        var decodedGuide = model.Latents.Decode(guide.narrow(1, folded, guide.shape[1] - folded));
        var detailed = GuideDetail.Restore(model.Latents.Decode(latent), filled, decodedGuide, mask);
        return SpaceTimeMask.Respect(detailed, video, mask);
    }

    private static Tensor Velocity(MaskedVideoModel model, Tensor x, Tensor guide, string?[] captions, NoiseLevel level, double guidance)
    {
        var timesteps = Enumerable.Repeat((long)level.Timestep, captions.Length).ToArray();
        var conditional = model.Predict(x, guide, captions, timesteps);
        if (guidance == 1)
            return conditional;
        var unconditional = model.Predict(x, guide, new string?[captions.Length], timesteps);
        return Guidance.Combine(unconditional, conditional, guidance);
    }

    private static (Tensor Video, Tensor Mask, Tensor Filled, byte[] Given) Stack(IReadOnlyList<Guide> guides, Device device)
    {
        var (t, h, w) = (guides[0].T, guides[0].H, guides[0].W);
        if (guides.Any(g => (g.T, g.H, g.W) != (t, h, w)))
            throw new ArgumentException("all guides of a call must have the same size", nameof(guides));
        var shape = (guides.Count, t, h, w);
        byte[] rgb = [.. guides.SelectMany(g => g.Rgb)], mask = [.. guides.SelectMany(g => g.Mask)];
        return (Frames.ToVideo(rgb, shape, device), Frames.ToMask(mask, shape, device), SpaceTimeMask.GuideVideo(rgb, mask, shape, device), mask);
    }
}
