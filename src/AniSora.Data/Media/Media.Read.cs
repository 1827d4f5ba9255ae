using AniSora.Data.Pipeline;
using AniSora.Pictures;

namespace AniSora.Data;

/// <summary>A decoded video.</summary>
/// <param name="Frames">T.</param>
/// <param name="Height">H in pixels.</param>
/// <param name="Width">W in pixels.</param>
/// <param name="Fps">Frames per second.</param>
/// <param name="Rgb"><c>[T, H, W, 3]</c>.</param>
public sealed record Video(int Frames, int Height, int Width, double Fps, byte[] Rgb);

/// <summary>
/// Pictures and videos in and out. Input is never trusted: only local files, limits on size, pixels and time, formats by their signature. Output
/// is written whole or not at all.
/// </summary>
public static partial class Media
{
    /// <summary>Reads a picture at its own size, upright.</summary>
    /// <param name="path">PNG, JPEG, WebP, BMP, GIF (its first frame), AVIF or TIFF.</param>
    /// <param name="memory">Is used for the pixels where it has the right length.</param>
    /// <exception cref="InputException">The file is missing, too large, not a picture, or damaged.</exception>
    public static Picture ReadPicture(string path, byte[]? memory = null)
    {
        byte[] file = ReadBytes(path, MediaLimits.ImageBytes);
        try
        {
            using var picture = PictureFile.TryOpen(file);
            if (picture is not null)
                return new Picture(picture.Width, picture.Height, picture.Decode(memory)) { IsLossy = picture.Format is "jpeg" or "webp" };
            var header = PictureHeader.Foreign(file, path);
            using var converted = PictureFile.TryOpen(Converted(path, header), header.Orientation) ?? throw PictureHeader.NoPicture(path);
            // ffmpeg shows the first tile of a picture that is made of several.
            if ((converted.Width, converted.Height) != (header.Width, header.Height))
                throw new InvalidDataException($"has {header.Width}×{header.Height} pixels, of which {converted.Width}×{converted.Height} can be decoded");
            return new Picture(converted.Width, converted.Height, converted.Decode()) { IsLossy = header.Format == "avif" };
        }
        catch (Exception e) when (e is InvalidDataException or Ffmpeg.FailedException)
        {
            throw new InputException($"{path}: the picture {(e is InvalidDataException ? e.Message : $"cannot be decoded ({e.Message})")}; give another", e);
        }
    }

    /// <summary>Reads a video.</summary>
    /// <param name="path">A film, an animated picture, or a folder that holds nothing but one run of numbered pictures.</param>
    /// <param name="width">Scale to this W (filling, overhang cut off), or null for its own size.</param>
    /// <param name="height">Scale to this H, or null; given together with <paramref name="width"/>.</param>
    /// <param name="maxFrames">Read at most this many frames.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">The file is missing, too large, not a video, or damaged.</exception>
    public static Video ReadVideo(string path, int? width = null, int? height = null, int maxFrames = 10_000, CancellationToken cancellation = default)
    {
        if (width.HasValue != height.HasValue)
            throw new ArgumentException("give both width and height, or neither");
        var source = Directory.Exists(path) ? FolderSources.OfPictures(path) : FolderSources.OfFile(path);
        var probe = SourceProbes.Probe(source, cancellation);
        if (!probe.Readable)
            throw new InputException($"{path}: {probe.Reason}");
        var (w, h) = (width ?? probe.Width, height ?? probe.Height);
        if (3L * w * h * Math.Min(probe.Frames, maxFrames) > MediaLimits.DecodedBytes)
            throw new InputException($"{path}: the video is too long to hold in memory; give fewer frames or a smaller size");
        using var reader = FrameReaders.Open(source, probe, new FrameRequest(w, h, Frames: maxFrames), cancellation);
        var frame = new Picture(w, h, new byte[4 * w * h]);
        using var rgb = new MemoryStream();
        int frames = 0;
        for (; reader.Read(frame.Rgba); frames++)
            rgb.Write(frame.Over());
        return new Video(frames, h, w, probe.Fps, rgb.ToArray());
    }

    // ffmpeg decodes what Skia cannot. The name is taken literally and the format is given, so no other file can be pulled in.
    private static byte[] Converted(string path, PictureHeader header)
    {
        if ((long)header.Width * header.Height > MediaLimits.Pixels)
            throw new InvalidDataException($"is {header.Width}×{header.Height} pixels, more than the {MediaLimits.Pixels >> 20} megapixels accepted");
        string[] format = header.Format == "avif" ? ["-f", "mov"] : ["-f", "image2", "-pattern_type", "none", "-c:v", header.Format];
        using var png = new MemoryStream();
        Ffmpeg.Run("ffmpeg",
            ["-v", "error", "-nostdin", "-noautorotate", "-protocol_whitelist", "file,pipe", "-max_pixels", $"{MediaLimits.Pixels}", .. format, "-i", FilmLimits.Literal(path),
                "-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "-compression_level", "1", "-pix_fmt", "rgba", "-"],
            null, output => output.CopyTo(png));
        return png.ToArray();
    }

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
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new InputException(Directory.Exists(path) ? $"{path}: is a folder; give a file"
                : path.Contains('\uFFFD') ? $"{path}: its name is no valid UTF-8 and cannot be opened; rename the file"
                : $"{path}: no such file; check the path");
        }
        long length = file.Length;
        // What is no plain file (a pipe) has no length either, and opening it would wait for ever.
        if (length == 0)
            throw new InputException($"{path}: is empty (0 bytes); give another file");
        if (length > limit)
            throw new InputException($"{path}: has {length >> 20} MiB, more than the {limit >> 20} MiB accepted; give a smaller file");
    }
}
