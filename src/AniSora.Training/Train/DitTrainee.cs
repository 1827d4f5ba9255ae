using AniSora.Data;
using AniSora.Models.Checkpoints;
using AniSora.Models.Conditioning;
using AniSora.Models.Diffusion;
using AniSora.Models.Fast;
using AniSora.Models.Sampling;
using AniSora.Training.Config;
using AniSora.Training.Precompute;

namespace AniSora.Training.Train;

/// <summary>
/// Trains the masked DiT together with its caption encoder: v-prediction (Salimans and Ho 2022, arXiv 2202.00512) on noised latents, told
/// the caption, the folded mask and the guide's latent. Which guide is given is drawn anew for every clip.
/// </summary>
public sealed class DitTrainee : ITrainee
{
    /// <summary>How the names of the held-out losses at one timestep begin: <c>heldout_loss_t100</c> … <c>heldout_loss_t900</c>.</summary>
    public const string TimestepLossPrefix = "heldout_loss_t";

    /// <summary>Where the loss over diffusion time is measured: from nearly clean to nearly noise.</summary>
    private static readonly long[] _timesteps = [100, 300, 500, 700, 900];

    private readonly MaskedVideoModel _model;
    private readonly DitTrainingConfig _config;
    private readonly HeldOutClips _heldOut;

    /// <summary>A model and what it is measured on.</summary>
    /// <param name="model">The DiT, its caption encoder and its latent space.</param>
    /// <param name="config">The run's configuration.</param>
    /// <param name="heldOut">Clips that are not trained on.</param>
    /// <param name="index">What the run's model says of itself.</param>
    public DitTrainee(MaskedVideoModel model, DitTrainingConfig config, HeldOutClips heldOut, ModelIndex index)
    {
        (_model, _config, _heldOut, Index) = (model, config, heldOut, index);
        Parameters = [.. model.NamedParameters()];
        Parts = model.Parts;
    }

    /// <summary>Latents computed ahead, or null.</summary>
    public TensorCache? LatentCache { get; init; }

    /// <inheritdoc/>
    public string Kind => "dit";

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters { get; }

    /// <inheritdoc/>
    public IReadOnlyList<(string Folder, string Prefix, string Config)> Parts { get; }

    /// <inheritdoc/>
    public ModelIndex Index { get; }

    /// <inheritdoc/>
    public StepLoss Loss(ClipBatch batch, long step)
    {
        _model.Train();
        using var recompute = ActivationCheckpointing.Blocks(_config.RecomputeBlocks);
        var loss = WeightedError(batch, place => Streams.For(_config.Schedule.Seed, step, place));
        return new(loss, new Dictionary<string, Func<double>> { ["loss"] = () => loss.item<float>() });
    }

    /// <inheritdoc/>
    public void Load(ITensorSource weights) => _model.Load(weights);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Evaluate(string pictureFile)
    {
        using var noGrad = no_grad();
        _model.Eval();
        var metrics = new Dictionary<string, double> { ["heldout_loss"] = HeldOutLoss() };
        foreach (long timestep in _timesteps)
            metrics[$"{TimestepLossPrefix}{timestep}"] = HeldOutLoss(timestep);

        // Pictures of the task that shows most: first, middle and last frame given.
        var strips = new List<byte[]>();
        double sum = 0;
        using var engine = new TorchVideoEngine(_model, Index);
        foreach (var clip in _heldOut.Clips.Take(4))
        {
            using var scope = NewDisposeScope();
            var guide = clip.Guide(GuideTask.FirstMiddleLast);
            var video = VideoSampler.Sample(engine, [guide], new SamplingOptions { Steps = 16, Guidance = 1, Seed = 1 })[0];
            sum += guide.GeneratedPsnr(video, clip.Rgb);
            strips.Add(clip.Rgb);
            strips.Add(video);
        }
        _heldOut.Draw(pictureFile, strips);
        metrics["heldout_psnr"] = sum / Math.Min(4, _heldOut.Clips.Count);
        return metrics;
    }

    /// <summary>Weighted mean squared error of the predicted velocity (<see cref="PreconditioningFactors.LossWeight"/>).</summary>
    /// <param name="batch">B clips, which are used <see cref="DitTrainingConfig.NoiseDraws"/> times each.</param>
    /// <param name="streamOf">A clip's random numbers, by its place in the step.</param>
    /// <param name="timestep">The timestep of all samples, each of which is then used once; null: drawn, stratified over the step.</param>
    private Tensor WeightedError(ClipBatch batch, Func<int, Random> streamOf, long? timestep = null)
    {
        int draws = timestep is null ? _config.NoiseDraws : 1;
        var streams = Enumerable.Range(batch.First, batch.B).Select(streamOf).ToArray();
        var shape = (batch.B, batch.T, batch.H, batch.W);
        var mask = DrawMasks(batch, _config.Tasks, streams);
        var device = _model.Device;
        var latent = LatentCache is null
            ? _model.Latents.Encode(Frames.ToVideo(batch.Rgb, shape, device))
            : _model.Latents.Normalize(LatentCache.Read(batch.Clips.Select(Precomputation.KeyOf), device));
        var guide = SpaceTimeMask.GuideChannels(_model.Latents, SpaceTimeMask.GuideVideo(batch.Rgb, mask, shape, device), mask);

        // Sample (draw, clip) of the step takes its timestep from stretch draw · clips + clip of the time.
        var samples = Enumerable.Range(0, draws).SelectMany(draw => Enumerable.Range(0, batch.B).Select(b => (Draw: draw, Clip: b))).ToArray();
        var timesteps = samples.Select(s => timestep ??
            _model.Schedule.SampleTimestep(s.Draw * batch.Of + batch.First + s.Clip, draws * batch.Of, streams[s.Clip].NextDouble())).ToArray();
        var told = samples.Select(s => streams[s.Clip].NextDouble() < _config.CaptionDropout ? null : batch.Captions[s.Clip]).ToArray();
        var noise = Streams.Normal(streams, [draws, .. latent.shape[1..]], device).transpose(0, 1).flatten(0, 1);

        latent = latent.repeat(draws, 1, 1, 1, 1);
        guide = guide.repeat(draws, 1, 1, 1, 1);
        var noisy = _model.Schedule.AddNoise(latent, noise, timesteps);
        var target = _model.Schedule.Velocity(latent, noise, timesteps);
        var predicted = _model.Predict(noisy, guide, told, timesteps);
        return ((predicted - target).square() * _model.Factors(guide, tensor(timesteps, device: device)).LossWeight()).mean();
    }

    /// <summary>A random mask for each clip of a batch from its own stream, <c>[B, T, H, W]</c>.</summary>
    internal static byte[] DrawMasks(ClipBatch batch, TaskMixture tasks, Random[] streams)
    {
        int size = batch.T * batch.H * batch.W;
        var masks = new byte[batch.B * size];
        for (int b = 0; b < batch.B; b++)
            GuideTasks.DrawMask(GuideTasks.Draw(tasks, streams[b]), batch.Alpha.AsSpan(b * size, size), batch.T, batch.H, batch.W, streams[b])
                .CopyTo(masks.AsSpan(b * size));
        return masks;
    }

    /// <summary>The loss on held-out clips, with the same noise, timesteps and masks at every measurement.</summary>
    private double HeldOutLoss(long? timestep = null)
    {
        double sum = 0;
        for (int i = 0; i < _heldOut.Clips.Count; i++)
        {
            using var scope = NewDisposeScope();
            var (clip, place) = (_heldOut.Clips[i], i);
            var batch = new ClipBatch(clip.Rgb, clip.Alpha, [clip.Row], [clip.Row.Caption], 1, clip.T, clip.H, clip.W);
            sum += WeightedError(batch, _ => Streams.For(1, 0, place), timestep).item<float>();
        }
        return sum / _heldOut.Clips.Count;
    }
}
