using System.Numerics.Tensors;
using AniSora.Kernels;
using AniSora.Models.Conditioning;
using AniSora.Models.Diffusion;

namespace AniSora.Models.Sampling;

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

    /// <summary>
    /// Width in pixels (a standard deviation) over which what is generated fades into what is given beside it, 0 … 64; for frames that are given
    /// in part and whose guide has pixels on both sides (<see cref="Guide.FromRegion"/>). Given pixels stay exact.
    /// </summary>
    public double Feather { get; init; }

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
        if (!(Feather is >= 0 and <= MaskFeather.WidestSigma))
            throw new InputException($"--feather {Feather}: use 0 to {MaskFeather.WidestSigma} pixels");
    }
}

/// <summary>Generates video from captions and guides.</summary>
public static class VideoSampler
{
    /// <summary>Generates one video for each guide; all guides have the same size.</summary>
    /// <param name="engine">The model, and what runs it.</param>
    /// <param name="guides">What is given.</param>
    /// <param name="options">Steps, guidance, seed, algorithm.</param>
    /// <param name="onStep">Hears the number of each finished step.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Frames <c>[T, H, W, 3]</c> for each guide; given pixels are the guide's own, exactly.</returns>
    /// <exception cref="InputException">An option is out of range, a word unknown, the model does not fit, or a part of it gives NaN or infinity.</exception>
    public static IReadOnlyList<byte[]> Sample(
        IVideoEngine engine, IReadOnlyList<Guide> guides, SamplingOptions options, Action<int>? onStep = null, CancellationToken cancellation = default)
    {
        options.Validate();
        var (rgb, mask, shape) = Stack(guides);
        var text = Finite(engine.EncodeCaptions([.. guides.Select(g => g.Caption)]), "the caption encoder");
        var noText = options.Guidance == 1 ? null : Finite(engine.EncodeCaptions(new string?[guides.Count]), "the caption encoder, without a caption,");
        var filled = Frames.ToDense(SpaceTimeMask.Fill(rgb, mask, shape), shape);
        var guideLatent = Finite(engine.Encode(filled, cancellation), "the VAE's encoder");
        var guide = SpaceTimeMask.ChannelsOf(guideLatent, mask, shape);

        DenseArray Velocity(DenseArray x, NoiseLevel level)
        {
            var conditional = engine.PredictVelocity(x, guide, text, (int)level.Timestep, cancellation);
            return Finite(
                noText is null ? conditional : Guidance.Combine(engine.PredictVelocity(x, guide, noText, (int)level.Timestep, cancellation), conditional, options.Guidance),
                $"the transformer, at timestep {(int)level.Timestep},");
        }

        var streams = guides.Select((_, i) => new NoiseStream(options.Seed + (ulong)i)).ToArray();
        DenseArray Noise() => new([.. streams.SelectMany(stream => stream.Draw(guideLatent.Values.Length / streams.Length))], guideLatent.Shape);
        var latent = options.Sampler(
            Samplers.FromVelocity(Velocity), DenseArray.Mix((options.Temperature, Noise())), engine.Schedule.Path(options.Steps), Noise, (step, _) =>
            {
                cancellation.ThrowIfCancellationRequested();
                onStep?.Invoke(step + 1);
            });

        var video = GuideDetail.Restore(Finite(engine.Decode(latent, cancellation), "the VAE's decoder"), filled, engine.Decode(guideLatent, cancellation), mask);
        return [.. guides.Select((given, i) =>
        {
            var frames = Frames.ToBytes(video, i);
            if (options.Feather > 0)
                SpaceTimeMask.Fade(frames, given.Rgb, given.Mask, given.W, given.H, options.Feather);
            SpaceTimeMask.Respect(frames, given.Rgb, given.Mask);
            return frames;
        })];
    }

    /// <summary>Stops a black video where it begins: NaN becomes black on its way to bytes.</summary>
    private static DenseArray Finite(DenseArray values, string part) => TensorPrimitives.IsFiniteAll<float>(values.Values)
        ? values
        : throw new InputException($"{part} gave NaN or infinity: its weights diverged in training, or leave the range of --precision; try float32, or an earlier checkpoint");

    private static (byte[] Rgb, byte[] Mask, (int B, int T, int H, int W) Shape) Stack(IReadOnlyList<Guide> guides)
    {
        var (t, h, w) = (guides[0].T, guides[0].H, guides[0].W);
        if (guides.Any(g => (g.T, g.H, g.W) != (t, h, w)))
            throw new ArgumentException("all guides of a call must have the same size", nameof(guides));
        return ([.. guides.SelectMany(g => g.Rgb)], [.. guides.SelectMany(g => g.Mask)], (guides.Count, t, h, w));
    }
}
