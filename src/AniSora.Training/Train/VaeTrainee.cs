using AniSora.Data;
using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Models.Conditioning;
using AniSora.Models.Fast;
using AniSora.Training.Config;

namespace AniSora.Training.Train;

/// <summary>
/// Trains the 3D causal VAE: squared (and absolute) error of the reconstruction, a little Kullback–Leibler divergence. Some clips
/// are replaced by a guide drawn from them, since the DiT reads guides through the VAE too.
/// </summary>
public sealed class VaeTrainee : ITrainee
{
    private readonly CausalVae _vae;
    private readonly VaeTrainingConfig _config;
    private readonly HeldOutClips _heldOut;

    /// <summary>A VAE and what it is measured on.</summary>
    /// <param name="vae">The VAE.</param>
    /// <param name="config">The run's configuration.</param>
    /// <param name="heldOut">Clips that are not trained on.</param>
    /// <param name="index">What the run's model says of itself.</param>
    public VaeTrainee(CausalVae vae, VaeTrainingConfig config, HeldOutClips heldOut, ModelIndex index)
    {
        (_vae, _config, _heldOut, Index) = (vae, config, heldOut, index);
        Parameters = [.. vae.named_parameters().Select(p => (p.name, p.parameter))];
    }

    /// <inheritdoc/>
    public string Kind => "vae";

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters { get; }

    /// <inheritdoc/>
    public IReadOnlyList<(string Folder, string Prefix, string Config)> Parts => [(ModelFolder.Vae, "", _vae.Config.ToJson())];

    /// <inheritdoc/>
    public ModelIndex Index { get; }

    /// <inheritdoc/>
    public bool MayLeaveParametersOut => false;

    /// <inheritdoc/>
    public StepLoss Loss(ClipBatch batch, long step)
    {
        _vae.train();
        using var recompute = ActivationCheckpointing.Blocks(_config.RecomputeBlocks);
        var streams = Enumerable.Range(batch.First, batch.B).Select(place => Streams.For(_config.Schedule.Seed, step, place)).ToArray();
        // A clip that is given in full is its own guide.
        var video = SpaceTimeMask.GuideVideo(batch.Rgb, DrawGuideMasks(batch, streams), (batch.B, batch.T, batch.H, batch.W), _vae.Device);
        var posterior = _vae.Encode(video);
        var noise = Streams.Normal(streams, posterior.Mean.shape[1..], _vae.Device);
        var error = _vae.Decode(posterior.Sample(noise)) - video;
        var squared = error.square().mean();
        var divergence = posterior.Kl();
        var loss = squared + divergence * _config.KlWeight;
        if (_config.L1Weight > 0)
            loss = loss + error.abs().mean() * _config.L1Weight;
        return new(loss, new Dictionary<string, Func<double>>
        {
            ["loss"] = () => loss.item<float>(),
            ["psnr"] = () => Decibel(squared.item<float>()),
            ["kl"] = () => divergence.item<float>(),
        });
    }

    /// <inheritdoc/>
    public void Load(ITensorSource weights) => Weights.Load(_vae, weights);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Evaluate(string pictureFile)
    {
        using var noGrad = no_grad();
        _vae.eval();
        var strips = new List<byte[]>();
        double sum = 0;
        foreach (var clip in _heldOut.Clips)
        {
            using var scope = NewDisposeScope();
            var video = Frames.ToVideo(clip.Rgb, (1, clip.T, clip.H, clip.W), _vae.Device);
            var decoded = _vae.Decode(_vae.Encode(video).Mean).clamp(-1, 1);
            sum += Decibel((decoded - video).square().mean().item<float>());
            strips.Add(clip.Rgb);
            strips.Add(Frames.ToBytes(decoded));
        }
        _heldOut.Draw(pictureFile, strips);
        return new Dictionary<string, double> { ["heldout_psnr"] = sum / _heldOut.Clips.Count };
    }

    private byte[] DrawGuideMasks(ClipBatch batch, Random[] streams)
    {
        int size = batch.T * batch.H * batch.W;
        var masks = new byte[batch.B * size];
        for (int b = 0; b < batch.B; b++)
        {
            var random = streams[b];
            var mask = masks.AsSpan(b * size, size);
            if (random.NextDouble() >= _config.GuideShare)
            {
                mask.Fill(1);
                continue;
            }
            var task = (GuideTask)random.Next((int)GuideTask.First, (int)GuideTask.Region + 1);
            GuideTasks.DrawMask(task, batch.Alpha.AsSpan(b * size, size), batch.T, batch.H, batch.W, random).CopyTo(mask);
        }
        return masks;
    }

    /// <summary>Peak signal-to-noise ratio of a mean squared error on values in [-1, 1] (peak to peak 2).</summary>
    private static double Decibel(double meanSquaredError) => -10 * Math.Log10(Math.Max(meanSquaredError, 1e-12) / 4);
}
