using System.Buffers.Binary;
using AniSora.Pictures;

namespace AniSora.Data;

/// <summary>What a still picture's file says of itself before its pixels.</summary>
/// <param name="Format"><c>png</c>, <c>jpeg</c>, <c>webp</c>, <c>bmp</c>, <c>gif</c>, <c>avif</c> or <c>tiff</c>.</param>
/// <param name="Width">W in pixels, upright.</param>
/// <param name="Height">H in pixels.</param>
/// <param name="HasAlpha">Whether pixels can be transparent.</param>
internal sealed record PictureHeader(string Format, int Width, int Height, bool HasAlpha)
{
    /// <summary>The formats that are read, in words.</summary>
    public const string Formats = "PNG, JPEG, WebP, BMP, GIF, AVIF or TIFF";

    private const ushort TiffWidth = 256, TiffHeight = 257, TiffSamples = 277;

    /// <summary>Reads a file's header.</summary>
    /// <exception cref="InputException">The file is missing, cannot be read, is too large or is no picture.</exception>
    public static PictureHeader ReadFile(string path)
    {
        byte[] file = Media.ReadBytes(path, MediaLimits.ImageBytes);
        using var picture = PictureFile.TryOpen(file);
        return picture is not null ? new PictureHeader(picture.Format, picture.Width, picture.Height, picture.HasAlpha) : ReadForeign(file) ?? throw NoPicture(path);
    }

    /// <summary>What to say of a file that is no picture.</summary>
    public static InputException NoPicture(string path) => new($"{path}: not a picture that can be read ({Formats}), or damaged at its beginning; give another");

    /// <summary>Reads the header of a format that only ffmpeg decodes, or null if the bytes are neither AVIF nor TIFF.</summary>
    public static PictureHeader? ReadForeign(ReadOnlySpan<byte> file)
    {
        if (TiffTags.IsTiff(file))
            return Of("tiff", TiffTags.Number(file, TiffWidth), TiffTags.Number(file, TiffHeight), TiffTags.Number(file, TiffSamples) is 2 or 4);
        if (!IsAvif(file))
            return null;
        // HEIF's property "ispe" (ISO/IEC 23008-12, 6.5.3) is the size of one image item: the largest is the picture, others are its tiles or alpha.
        (uint Width, uint Height) size = default;
        for (var rest = file; rest.IndexOf("ispe"u8) is >= 0 and var at && at + 16 <= rest.Length; rest = rest[(at + 4)..])
        {
            var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(rest[(at + 8)..]), BinaryPrimitives.ReadUInt32BigEndian(rest[(at + 12)..]));
            size = (ulong)width * height > (ulong)size.Width * size.Height ? (width, height) : size;
        }
        return Of("avif", size.Width, size.Height, false);
    }

    /// <summary>Whether a file's first bytes are those of a still AVIF picture; an animated one (brand <c>avis</c>) is a film.</summary>
    public static bool IsAvif(ReadOnlySpan<byte> head) => head.Length > 12 && head[4..12].SequenceEqual("ftypavif"u8);

    /// <summary>Whether a file's first bytes are those of a picture of a kind that cannot move.</summary>
    public static bool IsStill(ReadOnlySpan<byte> head) =>
        IsPng(head) || head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) || IsAvif(head) || TiffTags.IsTiff(head)
        || (WebPFile.IsWebP(head) && !WebPFile.IsAnimated(head));

    /// <summary>Whether bytes begin as a PNG file does.</summary>
    public static bool IsPng(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']);

    private static PictureHeader? Of(string format, uint? width, uint? height, bool alpha) =>
        width is > 0 and <= int.MaxValue && height is > 0 and <= int.MaxValue ? new PictureHeader(format, (int)width, (int)height, alpha) : null;
}
