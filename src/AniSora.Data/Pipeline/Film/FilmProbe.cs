using System.Globalization;
using System.Text.Json;

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
            var stream = Describe(path, cancellation);
            if (stream.Refusal() is { } reason)
                return ProbeRow.Unreadable(sourceId, reason);
            var times = FilmTimes.Read(path, stream.Fps, cancellation);
            if (times.Frames < 2)
                return ProbeRow.Unreadable(sourceId, times.Frames == 0 ? "holds no pictures" : "holds one picture only; a film has two or more");
            if (times.Frames > FilmLimits.Frames || times.Seconds > FilmLimits.Seconds)
                return ProbeRow.Unreadable(sourceId, string.Create(CultureInfo.InvariantCulture, $"lasts {times.Seconds / 3600:0.0} hours ({times.Frames} frames), more than the {FilmLimits.Seconds / 3600:0} hours accepted; cut it"));
            var row = new ProbeRow(sourceId, true, "", stream.Container, stream.Codec, stream.Width, stream.Height, times.Frames, times.Fps, times.Variable, times.Seconds, stream.HasAlpha);
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
            return read == 0 ? "is empty (0 bytes)" : Playlists.NameOf(head[..read]) is { } playlist ? $"is {playlist}, which names other files or addresses; give the film itself" : null;
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

    private sealed record VideoStream(string Container, string Codec, int Width, int Height, double Fps, bool HasAlpha)
    {
        public string? Refusal() =>
            Codec.Length == 0 ? "holds no video (sound only?)"
            // ffprobe itself passes over sizes beyond the limit it was given.
            : Width <= 0 || Height <= 0 || (long)Width * Height > MediaLimits.Pixels ? $"its pictures have no size, or more than the {MediaLimits.Pixels >> 20} megapixels accepted; scale it down"
            : null;
    }

    private static VideoStream Describe(string path, CancellationToken cancellation)
    {
        using var json = JsonDocument.Parse(Text(
            ["-show_entries", "format=format_name:stream=codec_name,width,height,pix_fmt,sample_aspect_ratio,avg_frame_rate,r_frame_rate:stream_tags=alpha_mode:stream_side_data=rotation", "-of", "json"], path, cancellation));
        string container = json.RootElement.TryGetProperty("format", out var format) ? Text(format, "format_name") : "";
        if (!json.RootElement.TryGetProperty("streams", out var streams) || streams.GetArrayLength() == 0)
            return new VideoStream(container, "", 0, 0, 0, false);
        var stream = streams[0];
        (int width, int height) = (Number(stream, "width"), Number(stream, "height"));
        // Pixels of the screen are square.
        if (Ratio(Text(stream, "sample_aspect_ratio"), ':') is > 0 and var aspect)
            width = Math.Max(1, (int)Math.Round(width * aspect));
        if (stream.TryGetProperty("side_data_list", out var side) && side.EnumerateArray().Any(s => Math.Abs(Number(s, "rotation")) % 180 == 90))
            (width, height) = (height, width);
        double fps = Ratio(Text(stream, "avg_frame_rate"), '/');
        bool alpha = HasAlpha(Text(stream, "pix_fmt")) || (stream.TryGetProperty("tags", out var tags) && tags.EnumerateObject().Any(t => t.Name.Equals("alpha_mode", StringComparison.OrdinalIgnoreCase) && t.Value.GetString() == "1"));
        return new VideoStream(container, Text(stream, "codec_name") is { Length: > 0 } codec ? codec : "unknown", width, height, fps > 0 ? fps : Ratio(Text(stream, "r_frame_rate"), '/'), alpha);
    }

    // Palettes are left out: ffmpeg calls every one transparent, GIF's and old AVI's alike.
    private static bool HasAlpha(string format) =>
        format.StartsWith("yuva", StringComparison.Ordinal) || format.StartsWith("gbrap", StringComparison.Ordinal) || format.StartsWith("rgba", StringComparison.Ordinal)
        || format.StartsWith("ya", StringComparison.Ordinal) || format is "bgra" or "argb" or "abgr" or "bgra64le" or "bgra64be";

    private static string? Undecodable(string path, ProbeRow row, CancellationToken cancellation)
    {
        const int side = 16;
        using var reader = FfmpegReader.Open(path, row, new FrameRequest(side, side, Frames: 2), FilmFit.Stretch, cancellation);
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

    private static string Text(IEnumerable<string> what, string path, CancellationToken cancellation)
    {
        string text = "";
        Ffmpeg.Run("ffprobe", ["-v", "error", .. FilmLimits.InputOptions, "-select_streams", "V:0", .. what, "-i", FilmLimits.Literal(path)],
            null, output => text = new StreamReader(output).ReadToEnd(), cancellation);
        return text;
    }

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static int Number(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.TryGetDouble(out double number) ? (int)Math.Round(number) : 0;

    private static double Ratio(string text, char separator)
    {
        string[] parts = text.Split(separator);
        return parts.Length == 2 && double.TryParse(parts[0], CultureInfo.InvariantCulture, out double a) && double.TryParse(parts[1], CultureInfo.InvariantCulture, out double b) && a > 0 && b > 0 ? a / b : 0;
    }
}
