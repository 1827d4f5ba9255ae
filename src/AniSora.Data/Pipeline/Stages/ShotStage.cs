using AniSora.Data.Pipeline.Shots;

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
    protected override int Version => 2;

    /// <inheritdoc/>
    protected override object Settings => config;

    /// <inheritdoc/>
    protected override IEnumerable<ShotRow> Run(WorkShard shard, Action<int, int> progress, CancellationToken cancellation)
    {
        config.Check();
        var probes = probe.Rows(shard).ToDictionary(p => p.SourceId, StringComparer.Ordinal);
        int done = 0;
        return shard.Sources.Spread(cancellation).Select(source =>
        {
            var rows = Shots(source, probes[source.SourceId], cancellation);
            progress(Interlocked.Increment(ref done), shard.Sources.Count);
            return rows;
        }).ToList().SelectMany(rows => rows);
    }

    private ShotRow[] Shots(SourceRow source, ProbeRow probe, CancellationToken cancellation)
    {
        if (!probe.Readable)
            return [];
        if (source.Kind != SourceKind.Film)
            return [new ShotRow(source.SourceId, 0, 0, probe.Frames, TransitionKind.Start, 0, 1, 0, 0, probe.Width, probe.Height, 0)];
        // Where a film is damaged further on, the shots before are used; decoding them records the damage.
        return [.. FilmShots.Find(source.Path, probe, config, cancellation: cancellation).Shots.Select((shot, i) => new ShotRow(
            source.SourceId, i, shot.FirstFrame, shot.Frames, shot.Begins?.Kind ?? TransitionKind.Start, shot.Begins?.FirstFrame ?? 0, shot.Begins?.Confidence ?? 1,
            shot.Picture.X, shot.Picture.Y, shot.Picture.Width, shot.Picture.Height,
            1 - (double)shot.Picture.Width * shot.Picture.Height / ((double)probe.Width * probe.Height)))];
    }
}
