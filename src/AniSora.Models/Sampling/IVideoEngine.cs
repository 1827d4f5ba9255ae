using AniSora.Models.Checkpoints;
using AniSora.Models.Diffusion;

namespace AniSora.Models.Sampling;

/// <summary>
/// Runs a model's networks while it samples; everything around them is the same arithmetic on plain arrays, whichever engine runs them.
/// An engine is used by one thread at a time.
/// </summary>
public interface IVideoEngine : IDisposable
{
    /// <summary>The model: sizes, frame rate, latent statistics.</summary>
    ModelIndex Index { get; }

    /// <summary>The noise schedule.</summary>
    NoiseSchedule Schedule { get; }

    /// <summary>The words that captions may have.</summary>
    CaptionConfig Captions { get; }

    /// <summary>Channels C of a latent.</summary>
    int LatentChannels { get; }

    /// <summary>Video to the latents that the transformer reads.</summary>
    /// <param name="video"><c>[B, 3, T, H, W]</c> in [-1, 1], T = 4k + 1.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Normalised posterior means <c>[B, C, T', H/8, W/8]</c>.</returns>
    DenseArray Encode(DenseArray video, CancellationToken cancellation = default);

    /// <summary>Latents to video.</summary>
    /// <param name="latent">Normalised latents <c>[B, C, T', h, w]</c>.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns><c>[B, 3, T, 8h, 8w]</c>, clamped to [-1, 1].</returns>
    DenseArray Decode(DenseArray latent, CancellationToken cancellation = default);

    /// <summary>Captions to embeddings.</summary>
    /// <param name="captions">B captions, null for none.</param>
    /// <returns><c>[B, L, E]</c>; zeros where there is no caption.</returns>
    /// <exception cref="InputException">A word is unknown or a caption too long.</exception>
    DenseArray EncodeCaptions(IReadOnlyList<string?> captions);

    /// <summary>Predicts the velocity √ᾱ·ε − √(1−ᾱ)·x₀.</summary>
    /// <param name="noisy">Noisy latents <c>[B, C, T', h, w]</c>.</param>
    /// <param name="guide">Folded mask and guide latent <c>[B, 4 + C, T', h, w]</c>.</param>
    /// <param name="text">Caption embeddings <c>[B, L, E]</c>.</param>
    /// <param name="timestep">Diffusion time of all samples, 0 … 999.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns><c>[B, C, T', h, w]</c>.</returns>
    DenseArray PredictVelocity(DenseArray noisy, DenseArray guide, DenseArray text, int timestep, CancellationToken cancellation = default);
}
