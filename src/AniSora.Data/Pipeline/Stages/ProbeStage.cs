namespace AniSora.Data.Pipeline.Stages;

/// <summary>Asks every source what it holds; what cannot be used is recorded with its reason and goes no further.</summary>
public sealed class ProbeStage : Stage<ProbeRow>
{
    /// <inheritdoc/>
    public override string Title => "probing";

    /// <inheritdoc/>
    protected override int Version => 1;

    /// <inheritdoc/>
    protected override IEnumerable<ProbeRow> Run(WorkShard shard, Action<int, int> progress, CancellationToken cancellation) =>
        throw new NotSupportedException();
}
