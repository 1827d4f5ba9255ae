using System.Globalization;
using System.Text.Json;

namespace AniSora.Data.Pipeline;

/// <summary>A stream of pictures in a film file, as ffprobe describes it; cover pictures that are attached to a file are none.</summary>
/// <param name="Index">As the container counts its streams, sounds included.</param>
/// <param name="IsDefault">The container marks it as the one to play.</param>
/// <param name="Container">The format as ffmpeg names it.</param>
/// <param name="Codec">Such as <c>h264</c>.</param>
/// <param name="Width">W in pixels of the screen, upright.</param>
/// <param name="Height">H in pixels.</param>
/// <param name="Fps">Frames per second as the container states them, in the mean; 0 if it does not.</param>
/// <param name="FinestFps">The lowest rate that has a time for every frame; 0 if unknown.</param>
/// <param name="HasAlpha">Whether pixels can be transparent.</param>
/// <param name="Colours">As <see cref="ProbeRow.Colours"/>.</param>
internal sealed record FilmStream(int Index, bool IsDefault, string Container, string Codec, int Width, int Height, double Fps, double FinestFps, bool HasAlpha, string Colours)
{
    private const int SmallestHdWidth = 1280, LargestSdHeight = 576;

    /// <summary>Reads the streams of a file, in its order; nothing is decoded.</summary>
    /// <exception cref="Ffmpeg.FailedException">ffprobe cannot read it.</exception>
    public static List<FilmStream> ReadAll(string path, CancellationToken cancellation)
    {
        const string entries = "format=format_name:stream=index,codec_name,width,height,pix_fmt,color_space,color_transfer,sample_aspect_ratio,avg_frame_rate,r_frame_rate"
            + ":stream_disposition=default:stream_tags=alpha_mode:stream_side_data=rotation";
        string text = "";
        Ffmpeg.Run("ffprobe", ["-v", "error", .. FilmLimits.InputOptions, "-select_streams", "V", "-show_entries", entries, "-of", "json", "-i", FilmLimits.Literal(path)],
            null, output => text = new StreamReader(output).ReadToEnd(), cancellation);
        using var json = JsonDocument.Parse(text);
        string container = json.RootElement.TryGetProperty("format", out var format) ? Text(format, "format_name") : "";
        return json.RootElement.TryGetProperty("streams", out var streams) ? [.. streams.EnumerateArray().Select(s => Of(s, container))] : [];
    }

    /// <summary>Why it cannot be used; null if it can.</summary>
    public string? Refusal() =>
        // ffprobe itself passes over sizes beyond the limit it was given.
        Width <= 0 || Height <= 0 || (long)Width * Height > MediaLimits.Pixels ? $"its pictures have no size, or more than the {MediaLimits.Pixels >> 20} megapixels accepted; scale it down" : null;

    private static FilmStream Of(JsonElement stream, string container)
    {
        (int width, int height) = (Number(stream, "width"), Number(stream, "height"));
        string format = Text(stream, "pix_fmt");
        string colours = ColoursOf(format, Text(stream, "color_transfer"), Text(stream, "color_space"), width, height);
        // Pixels of the screen are square.
        if (Ratio(Text(stream, "sample_aspect_ratio"), ':') is > 0 and var aspect)
            width = Math.Max(1, (int)Math.Round(width * aspect));
        if (stream.TryGetProperty("side_data_list", out var side) && side.EnumerateArray().Any(s => Math.Abs(Number(s, "rotation")) % 180 == 90))
            (width, height) = (height, width);
        bool marked = stream.TryGetProperty("tags", out var tags) && tags.EnumerateObject().Any(t => t.Name.Equals("alpha_mode", StringComparison.OrdinalIgnoreCase) && t.Value.GetString() == "1");
        return new FilmStream(
            Number(stream, "index"), stream.TryGetProperty("disposition", out var disposition) && Number(disposition, "default") == 1, container,
            Text(stream, "codec_name") is { Length: > 0 } codec ? codec : "unknown", width, height, Ratio(Text(stream, "avg_frame_rate"), '/'), Ratio(Text(stream, "r_frame_rate"), '/'),
            marked || HasAlphaPlane(format), colours);
    }

    // Untagged pictures are taken as players take them: BT.601 up to the size of television of old, BT.709 above.
    private static string ColoursOf(string format, string transfer, string matrix, int width, int height) =>
        transfer == "smpte2084" ? "pq"
        : transfer == "arib-std-b67" ? "hlg"
        : format.StartsWith("yuv", StringComparison.Ordinal) && matrix is "" or "unknown" or "reserved" && (width >= SmallestHdWidth || height > LargestSdHeight) ? "bt709"
        : "";

    // Palettes are left out: ffmpeg calls every one transparent, old AVI's too.
    private static bool HasAlphaPlane(string format) =>
        format.StartsWith("yuva", StringComparison.Ordinal) || format.StartsWith("gbrap", StringComparison.Ordinal) || format.StartsWith("rgba", StringComparison.Ordinal)
        || format.StartsWith("ya", StringComparison.Ordinal) || format is "bgra" or "argb" or "abgr" or "bgra64le" or "bgra64be";

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static int Number(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.TryGetDouble(out double number) ? (int)Math.Round(number) : 0;

    private static double Ratio(string text, char separator)
    {
        string[] parts = text.Split(separator);
        return parts.Length == 2 && double.TryParse(parts[0], CultureInfo.InvariantCulture, out double a) && double.TryParse(parts[1], CultureInfo.InvariantCulture, out double b) && a > 0 && b > 0 ? a / b : 0;
    }
}
