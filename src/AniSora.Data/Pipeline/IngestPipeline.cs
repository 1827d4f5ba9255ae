using AniSora.Data.Pipeline.Stages;
using AniSora.Kernels;

namespace AniSora.Data.Pipeline;

/// <summary>The stages that go from sources to described candidates, one unit of work at a time.</summary>
public sealed class IngestPipeline
{
    /// <summary>Connects the stages.</summary>
    /// <param name="config">The settings.</param>
    /// <param name="kernels">What computes the optical flow; all cores if null.</param>
    public IngestPipeline(IngestConfig config, KernelBackend? kernels = null)
    {
        Config = config;
        kernels ??= new SimdKernels();
        Probe = new ProbeStage();
        Shots = new ShotStage(config.Shots, Probe);
        Sequences = new SequenceStage(config.Clips, Probe, Shots);
        Candidates = new CandidateStage(config.Clips, Shots, Sequences);
        Scores = new ScoreStage(config.Scores, Probe, Shots, Sequences, Candidates) { Kernels = kernels };
        Masks = new MaskStage(config.Masks, Sequences) { Kernels = kernels };
        Captions = new CaptionStage(config.Captions, Sequences, Candidates, Scores);
        Stages = [Probe, Shots, Sequences, Candidates, Scores, Masks, Captions];
    }

    /// <summary>The settings.</summary>
    public IngestConfig Config { get; }
    /// <summary>What the sources are.</summary>
    public ProbeStage Probe { get; }
    /// <summary>Their shots.</summary>
    public ShotStage Shots { get; }
    /// <summary>The decoded frames.</summary>
    public SequenceStage Sequences { get; }
    /// <summary>The clips.</summary>
    public CandidateStage Candidates { get; }
    /// <summary>What they are like.</summary>
    public ScoreStage Scores { get; }
    /// <summary>What moves in them.</summary>
    public MaskStage Masks { get; }
    /// <summary>What they show.</summary>
    public CaptionStage Captions { get; }
    /// <summary>All of them, in order.</summary>
    public IReadOnlyList<IStage> Stages { get; }

    /// <summary>Works on units of work; parts that are there are left alone.</summary>
    /// <param name="folder">The data set, planned.</param>
    /// <param name="share">Which units of work are this worker's.</param>
    /// <param name="only">The one stage to run (its inputs must be there), or null for all.</param>
    /// <param name="progress">Hears how far it has come.</param>
    /// <param name="cancellation">Stops it; the part in the making is lost, nothing else.</param>
    /// <returns>How many parts were made.</returns>
    /// <exception cref="InputException">A table is damaged, or a file cannot be written.</exception>
    public int Work(DatasetFolder folder, WorkShare share, IStage? only = null, IProgress<WorkProgress>? progress = null, CancellationToken cancellation = default)
    {
        int made = 0;
        foreach (var shard in folder.Shards().Where(s => share.Has(s.Number)))
        {
            foreach (var stage in only is null ? Stages : [only])
            {
                cancellation.ThrowIfCancellationRequested();
                if (stage.Complete(shard, progress is null ? null : new Relay(progress, shard.Number), cancellation))
                    made++;
            }
            progress?.Report(new WorkProgress(shard.Number, shard.Sources.Count, default));
        }
        return made;
    }

    private sealed class Relay(IProgress<WorkProgress> progress, int shard) : IProgress<StageProgress>
    {
        public void Report(StageProgress value) => progress.Report(new WorkProgress(shard, 0, value));
    }
}

/// <summary>How far a worker has come.</summary>
/// <param name="Shard">The unit of work.</param>
/// <param name="Finished">Sources that have just gone through all stages; 0 while a stage is at work.</param>
/// <param name="Stage">The stage at work.</param>
public readonly record struct WorkProgress(int Shard, int Finished, StageProgress Stage);

/// <summary>Which units of work are a worker's: those whose number leaves the remainder <paramref name="Index"/>.</summary>
/// <param name="Index">0 … Count - 1.</param>
/// <param name="Count">Workers.</param>
public readonly record struct WorkShare(int Index, int Count)
{
    /// <summary>All of it.</summary>
    public static WorkShare All => new(0, 1);

    /// <summary>Whether a unit of work is this worker's.</summary>
    public bool Has(int number) => number % Count == Index;

    /// <summary>Reads <c>i/n</c> (i from 0), or finds the task of a Slurm array in the environment.</summary>
    /// <param name="text">Such as <c>3/8</c>; null to look at <c>SLURM_ARRAY_TASK_ID</c>, and to take everything where there is none.</param>
    /// <exception cref="InputException">The text is not a share.</exception>
    public static WorkShare Parse(string? text)
    {
        if (text is null)
        {
            int? Number(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), out int value) ? value : null;
            return Number("SLURM_ARRAY_TASK_ID") is { } id && Number("SLURM_ARRAY_TASK_COUNT") is > 0 and var count
                ? new WorkShare((id - (Number("SLURM_ARRAY_TASK_MIN") ?? 0)) % count, count)
                : All;
        }
        return text.Split('/') is [var i, var n] && int.TryParse(i, out int index) && int.TryParse(n, out int workers) && index >= 0 && index < workers
            ? new WorkShare(index, workers)
            : throw new InputException($"--shard {text}: write it as i/n with i from 0 to n - 1, such as 0/4");
    }
}
