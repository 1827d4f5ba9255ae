using AniSora.Models;
using AniSora.Models.Checkpoints;
using AniSora.Models.Conditioning;
using AniSora.Models.Diffusion;
using AniSora.Models.Fast;
using AniSora.Models.Sampling;

namespace AniSora.Benchmarks.Stock;

/// <summary>The stock networks where our sampler expects an engine: the same steps, with the same arithmetic around them.</summary>
internal sealed class StockEngine : IVideoEngine
{
    private readonly StockVae _vae;
    private readonly StockDit _dit;
    private readonly CaptionEncoder _captions;
    private readonly Preconditioning _preconditioning;
    private readonly Tensor _mean;

    /// <summary>Loads a model folder.</summary>
    public StockEngine(string folder)
    {
        Index = ModelFolder.ReadIndex(folder);
        Schedule = new NoiseSchedule(Index.SnrShift);
        string Part(string name, string file) => Path.Combine(folder, name, file);
        var vae = VaeConfig.Load(Part(ModelFolder.Vae, ModelFolder.ConfigFileName));
        LatentChannels = vae.LatentChannels;
        Weights.Load(_vae = new StockVae(vae), Part(ModelFolder.Vae, ModelFolder.WeightsFileName));
        Weights.Load(_dit = new StockDit(DitConfig.Load(Part(ModelFolder.Transformer, ModelFolder.ConfigFileName))), Part(ModelFolder.Transformer, ModelFolder.WeightsFileName));
        _captions = ModelFolder.LoadCaptions(Path.Combine(folder, ModelFolder.CaptionEncoder));
        _preconditioning = new Preconditioning(Index.Latents.ChannelDeviations, Index.Latents.GuideDeviations, Schedule);
        _mean = tensor(Index.Latents.Mean, [1, LatentChannels, 1, 1, 1]);
        _vae.eval();
        _dit.eval();
    }

    /// <summary>The networks, for counting.</summary>
    public nn.Module[] Networks => [_vae, _dit];

    public ModelIndex Index { get; }

    public NoiseSchedule Schedule { get; }

    public CaptionConfig Captions => _captions.Config;

    public int LatentChannels { get; }

    public DenseArray Encode(DenseArray video, CancellationToken cancellation = default) =>
        Run(() => (_vae.Encode(Read(video)).narrow(1, 0, LatentChannels) - _mean) / Index.Latents.Deviation);

    public DenseArray Decode(DenseArray latent, CancellationToken cancellation = default) =>
        Run(() => _vae.Decode(Read(latent) * Index.Latents.Deviation + _mean).clamp(-1, 1));

    public DenseArray EncodeCaptions(IReadOnlyList<string?> captions)
    {
        using var plain = FastOps.Plain();
        return Run(() => _captions.Encode([.. captions.Select(c => c!)]));
    }

    public DenseArray PredictVelocity(DenseArray noisy, DenseArray guide, DenseArray text, int timestep, CancellationToken cancellation = default) => Run(() =>
    {
        var (x, given, time) = (Read(noisy), Read(guide), full(noisy.Shape[0], timestep, dtype: int64));
        var mask = given.narrow(1, 0, SpaceTimeMask.FoldedChannels);
        var factors = _preconditioning.For(time, mask, given.narrow(1, SpaceTimeMask.FoldedChannels, LatentChannels));
        return factors.Velocity(x, _dit.call(cat([factors.Input(x), mask, factors.ScaledGuide], 1), Read(text), time));
    });

    public void Dispose()
    {
    }

    private static Tensor Read(DenseArray array) => tensor(array.Values, array.Shape);

    private static DenseArray Run(Func<Tensor> work)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var result = work();
        return new(result.contiguous().data<float>().ToArray(), result.shape);
    }
}
