using System.Globalization;
using AniSora.Pictures;

namespace AniSora.Data;

public static partial class Media
{
    /// <summary>Writes an H.264 video that plays in any browser (yuv420p, index in front).</summary>
    /// <param name="path">The .mp4 file.</param>
    /// <param name="rgb"><c>[T, H, W, 3]</c>.</param>
    /// <param name="frames">T.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="fps">Frames per second.</param>
    /// <param name="scale">Each pixel becomes a square of this side, so that 64×64 can be watched.</param>
    /// <exception cref="InputException">The file cannot be written; an old one is intact.</exception>
    public static void WriteMp4(string path, ReadOnlyMemory<byte> rgb, int frames, int height, int width, double fps, int scale = 1)
    {
        RequireSize(rgb.Length, frames, height, width);
        // yuv420p needs even sides; an odd one gets a line of its own edge. Tagged bt709, or players guess the colours.
        string filter = string.Create(CultureInfo.InvariantCulture,
            $"scale=iw*{scale}:ih*{scale}:flags=neighbor,pad=ceil(iw/2)*2:ceil(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv");
        EncodeMp4(path, rgb, height, width, fps, ["-vf", filter, "-c:v", "libx264", "-preset", "medium", "-crf", "14", "-pix_fmt", "yuv420p", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]);
    }

    /// <summary>Writes an endlessly repeating GIF with a palette of its own.</summary>
    /// <param name="path">The .gif file.</param>
    /// <param name="rgb"><c>[T, H, W, 3]</c>.</param>
    /// <param name="frames">T.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="fps">Frames per second; GIF rounds to hundredths of a second.</param>
    /// <param name="scale">Each pixel becomes a square of this side.</param>
    /// <exception cref="InputException">The file cannot be written; an old one is intact.</exception>
    public static void WriteGif(string path, ReadOnlyMemory<byte> rgb, int frames, int height, int width, double fps, int scale = 1)
    {
        RequireSize(rgb.Length, frames, height, width);
        string filter = string.Create(CultureInfo.InvariantCulture,
            $"scale=iw*{scale}:ih*{scale}:flags=neighbor,split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse=dither=none");
        var encoded = new MemoryStream();
        Encode(path, rgb, height, width, fps, ["-filter_complex", filter, "-loop", "0", "-f", "gif", "-"], output => output.CopyTo(encoded));
        AtomicFile.Write(path, encoded.WriteTo);
    }

    /// <summary>Writes a PNG picture.</summary>
    /// <param name="path">The .png file.</param>
    /// <param name="pixels"><c>[H, W, channels]</c>.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="channels">1 (grey), 3 (RGB) or 4 (RGBA).</param>
    /// <exception cref="InputException">The file cannot be written; an old one is intact.</exception>
    public static void WritePng(string path, ReadOnlyMemory<byte> pixels, int height, int width, int channels = 3) =>
        AtomicFile.Write(path, stream => stream.Write(Png.Encode(pixels.Span, width, height, channels)));

    /// <summary>Writes all frames of a clip side by side as one PNG.</summary>
    /// <param name="path">The .png file.</param>
    /// <param name="rgb"><c>[T, H, W, 3]</c>.</param>
    /// <param name="frames">T.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="columns">Frames per line; 0 for all in one line.</param>
    /// <exception cref="InputException">The file cannot be written; an old one is intact.</exception>
    public static void WriteStrip(string path, ReadOnlyMemory<byte> rgb, int frames, int height, int width, int columns = 0)
    {
        RequireSize(rgb.Length, frames, height, width);
        columns = columns <= 0 ? frames : Math.Min(columns, frames);
        int lines = (frames + columns - 1) / columns, stride = columns * width * 3;
        var strip = new byte[lines * height * stride];
        for (int t = 0; t < frames; t++)
        {
            for (int y = 0; y < height; y++)
                rgb.Span.Slice((t * height + y) * width * 3, width * 3).CopyTo(strip.AsSpan((t / columns * height + y) * stride + t % columns * width * 3));
        }

        WritePng(path, strip, lines * height, columns * width);
    }

    private static void EncodeMp4(string path, ReadOnlyMemory<byte> rgb, int height, int width, double fps, string[] codec)
    {
        // An index in front needs a seekable file, so ffmpeg writes one aside.
        string folder = Directory.CreateTempSubdirectory("anisora-video-").FullName;
        try
        {
            string temporary = Path.Combine(folder, "video.mp4");
            Encode(path, rgb, height, width, fps, [.. codec, "-movflags", "+faststart", "-f", "mp4", "file:" + temporary], null);
            AtomicFile.Write(path, stream =>
            {
                using var source = File.OpenRead(temporary);
                source.CopyTo(stream);
            });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Encode(string path, ReadOnlyMemory<byte> rgb, int height, int width, double fps, string[] output, Action<Stream>? consume)
    {
        string[] input = ["-v", "error", "-y", "-protocol_whitelist", "file,pipe", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", $"{width}x{height}", "-r", fps.ToString("R", CultureInfo.InvariantCulture), "-i", "pipe:0"];
        try
        {
            Ffmpeg.Run("ffmpeg", [.. input, .. output], stream => stream.Write(rgb.Span), consume);
        }
        catch (Ffmpeg.FailedException e)
        {
            throw new InputException($"{path}: the video was not written ({e.Message})", e);
        }
    }

    private static void RequireSize(int length, int frames, int height, int width)
    {
        if (length != 3L * frames * height * width || length == 0)
            throw new ArgumentException($"[{frames}, {height}, {width}, 3] does not fit {length} bytes");
    }
}
