namespace AniSora.Data.Pipeline.Stages;

/// <summary>Cuts films into shots and finds their black borders; every other source is one shot.</summary>
/// <param name="config">How.</param>
/// <param name="probe">What the sources are.</param>
public sealed class ShotStage(ShotConfig config, ProbeStage probe) : Stage<ShotRow>
{
    /// <inheritdoc/>
    public override string Title => "finding shots";

    /// <inheritdoc/>
    public override IReadOnlyList<IStage> Inputs => [probe];

    /// <inheritdoc/>
    protected override int Version => 1;

    /// <inheritdoc/>
    protected override object Settings => config;

    /// <inheritdoc/>
    protected override IEnumerable<ShotRow> Run(WorkShard shard, Action<int, int> progress, CancellationToken cancellation) =>
        throw new NotSupportedException();
}
