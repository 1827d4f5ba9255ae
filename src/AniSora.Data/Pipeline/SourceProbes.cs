namespace AniSora.Data.Pipeline;

/// <summary>Probes sources of every kind.</summary>
public static class SourceProbes
{
    /// <summary>Says what a source holds, or why it cannot be used; a source that is missing or damaged does not throw.</summary>
    /// <param name="source">The source.</param>
    /// <param name="cancellation">Stops it.</param>
    public static ProbeRow Probe(SourceRow source, CancellationToken cancellation = default) => source.Kind switch
    {
        SourceKind.Film => FilmProbe.Probe(source, cancellation),
        SourceKind.Animation => AnimationProbe.Probe(source),
        SourceKind.Pictures => PicturesProbe.Probe(source),
        SourceKind.Sheet => SheetProbe.Probe(source),
        _ => ProbeRow.Unreadable(source.SourceId, $"kind \"{source.Kind}\" is unknown"),
    };
}
