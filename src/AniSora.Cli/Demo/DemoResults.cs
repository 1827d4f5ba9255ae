using AniSora.Display;
using AniSora.Evaluation;

namespace AniSora.Cli.Demo;

/// <summary>Everything the demo page shows. Only measured things: what is missing is left out of the page, never made up.</summary>
/// <param name="Run">This run: when, where, how long.</param>
/// <param name="Model">The shipped model that made the results.</param>
/// <param name="Data">The clips, and a few to look at.</param>
/// <param name="Controls">Each way of directing the model, in the order of the page.</param>
/// <param name="Reconstruction">What the autoencoder alone does to held-out clips.</param>
/// <param name="Learning">The loss curves of this run, one per trained part.</param>
public sealed record DemoResults(
    DemoRun Run,
    ShippedModel Model,
    DataSummary Data,
    IReadOnlyList<ControlResult> Controls,
    Reconstruction Reconstruction,
    IReadOnlyList<LearningCurve> Learning);

/// <summary>When and where this run happened and what it cost.</summary>
/// <param name="Started">Begin of the first stage.</param>
/// <param name="Machine">In words, such as <c>2 cores of …, 24 GiB, Debian 12, libtorch 2.10.0</c>.</param>
/// <param name="Stages">In order.</param>
public sealed record DemoRun(DateTimeOffset Started, string Machine, IReadOnlyList<RunStage> Stages)
{
    /// <summary>Peak memory of the process, in MiB; null when not measured.</summary>
    public double? PeakMemoryMebibytes { get; init; }

    /// <summary>Downloaded by this run, in megabytes (10⁶ bytes); null when not measured.</summary>
    public double? DownloadedMegabytes { get; init; }
}

/// <summary>One stage of the run.</summary>
/// <param name="Name">A few words, such as <c>Train the autoencoder</c>.</param>
/// <param name="Command">The command line that repeats it; empty when it is a part of another.</param>
/// <param name="Wall">How long it took.</param>
/// <param name="Note">What came out, in a few words.</param>
public sealed record RunStage(string Name, string Command, TimeSpan Wall, string? Note = null);

/// <summary>Facts from the shipped model's card.</summary>
/// <param name="Name">Such as <c>anisora-demo</c>.</param>
/// <param name="VaeParameters">Weights of the autoencoder.</param>
/// <param name="DitParameters">Weights of the diffusion transformer and its caption encoder.</param>
/// <param name="Megabytes">All weight files together, in megabytes (10⁶ bytes).</param>
/// <param name="VaeTraining">Wall time of the autoencoder's training; zero when the card does not say.</param>
/// <param name="DitTraining">Wall time of the transformer's training; zero when the card does not say.</param>
/// <param name="Recipe">The script that trains it again.</param>
/// <param name="SampleSteps">Denoising steps per clip.</param>
/// <param name="SecondsPerClip">Mean wall time of sampling one clip in this run.</param>
public sealed record ShippedModel(
    string Name, long VaeParameters, long DitParameters, double Megabytes, TimeSpan VaeTraining, TimeSpan DitTraining,
    string Recipe, int SampleSteps, double SecondsPerClip);

/// <summary>The data set.</summary>
/// <param name="TrainingClips">Clips the model learned from.</param>
/// <param name="HeldOutClips">Clips of held-out sequences.</param>
/// <param name="TrainingSequences">Sequences the model learned from.</param>
/// <param name="HeldOutSequences">Sequences it never saw, in no colour.</param>
/// <param name="Sources">Where the pictures come from.</param>
/// <param name="Peek">A few real clips.</param>
public sealed record DataSummary(
    int TrainingClips, int HeldOutClips, int TrainingSequences, int HeldOutSequences,
    IReadOnlyList<DataSource> Sources, IReadOnlyList<PeekClip> Peek);

/// <summary>Where pictures come from.</summary>
/// <param name="Name">Such as <c>Tux Football</c>.</param>
/// <param name="Package">The Debian package and its version.</param>
/// <param name="Licence">Such as <c>GPL-2+</c>.</param>
/// <param name="Clips">How many clips of the set are from it.</param>
public sealed record DataSource(string Name, string Package, string Licence, int Clips);

/// <summary>A real clip to look at.</summary>
/// <param name="Video">The clip.</param>
/// <param name="Caption">Its caption, as the model is told it.</param>
public sealed record PeekClip(VideoFrames Video, string Caption);

/// <summary>Clips through the autoencoder and back, without any generation: the upper bound of the sharpness of every result.</summary>
/// <param name="Psnr">Over held-out clips, in dB.</param>
/// <param name="Ssim">Over held-out clips.</param>
/// <param name="PixelValues">Numbers in one clip (T·H·W·3).</param>
/// <param name="LatentValues">Numbers in its latents.</param>
/// <param name="Examples">A few held-out clips.</param>
public sealed record Reconstruction(
    Statistic Psnr, Statistic Ssim, int PixelValues, int LatentValues, IReadOnlyList<ReconstructionExample> Examples);

/// <summary>One clip through the autoencoder.</summary>
/// <param name="Real">The clip.</param>
/// <param name="Rebuilt">What came back.</param>
/// <param name="Caption">Its caption.</param>
public sealed record ReconstructionExample(VideoFrames Real, VideoFrames Rebuilt, string Caption);
