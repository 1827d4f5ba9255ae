using System.Buffers.Binary;

namespace AniSora.Data;

/// <summary>What a PNG or JPEG file says of itself before its pixels.</summary>
/// <param name="Codec"><c>png</c> or <c>jpeg</c>.</param>
/// <param name="Width">W in pixels.</param>
/// <param name="Height">H in pixels.</param>
/// <param name="HasAlpha">Whether pixels can be transparent.</param>
internal sealed record PictureHeader(string Codec, int Width, int Height, bool HasAlpha)
{
    /// <summary>Bytes that hold the header of nearly every file: a JPEG's comes after its camera's notes and preview.</summary>
    public const int Bytes = 128 << 10;

    /// <summary>ffmpeg's name for a stream of such files.</summary>
    public string Demuxer => Codec + "_pipe";

    /// <summary>Whether one run of ffmpeg can decode both.</summary>
    public bool DecodesLike(PictureHeader other) => (Codec, Width, Height) == (other.Codec, other.Width, other.Height);

    /// <summary>Reads a file's header.</summary>
    /// <exception cref="InputException">The file is missing, cannot be read, is too large or is no PNG or JPEG.</exception>
    public static PictureHeader ReadFile(string path)
    {
        Media.RequireFile(path, MediaLimits.ImageBytes);
        var head = new byte[Bytes];
        int length;
        try
        {
            using var stream = File.OpenRead(path);
            length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read: {e.Message}", e);
        }
        return Read(head.AsSpan(0, length)) ?? throw new InputException($"{path}: not a PNG or JPEG picture");
    }

    /// <summary>Reads a header, or null if the bytes are neither PNG nor JPEG.</summary>
    public static PictureHeader? Read(ReadOnlySpan<byte> file) =>
        Png.Size(file) is { } png ? new PictureHeader("png", png.Width, png.Height, PngHasAlpha(file)) is { Width: > 0, Height: > 0 } header ? header : null
        : file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? ReadJpeg(file)
        : null;

    // Colour types 4 and 6 have alpha; a transparent colour or palette is a chunk before the pixels.
    private static bool PngHasAlpha(ReadOnlySpan<byte> file)
    {
        if (file[25] is 4 or 6)
            return true;
        for (long at = 8; at + 8 <= file.Length; at += 12 + (long)BinaryPrimitives.ReadUInt32BigEndian(file[(int)at..]))
        {
            var type = file.Slice((int)at + 4, 4);
            if (type.SequenceEqual("tRNS"u8))
                return true;
            if (type.SequenceEqual("IDAT"u8))
                return false;
        }
        return false;
    }

    // Segments up to the frame header (ITU T.81, B.2.2): marker, length, precision, height, width.
    private static PictureHeader? ReadJpeg(ReadOnlySpan<byte> file)
    {
        for (int at = 2; at + 9 <= file.Length && file[at] == 0xFF;)
        {
            byte marker = file[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }
            bool frameHeader = marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
            if (frameHeader)
            {
                int height = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 5)..]), width = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 7)..]);
                return width > 0 && height > 0 ? new PictureHeader("jpeg", width, height, false) : null;
            }
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }
        return null;
    }
}
