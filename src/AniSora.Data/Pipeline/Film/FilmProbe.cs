using System.Globalization;

namespace AniSora.Data.Pipeline;

/// <summary>
/// What a film file holds, by ffprobe. Frames are counted and their times compared packet by packet, since what containers say of both is
/// often missing or wrong; then two frames are decoded. Nothing that is wrong with a file throws: the row has the reason.
/// </summary>
public static class FilmProbe
{
    /// <summary>Probes a source of kind <see cref="SourceKind.Film"/>.</summary>
    /// <param name="source">The source.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">ffmpeg is not installed.</exception>
    public static ProbeRow Probe(SourceRow source, CancellationToken cancellation = default) => Probe(source.SourceId, source.Path, cancellation);

    /// <summary>Probes a file.</summary>
    /// <param name="sourceId">What to call it in the row.</param>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">ffmpeg is not installed.</exception>
    public static ProbeRow Probe(string sourceId, string path, CancellationToken cancellation = default)
    {
        try
        {
            if (Refusal(path) is { } refusal)
                return ProbeRow.Unreadable(sourceId, refusal);
            var packets = FilmTimes.Read(path, cancellation);
            int PacketsOf(FilmStream s) => packets.GetValueOrDefault(s.Index)?.Count ?? 0;
            var streams = FilmStream.ReadAll(path, cancellation);
            // What a player shows: the default, then the largest; a stream of one picture is a cover or a title.
            var stream = streams.OrderByDescending(s => PacketsOf(s) > 1).ThenByDescending(s => s.IsDefault).ThenByDescending(s => (long)s.Width * s.Height).FirstOrDefault();
            if (stream is null)
                return ProbeRow.Unreadable(sourceId, "holds no video (sound only?)");
            if (stream.Refusal() is { } reason)
                return ProbeRow.Unreadable(sourceId, reason);
            var times = FilmTimes.Of(packets.GetValueOrDefault(stream.Index) ?? [], stream.Fps, stream.FinestFps);
            if (times.Frames < 2)
                return ProbeRow.Unreadable(sourceId, times.Frames == 0 ? "holds no pictures" : "holds one picture only; a film has two or more");
            if (times.Frames > FilmLimits.Frames || times.Seconds > FilmLimits.Seconds)
                return ProbeRow.Unreadable(sourceId, string.Create(CultureInfo.InvariantCulture, $"lasts {times.Seconds / 3600:0.0} hours ({times.Frames} frames), more than the {FilmLimits.Seconds / 3600:0} hours accepted; cut it"));
            var row = new ProbeRow(sourceId, true, "", stream.Container, stream.Codec, stream.Width, stream.Height, times.Frames, times.Fps, times.Variable, times.Seconds, stream.HasAlpha, stream.Index, stream.Colours);
            return Undecodable(path, row, cancellation) is { } complaint ? ProbeRow.Unreadable(sourceId, complaint) : row;
        }
        catch (Ffmpeg.FailedException e)
        {
            return ProbeRow.Unreadable(sourceId, $"not a film that can be read: {e.Message.Replace(FilmLimits.Literal(path) + ": ", "", StringComparison.Ordinal)}");
        }
    }

    private static string? Refusal(string path)
    {
        try
        {
            Media.RequireFile(path, MediaLimits.VideoBytes);
            using var file = File.OpenRead(path);
            Span<byte> head = stackalloc byte[512];
            int read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
            return read == 0 ? "is empty (0 bytes)" : Playlists.Refusal(head[..read]);
        }
        catch (InputException e)
        {
            return e.Message.Replace(path + ": ", "", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"cannot be read: {e.Message}";
        }
    }

    private static string? Undecodable(string path, ProbeRow row, CancellationToken cancellation)
    {
        const int side = 16;
        using var reader = FfmpegReader.Open(path, row, new FrameRequest(side, side, Fit: Fit.Stretch, Frames: 2), cancellation);
        var frame = new byte[side * side * 4];
        int read = 0;
        try
        {
            while (reader.Read(frame))
                read++;
        }
        catch (InputException e)
        {
            return e.Message.Replace(path + ": ", "", StringComparison.Ordinal);
        }
        return read < 2 ? "fewer than two of its pictures can be decoded" : null;
    }
}
