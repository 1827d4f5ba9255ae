namespace AniSora.Data.Pipeline.Stages;

/// <summary>Says in words what a clip shows.</summary>
public sealed class CaptionStage(CaptionConfig config, CandidateStage candidates, ScoreStage scores) : Stage<CaptionRow>
{
    /// <inheritdoc/>
    public override string Title => "captioning";

    /// <inheritdoc/>
    public override IReadOnlyList<IStage> Inputs => [candidates, scores];

    /// <inheritdoc/>
    protected override int Version => 1;

    /// <inheritdoc/>
    protected override object Settings => config;

    /// <inheritdoc/>
    protected override IEnumerable<CaptionRow> Run(WorkShard shard, Action<int, int> progress, CancellationToken cancellation) =>
        throw new NotSupportedException();
}
