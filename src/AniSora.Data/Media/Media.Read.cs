using System.Globalization;

namespace AniSora.Data;

/// <summary>A decoded video.</summary>
/// <param name="Frames">T.</param>
/// <param name="Height">H in pixels.</param>
/// <param name="Width">W in pixels.</param>
/// <param name="Fps">Frames per second.</param>
/// <param name="Rgb"><c>[T, H, W, 3]</c>.</param>
public sealed record Video(int Frames, int Height, int Width, double Fps, byte[] Rgb);

/// <summary>
/// Pictures and videos in and out, by ffmpeg in a process of its own. Input is never trusted: only local files, limits on size, pixels and
/// time, image formats by their signature. Output is written whole or not at all.
/// </summary>
public static partial class Media
{
    /// <summary>Reads a picture at its own size.</summary>
    /// <param name="path">PNG, JPEG, WebP, BMP or GIF (its first frame).</param>
    /// <exception cref="InputException">The file is missing, too large, not a picture, or damaged.</exception>
    public static Picture ReadPicture(string path)
    {
        byte[] file = ReadBytes(path, MediaLimits.ImageBytes);
        string demuxer = Demuxer(file) ?? throw new InputException($"{path}: not an image (PNG, JPEG, WebP, BMP or GIF); give a picture");
        try
        {
            return DecodeStream(demuxer, 1, stream => stream.Write(file)) is [var picture]
                ? picture
                : throw new InputException($"{path}: the image holds no picture; it is damaged, give another");
        }
        catch (Exception e) when (e is Ffmpeg.FailedException or InvalidDataException or EndOfStreamException)
        {
            throw new InputException($"{path}: the image cannot be decoded ({e.Message}); it is damaged, give another", e);
        }
    }

    /// <summary>Reads a picture, scaled to fill a size; what overhangs is cut off on both sides alike.</summary>
    /// <param name="path">PNG, JPEG, WebP, BMP or GIF.</param>
    /// <param name="width">W in pixels.</param>
    /// <param name="height">H in pixels.</param>
    /// <returns><c>[H, W, 4]</c>, straight alpha.</returns>
    /// <exception cref="InputException">As for <see cref="ReadPicture"/>.</exception>
    public static byte[] ReadImage(string path, int width, int height) => ReadPicture(path).Fitted(width, height, cover: true).Rgba;

    /// <summary>Reads a mask: white (bright, opaque) is inside. It must have the given size, since scaling a mask would blur what it means.</summary>
    /// <param name="path">PNG, JPEG, WebP, BMP or GIF.</param>
    /// <param name="width">W in pixels.</param>
    /// <param name="height">H in pixels.</param>
    /// <returns><c>[H, W]</c>: 255 inside, 0 outside.</returns>
    /// <exception cref="InputException">As for <see cref="ReadPicture"/>, or the size differs.</exception>
    public static byte[] ReadMask(string path, int width, int height)
    {
        var picture = ReadPicture(path);
        if (picture.Width != width || picture.Height != height)
            throw new InputException($"{path}: the mask is {picture.Width}×{picture.Height} pixels, should be {width}×{height}; resize it");
        var rgb = picture.Over(0x000000);
        var luma = new float[width * height];
        Kernels.OpticalFlow.Luma(rgb, 3, luma);
        return [.. luma.Select(v => v >= 127.5f ? Kernels.MaskShapes.Inside : (byte)0)];
    }

    /// <summary>Reads a video.</summary>
    /// <param name="path">Any format ffmpeg reads.</param>
    /// <param name="width">Scale to this W (filling, overhang cut off), or null for its own size.</param>
    /// <param name="height">Scale to this H, or null; given together with <paramref name="width"/>.</param>
    /// <param name="maxFrames">Read at most this many frames.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">The file is missing, too large, not a video, or damaged.</exception>
    public static Video ReadVideo(string path, int? width = null, int? height = null, int maxFrames = 10_000, CancellationToken cancellation = default)
    {
        if (width.HasValue != height.HasValue)
            throw new ArgumentException("give both width and height, or neither");
        RequireFile(path, MediaLimits.VideoBytes);
        string full = "file:" + Path.GetFullPath(path);
        var frames = new List<byte[]>();
        (int Width, int Height) size = default;
        try
        {
            double fps = ProbeFps(full, cancellation);
            List<string> arguments = [.. Quiet, "-protocol_whitelist", "file,pipe", "-max_pixels", MediaLimits.Pixels.ToString(CultureInfo.InvariantCulture), "-i", full, "-map", "0:v:0"];
            if (width is { } w && height is { } h)
                arguments.AddRange(["-vf", FormattableString.Invariant($"scale={w}:{h}:force_original_aspect_ratio=increase:flags=area,crop={w}:{h}")]);
            arguments.AddRange(["-frames:v", maxFrames.ToString(CultureInfo.InvariantCulture), "-fps_mode", "passthrough", "-f", "image2pipe", "-c:v", "pam", "-pix_fmt", "rgb24", "-"]);
            Ffmpeg.Run("ffmpeg", arguments, null, output =>
            {
                long total = 0;
                foreach (var (frameWidth, frameHeight, pixels) in Pam.Read(output, 3))
                {
                    size = (frameWidth, frameHeight);
                    total += pixels.Length;
                    if (total > MediaLimits.DecodedBytes)
                        throw new InputException($"{path}: the video is too long to hold in memory; give fewer frames or a smaller size");
                    frames.Add(pixels);
                }
            }, cancellation);
            if (frames.Count == 0)
                throw new InputException($"{path}: holds no video; give a video file");
            var rgb = GC.AllocateUninitializedArray<byte>(checked(frames.Count * frames[0].Length));
            for (int t = 0; t < frames.Count; t++)
                frames[t].CopyTo(rgb, t * frames[0].Length);
            return new Video(frames.Count, size.Height, size.Width, fps, rgb);
        }
        catch (Exception e) when (e is Ffmpeg.FailedException or InvalidDataException or EndOfStreamException)
        {
            throw new InputException($"{path}: not a video that can be decoded ({e.Message}); give another file", e);
        }
    }

    private static string[] Quiet => ["-v", "error", "-nostdin"];

    private static double ProbeFps(string file, CancellationToken cancellation)
    {
        string text = "";
        Ffmpeg.Run("ffprobe", ["-v", "error", "-protocol_whitelist", "file,pipe", "-select_streams", "v:0", "-show_entries", "stream=avg_frame_rate", "-of", "csv=p=0", "-i", file],
            null, output => text = new StreamReader(output).ReadToEnd(), cancellation);
        string[] parts = text.Trim().TrimEnd(',').Split('/');
        return parts.Length == 2 && double.TryParse(parts[0], CultureInfo.InvariantCulture, out double a) && double.TryParse(parts[1], CultureInfo.InvariantCulture, out double b) && a > 0 && b > 0
            ? a / b
            : 25;
    }

    // The bytes go through a pipe, so no name can be taken for a pattern or an option, and no other file can be pulled in.
    private static List<Picture> DecodeStream(string demuxer, int frames, Action<Stream> feed, CancellationToken cancellation = default)
    {
        var pictures = new List<Picture>();
        string[] arguments =
        [
            .. Quiet, "-protocol_whitelist", "pipe", "-max_pixels", MediaLimits.Pixels.ToString(CultureInfo.InvariantCulture), "-f", demuxer, "-i", "pipe:0",
            "-frames:v", frames.ToString(CultureInfo.InvariantCulture), "-fps_mode", "passthrough", "-f", "image2pipe", "-c:v", "pam", "-pix_fmt", "rgba", "-",
        ];
        Ffmpeg.Run("ffmpeg", arguments, feed, output =>
        {
            foreach (var (width, height, pixels) in Pam.Read(output, 4))
                pictures.Add(new Picture(width, height, pixels));
        }, cancellation);
        return pictures;
    }

    private static string? Demuxer(ReadOnlySpan<byte> file) =>
        file.StartsWith(Png.Signature) ? "png_pipe"
        : file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? "jpeg_pipe"
        : file.Length > 12 && file.StartsWith("RIFF"u8) && file[8..12].SequenceEqual("WEBP"u8) ? "webp_pipe"
        : file.StartsWith("BM"u8) ? "bmp_pipe"
        : file.StartsWith("GIF8"u8) ? "gif"
        : null;

    internal static byte[] ReadBytes(string path, long limit)
    {
        RequireFile(path, limit);
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    internal static void RequireFile(string path, long limit)
    {
        if (Directory.Exists(path))
            throw new InputException($"{path}: is a folder; give a file");
        if (!File.Exists(path))
            throw new InputException($"{path}: no such file; check the path");
        long length = new FileInfo(path).Length;
        // What is no plain file (a pipe) has no length either, and opening it would wait for ever.
        if (length == 0)
            throw new InputException($"{path}: is empty (0 bytes); give another file");
        if (length > limit)
            throw new InputException($"{path}: has {length >> 20} MiB, more than the {limit >> 20} MiB accepted; give a smaller file");
    }
}
