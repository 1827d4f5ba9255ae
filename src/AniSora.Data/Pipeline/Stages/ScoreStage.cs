namespace AniSora.Data.Pipeline.Stages;

/// <summary>Measures what a clip is like: text, motion, camera, picture quality.</summary>
public sealed class ScoreStage(ScoreConfig config, SequenceStage sequences, CandidateStage candidates) : Stage<ScoreRow>
{
    /// <inheritdoc/>
    public override string Title => "measuring clips";

    /// <inheritdoc/>
    public override IReadOnlyList<IStage> Inputs => [sequences, candidates];

    /// <inheritdoc/>
    protected override int Version => 1;

    /// <inheritdoc/>
    protected override object Settings => config;

    /// <inheritdoc/>
    protected override IEnumerable<ScoreRow> Run(WorkShard shard, Action<int, int> progress, CancellationToken cancellation) =>
        throw new NotSupportedException();
}
