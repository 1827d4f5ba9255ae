using AniSora.Models.Checkpoints;
using AniSora.Models.Diffusion;

namespace AniSora.Models.Sampling;

/// <summary>Runs a model's networks with libtorch, on the device where the model is.</summary>
/// <remarks>
/// What goes in and out crosses between main memory and the device at every call. Latents are small: a clip of 49 × 480 × 720 pixels has
/// 1.1 million numbers, 4 MB, which takes a GPU's bus less than a thousandth of what the network takes.
/// </remarks>
public sealed class TorchVideoEngine : IVideoEngine
{
    private readonly MaskedVideoModel _model;

    /// <summary>An engine over a model, which is put in evaluation mode.</summary>
    /// <param name="model">The model.</param>
    /// <param name="index">What it says of itself.</param>
    public TorchVideoEngine(MaskedVideoModel model, ModelIndex index)
    {
        (_model, Index) = (model, index);
        model.Eval();
    }

    /// <inheritdoc/>
    public ModelIndex Index { get; }

    /// <inheritdoc/>
    public NoiseSchedule Schedule => _model.Schedule;

    /// <inheritdoc/>
    public CaptionConfig Captions => _model.Captions.Config;

    /// <inheritdoc/>
    public int LatentChannels => _model.Latents.Vae.Config.LatentChannels;

    /// <summary>How results are read; a test replaces it for a device that has no memory to read.</summary>
    internal Func<Tensor, DenseArray> Read { private get; init; } = TorchArrays.ToDense;

    /// <inheritdoc/>
    public DenseArray Encode(DenseArray video, CancellationToken cancellation = default) =>
        Run(() => _model.Latents.Encode(video.ToTensor(_model.Device)), cancellation);

    /// <inheritdoc/>
    public DenseArray Decode(DenseArray latent, CancellationToken cancellation = default) =>
        Run(() => _model.Latents.Decode(latent.ToTensor(_model.Device)), cancellation);

    /// <inheritdoc/>
    public DenseArray EncodeCaptions(IReadOnlyList<string?> captions) => Run(() => _model.EncodeCaptions(captions), default);

    /// <inheritdoc/>
    public DenseArray PredictVelocity(DenseArray noisy, DenseArray guide, DenseArray text, int timestep, CancellationToken cancellation = default)
    {
        var timesteps = new long[noisy.Shape[0]];
        Array.Fill(timesteps, timestep);
        return Run(() => _model.Predict(noisy.ToTensor(_model.Device), guide.ToTensor(_model.Device), text.ToTensor(_model.Device), tensor(timesteps, device: _model.Device)), cancellation);
    }

    /// <summary>Does nothing: the model is the caller's.</summary>
    public void Dispose()
    {
    }

    private DenseArray Run(Func<Tensor> work, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return Read(work());
    }
}
