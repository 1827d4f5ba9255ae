namespace AniSora.Data.Pipeline.Stages;

/// <summary>Asks every source what it holds; what cannot be used is recorded with its reason and goes no further.</summary>
public sealed class ProbeStage : Stage<ProbeRow>
{
    /// <inheritdoc/>
    public override string Title => "probing";

    /// <inheritdoc/>
    protected override int Version => 2;

    /// <inheritdoc/>
    protected override IEnumerable<ProbeRow> Run(WorkShard shard, Action<int, int> progress, CancellationToken cancellation)
    {
        int done = 0;
        return shard.Sources.Spread(cancellation).Select(source =>
        {
            var row = SourceProbes.Probe(source, cancellation);
            progress(Interlocked.Increment(ref done), shard.Sources.Count);
            return row;
        }).ToList();
    }
}
