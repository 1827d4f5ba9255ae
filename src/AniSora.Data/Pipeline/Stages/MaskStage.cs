namespace AniSora.Data.Pipeline.Stages;

/// <summary>Finds foreground or motion masks: exact where there is alpha, else from flow or a segmenter.</summary>
public sealed class MaskStage(MaskConfig config, SequenceStage sequences) : Stage<MaskRow>
{
    /// <inheritdoc/>
    public override string Title => "making masks";

    /// <inheritdoc/>
    public override IReadOnlyList<IStage> Inputs => [sequences];

    /// <inheritdoc/>
    protected override int Version => 1;

    /// <inheritdoc/>
    protected override object Settings => config;

    /// <inheritdoc/>
    protected override IEnumerable<MaskRow> Run(WorkShard shard, Action<int, int> progress, CancellationToken cancellation) =>
        throw new NotSupportedException();
}
