using AniSora.Models;
using AniSora.Models.Conditioning;

namespace AniSora.Training.Config;

/// <summary>Where a run's clips come from.</summary>
public sealed record DataConfig
{
    /// <summary>The folder that <c>anisora data prepare</c> wrote (it holds <c>clips.parquet</c>).</summary>
    public string Folder { get; init; } = "data/demo";

    /// <summary>SQL condition over the index's columns that chooses the clips to train on.</summary>
    public string Where { get; init; } = "split = 'train'";

    /// <summary>Clips in a step, over all processes.</summary>
    public int BatchSize { get; init; } = 2;

    /// <summary>
    /// Clips that a process works on at once; it adds up the gradients of the parts of its share of the step. 0 = all at once. Less needs
    /// less memory and gives the same weights up to rounding.
    /// </summary>
    public int PartSize { get; init; }

    /// <summary>Random backgrounds, shifts, wordings and mirrored clips.</summary>
    public bool Augment { get; init; } = true;

    /// <summary>Share of the clips that are turned, stretched, sheared and perhaps mirrored, in [0, 1]; needs <see cref="Augment"/>.</summary>
    public double WarpShare { get; init; }

    /// <summary>
    /// How evenly actions share an epoch: 0 = every clip once, 1 = every action alike, between them an action of n clips counts
    /// n^(1 - balance).
    /// </summary>
    public double Balance { get; init; } = 0.5;

    /// <summary>
    /// 0: an epoch goes through all clips. More: an epoch is a draw of so many by the weights that the index gives them, each epoch another;
    /// for indices of millions of clips.
    /// </summary>
    public int EpochClips { get; init; }

    /// <summary>
    /// Takes the clips' latents, and with <c>frozen_captions</c> the captions' embeddings, from what <c>anisora data precompute</c> stored for
    /// the very same models. Needs <see cref="Augment"/> off: a changed clip has another latent.
    /// </summary>
    public bool Cached { get; init; }

    /// <summary>Puts the clips' scores behind their captions (<c>motion score: 2.3. camera motion: pan left.</c>), to steer by when sampling.</summary>
    public bool CaptionSuffix { get; init; }

    /// <summary>Batches made ahead of the trainer.</summary>
    public int Prefetch { get; init; } = 4;
}

/// <summary>AdamW with linear warm-up, cosine decay, gradient clipping and an exponential moving average of the weights.</summary>
public sealed record OptimizerConfig
{
    /// <summary>Peak learning rate.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Share of the peak that the cosine ends at.</summary>
    public double FinalShare { get; init; } = 0.02;

    /// <summary>Steps of linear warm-up.</summary>
    public int WarmupSteps { get; init; } = 100;

    /// <summary>Decay of the gradient's running mean.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the squared gradient's running mean.</summary>
    public double Beta2 { get; init; } = 0.99;

    /// <summary>Added to the denominator.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay, on matrices and kernels only.</summary>
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>Largest global gradient norm.</summary>
    public double ClipNorm { get; init; } = 1.0;

    /// <summary>Decay of the weights' moving average; it is reached gradually, as min(decay, (1 + step) / (10 + step)).</summary>
    public double EmaDecay { get; init; } = 0.999;

    /// <summary>The learning rate of a step: linear warm-up, then half a cosine from the peak down to <see cref="FinalShare"/>.</summary>
    public double RateAt(long step, long steps)
    {
        double warm = Math.Min(1, (step + 1) / (double)Math.Max(1, WarmupSteps));
        double progress = Math.Clamp(step / (double)Math.Max(1, steps), 0, 1);
        return LearningRate * warm * (FinalShare + (1 - FinalShare) * 0.5 * (1 + Math.Cos(Math.PI * progress)));
    }
}

/// <summary>How long a run goes and what it leaves behind.</summary>
public sealed record ScheduleConfig
{
    /// <summary>Optimiser steps in all.</summary>
    public long Steps { get; init; } = 1000;

    /// <summary>Steps between checkpoints (0: only at the end).</summary>
    public long CheckpointEvery { get; init; } = 500;

    /// <summary>Checkpoints that are kept.</summary>
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>Steps between measurements on held-out clips, with a picture (0: only at the end).</summary>
    public long EvaluateEvery { get; init; } = 250;

    /// <summary>Held-out clips in a measurement.</summary>
    public int EvaluateClips { get; init; } = 8;

    /// <summary>Everything random in the run follows from this number and the step's number.</summary>
    public ulong Seed { get; init; } = 1;
}

/// <summary>A run of <c>anisora train vae</c>.</summary>
public sealed record VaeTrainingConfig
{
    /// <summary>The network.</summary>
    public VaeConfig Model { get; init; } = new();

    /// <summary>The clips.</summary>
    public DataConfig Data { get; init; } = new();

    /// <summary>The optimiser.</summary>
    public OptimizerConfig Optimizer { get; init; } = new();

    /// <summary>Length and outputs.</summary>
    public ScheduleConfig Schedule { get; init; } = new();

    /// <summary>
    /// What products are computed in: <c>float32</c>, or <c>bfloat16</c> where the processor has it (weights, norms, softmax and the
    /// optimiser stay float32; see <see cref="AniSora.Models.Fast.Precision"/>).
    /// </summary>
    public string Precision { get; init; } = "float32";

    /// <summary>Weight of the mean absolute error; the squared error's weight is one.</summary>
    public double L1Weight { get; init; }

    /// <summary>Weight of the Kullback–Leibler divergence from the unit Gaussian, per latent number.</summary>
    public double KlWeight { get; init; } = 1e-5;

    /// <summary>
    /// Share of the clips that are replaced by a random guide of theirs (<see cref="SpaceTimeMask.GuideVideo"/>), so that the
    /// guides that the DiT is given are coded as well as clips are.
    /// </summary>
    public double GuideShare { get; init; } = 0.2;

    /// <summary>Whether the residual blocks are computed again in the backward pass: less memory, about a third more time, the same numbers.</summary>
    public bool RecomputeBlocks { get; init; }

    /// <summary>Clips from which the linear path's principal components are computed before the first step.</summary>
    public int PrincipalComponentClips { get; init; } = 128;
}

/// <summary>A run of <c>anisora train dit</c>.</summary>
public sealed record DitTrainingConfig
{
    /// <summary>A model folder whose caption encoder is taken as it is and not trained; null: it is trained together with the transformer.</summary>
    public string? FrozenCaptions { get; init; }

    /// <summary>The diffusion transformer.</summary>
    public DitConfig Model { get; init; } = new();

    /// <summary>The caption encoder, trained with it; its vocabulary is the data set's when none is given.</summary>
    public CaptionConfig Caption { get; init; } = new();

    /// <summary>The clips.</summary>
    public DataConfig Data { get; init; } = new();

    /// <summary>The optimiser.</summary>
    public OptimizerConfig Optimizer { get; init; } = new();

    /// <summary>Length and outputs.</summary>
    public ScheduleConfig Schedule { get; init; } = new();

    /// <summary>
    /// What products are computed in: <c>float32</c>, or <c>bfloat16</c> where the processor has it (weights, norms, softmax and the
    /// optimiser stay float32; see <see cref="AniSora.Models.Fast.Precision"/>).
    /// </summary>
    public string Precision { get; init; } = "float32";

    /// <summary>Which guides are drawn how often.</summary>
    public TaskMixture Tasks { get; init; } = new();

    /// <summary>
    /// How often each encoded clip is used in a step, every time with another timestep and noise. Encoding the clip and its guide costs
    /// more than a small DiT's own step does.
    /// </summary>
    public int NoiseDraws { get; init; } = 1;

    /// <summary>Whether the DiT also says how sure it is at each place (see <see cref="AniSora.Models.Diffusion.Preconditioning"/>).</summary>
    public bool PredictVariance { get; init; }

    /// <summary>Probability that a caption is dropped, for classifier-free guidance.</summary>
    public double CaptionDropout { get; init; } = 0.1;

    /// <summary>Whether the transformer's blocks are computed again in the backward pass: less memory, about a third more time, the same numbers.</summary>
    public bool RecomputeBlocks { get; init; }

    /// <summary>SNR shift of the noise schedule (1: none, as CogVideoX-5B).</summary>
    public double SnrShift { get; init; } = 1;

    /// <summary>Clips over which the latents' mean and deviation are measured before the first step.</summary>
    public int LatentStatisticClips { get; init; } = 64;
}
