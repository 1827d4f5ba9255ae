using AniSora.Pictures;

namespace AniSora.Data;

/// <summary>What a still picture's file says of itself before its pixels.</summary>
/// <param name="Format"><c>png</c>, <c>jpeg</c>, <c>webp</c>, <c>bmp</c>, <c>gif</c>, <c>avif</c> or <c>tiff</c>.</param>
/// <param name="Width">W in pixels, upright.</param>
/// <param name="Height">H in pixels.</param>
/// <param name="HasAlpha">Whether pixels can be transparent.</param>
/// <param name="Orientation">Of what only ffmpeg decodes: which way up it is stored, 1 … 8 as in Exif.</param>
internal sealed record PictureHeader(string Format, int Width, int Height, bool HasAlpha, int Orientation = 1)
{
    /// <summary>The formats that are read, in words.</summary>
    public const string Formats = "PNG, JPEG, WebP, BMP, GIF, AVIF or TIFF";

    private const int LyingOnItsSide = 5;
    private const ushort TiffWidth = 256, TiffHeight = 257, TiffSamples = 277;

    /// <summary>Reads a file's header.</summary>
    /// <exception cref="InputException">The file is missing, cannot be read, is too large or is no picture.</exception>
    public static PictureHeader ReadFile(string path)
    {
        byte[] file = Media.ReadBytes(path, MediaLimits.ImageBytes);
        using var picture = PictureFile.TryOpen(file);
        return picture is not null ? new PictureHeader(picture.Format, picture.Width, picture.Height, picture.HasAlpha) : Foreign(file, path);
    }

    /// <summary>Reads the header of a format that only ffmpeg decodes.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <exception cref="InputException">It is no picture, or one that would be read wrong.</exception>
    public static PictureHeader Foreign(ReadOnlySpan<byte> file, string path)
    {
        var header = TiffTags.IsTiff(file) ? Of("tiff", TiffTags.Number(file, TiffWidth), TiffTags.Number(file, TiffHeight), TiffTags.Number(file, TiffSamples) is 2 or 4, TiffTags.OrientationOf(file))
            : HeifFile.IsAvif(file) && HeifFile.Size(file) is var size ? Of("avif", size.Width, size.Height, HeifFile.HasAlpha(file), HeifFile.Orientation(file))
            : HeifFile.IsHeic(file) ? throw new InputException($"{path}: is a HEIC picture, which is not read; convert it, for instance with `heif-convert {Path.GetFileName(path)} {Path.GetFileNameWithoutExtension(path)}.png`")
            : null;
        if (header is { Format: "avif", HasAlpha: true })
            throw new InputException($"{path}: is transparent in places, which is not read of AVIF; convert it to PNG or WebP");
        return header ?? throw NoPicture(path);
    }

    /// <summary>What to say of a file that is no picture.</summary>
    public static InputException NoPicture(string path) => new($"{path}: not a picture that can be read ({Formats}), or damaged at its beginning; give another");

    /// <summary>Whether a file's first bytes are those of a picture of a kind that cannot move.</summary>
    public static bool IsStill(ReadOnlySpan<byte> head) =>
        IsPng(head) || head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) || HeifFile.IsAvif(head) || HeifFile.IsHeic(head) || TiffTags.IsTiff(head)
        || (WebPFile.IsWebP(head) && !WebPFile.IsAnimated(head));

    /// <summary>Whether bytes begin as a PNG file does.</summary>
    public static bool IsPng(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']);

    private static PictureHeader? Of(string format, uint? width, uint? height, bool alpha, int orientation)
    {
        if (width is not (> 0 and <= int.MaxValue) || height is not (> 0 and <= int.MaxValue))
            return null;
        var (w, h) = ((int)width, (int)height);
        return orientation >= LyingOnItsSide ? new PictureHeader(format, h, w, alpha, orientation) : new PictureHeader(format, w, h, alpha, orientation);
    }
}
