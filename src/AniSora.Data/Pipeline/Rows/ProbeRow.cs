using AniSora.Data.Tables;

namespace AniSora.Data.Pipeline;

/// <summary>What a source's file says of itself, or why it cannot be used: one row per source.</summary>
/// <param name="SourceId">The source.</param>
/// <param name="Readable">Whether it can be decoded as a video of two frames or more.</param>
/// <param name="Reason">Why not, in one line; empty if readable.</param>
/// <param name="Container">Such as <c>mov,mp4,m4a</c>; the format as the decoder names it.</param>
/// <param name="Codec">Such as <c>h264</c>, <c>webp</c>, <c>png</c>.</param>
/// <param name="Width">W of a frame in pixels, after sample aspect ratio and rotation.</param>
/// <param name="Height">H of a frame in pixels.</param>
/// <param name="Frames">Frames; an estimate for containers that do not count them.</param>
/// <param name="Fps">Frames per second; the mean where it varies.</param>
/// <param name="VariableFps">The distances of frames differ; such a film is read at a steady <paramref name="Fps"/>.</param>
/// <param name="Seconds">Duration.</param>
/// <param name="HasAlpha">Whether pixels can be transparent.</param>
/// <param name="Stream">Which of a film's streams is shown, as its container counts them.</param>
/// <param name="Colours">Of a film: <c>bt709</c>, untagged and large enough that players take it for that; <c>pq</c> or <c>hlg</c>, high dynamic range that is
/// tone-mapped; otherwise empty, and they are read as the file says.</param>
public sealed record ProbeRow(
    string SourceId, bool Readable, string Reason, string Container, string Codec, int Width, int Height, int Frames, double Fps, bool VariableFps,
    double Seconds, bool HasAlpha, int Stream = 0, string Colours = "") : ITableRow
{
    /// <inheritdoc/>
    public static string TableName => "probe";
    /// <inheritdoc/>
    public static int SchemaVersion => 2;

    /// <summary>The row of a source that cannot be used.</summary>
    public static ProbeRow Unreadable(string sourceId, string reason) => new(sourceId, false, reason, "", "", 0, 0, 0, 0, false, 0, false);

    /// <summary>The row that a probe makes of a source, or the reason why it cannot.</summary>
    /// <param name="source">The source.</param>
    /// <param name="probe">Reads the source; an <see cref="InputException"/> is the reason.</param>
    internal static ProbeRow Of(SourceRow source, Func<ProbeRow> probe)
    {
        try
        {
            return probe();
        }
        catch (InputException e)
        {
            // The row names the source already.
            return Unreadable(source.SourceId, e.Message.StartsWith(source.Path + ": ", StringComparison.Ordinal) ? e.Message[(source.Path.Length + 2)..] : e.Message);
        }
    }
}
