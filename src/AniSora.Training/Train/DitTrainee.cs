using AniSora.Data;
using AniSora.Training.Conditioning;
using AniSora.Training.Config;
using AniSora.Training.Diffusion;
using AniSora.Training.Sampling;

namespace AniSora.Training.Train;

/// <summary>
/// Trains the masked DiT together with its caption encoder: v-prediction on noised latents (facts §2.4), told the caption, the
/// folded mask and the guide's latent. Which guide is given is drawn anew for every clip.
/// </summary>
public sealed class DitTrainee : ITrainee
{
    private readonly MaskedVideoModel _model;
    private readonly DitTrainingConfig _config;
    private readonly HeldOutClips _heldOut;

    /// <summary>A model and what it is measured on.</summary>
    /// <param name="model">The DiT, its caption encoder and its latent space.</param>
    /// <param name="config">The run's configuration.</param>
    /// <param name="heldOut">Clips that are not trained on.</param>
    public DitTrainee(MaskedVideoModel model, DitTrainingConfig config, HeldOutClips heldOut)
    {
        (_model, _config, _heldOut) = (model, config, heldOut);
        Parameters = [.. model.NamedParameters()];
    }

    /// <inheritdoc/>
    public string Kind => "dit";

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Backward(ClipBatch batch, long step)
    {
        var random = Streams.For(_config.Schedule.Seed, step);
        manual_seed(random.NextInt64());
        _model.Train();
        var loss = Loss(batch, random);
        loss.backward();
        return new Dictionary<string, double> { ["loss"] = loss.item<float>() };
    }

    /// <inheritdoc/>
    public void Load(ITensorSource weights) => _model.Load(weights);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Evaluate(string pictureFile)
    {
        using var noGrad = no_grad();
        _model.Eval();
        var metrics = new Dictionary<string, double> { ["heldout_loss"] = HeldOutLoss() };

        // Pictures of the task that shows most: first, middle and last frame given.
        var strips = new List<byte[]>();
        double sum = 0;
        foreach (var clip in _heldOut.Clips.Take(4))
        {
            using var scope = NewDisposeScope();
            var guide = Guide.FromTask(clip, GuideTask.FirstMiddleLast);
            var video = VideoSampler.Sample(_model, [guide], new SamplingOptions { Steps = 16, Guidance = 1, Seed = 1 })[0];
            sum += guide.GeneratedPsnr(video, clip.Rgb);
            strips.Add(clip.Rgb);
            strips.Add(video);
        }
        _heldOut.Draw(pictureFile, strips);
        metrics["heldout_psnr"] = sum / Math.Min(4, _heldOut.Clips.Count);
        return metrics;
    }

    /// <summary>Weighted mean squared error of the predicted velocity (<see cref="PreconditioningFactors.LossWeight"/>).</summary>
    private Tensor Loss(ClipBatch batch, Random random)
    {
        var shape = (batch.B, batch.T, batch.H, batch.W);
        var video = Frames.ToVideo(batch.Rgb, shape);
        var drawn = DrawMasks(batch, _config.Tasks, random);
        var latent = _model.Latents.Encode(video);
        var guide = SpaceTimeMask.GuideChannels(_model.Latents, SpaceTimeMask.GuideVideo(batch.Rgb, drawn, shape), Frames.ToMask(drawn, shape));

        var captions = batch.Captions.AsEnumerable();
        if (_config.NoiseDraws > 1)
        {
            latent = latent.repeat(_config.NoiseDraws, 1, 1, 1, 1);
            guide = guide.repeat(_config.NoiseDraws, 1, 1, 1, 1);
            captions = Enumerable.Repeat(batch.Captions, _config.NoiseDraws).SelectMany(c => c);
        }
        var timesteps = _model.Schedule.SampleTimesteps(batch.B * _config.NoiseDraws, random.NextDouble);
        var noise = randn_like(latent);
        var noisy = _model.Schedule.AddNoise(latent, noise, timesteps);
        var target = _model.Schedule.Velocity(latent, noise, timesteps);
        var told = captions.Select(c => random.NextDouble() < _config.CaptionDropout ? null : c).ToArray();
        var predicted = _model.Predict(noisy, guide, told, timesteps);
        return ((predicted - target).square() * _model.Factors(guide, timesteps).LossWeight()).mean();
    }

    /// <summary>A random mask for each clip of a batch, <c>[B, T, H, W]</c>.</summary>
    internal static byte[] DrawMasks(ClipBatch batch, TaskMixture tasks, Random random)
    {
        int size = batch.T * batch.H * batch.W;
        var masks = new byte[batch.B * size];
        for (int b = 0; b < batch.B; b++)
            GuideTasks.DrawMask(GuideTasks.Draw(tasks, random), batch.Alpha.AsSpan(b * size, size), batch.T, batch.H, batch.W, random)
                .CopyTo(masks.AsSpan(b * size));
        return masks;
    }

    /// <summary>The loss on held-out clips, with the same noise, timesteps and masks at every measurement.</summary>
    private double HeldOutLoss()
    {
        var random = new Random(1);
        manual_seed(1);
        double sum = 0;
        foreach (var clip in _heldOut.Clips)
        {
            using var scope = NewDisposeScope();
            var batch = new ClipBatch(clip.Rgb, clip.Alpha, [clip.Row], [clip.Row.Caption], 1, clip.T, clip.H, clip.W);
            sum += Loss(batch, random).item<float>();
        }
        return sum / _heldOut.Clips.Count;
    }
}
