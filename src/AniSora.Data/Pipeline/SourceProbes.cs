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
        SourceKind.Animation => throw new NotSupportedException("animation"),
        SourceKind.Pictures => throw new NotSupportedException("pictures"),
        SourceKind.Sheet => throw new NotSupportedException("sheet"),
        _ => ProbeRow.Unreadable(source.SourceId, $"kind \"{source.Kind}\" is unknown"),
    };
}
