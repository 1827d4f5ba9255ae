namespace AniSora.Data.Pipeline.Shots;

/// <summary>A picture of the frames around each transition, to look at: one line per transition.</summary>
public static class ShotStrip
{
    /// <summary>Writes it.</summary>
    public static void Write(string path, string film, ProbeRow probe, FilmShots found, CancellationToken cancellation) => throw new NotSupportedException();
}
