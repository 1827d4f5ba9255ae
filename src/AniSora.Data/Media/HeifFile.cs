using System.Buffers.Binary;

namespace AniSora.Data;

/// <summary>What a HEIF file (ISO/IEC 23008-12), which AVIF and HEIC are, says of its picture. Its properties are looked for by name, not by way of its tables.</summary>
internal static class HeifFile
{
    private const int BoxHeader = 8;

    /// <summary>Whether a file's first bytes are those of a still AVIF picture; an animated one (brand <c>avis</c>) is a film.</summary>
    public static bool IsAvif(ReadOnlySpan<byte> head) => Brand(head) is "avif" || (Brand(head) is "mif1" && Brands(head).IndexOf("avif"u8) >= 0);

    /// <summary>Whether a file's first bytes are those of a HEIC picture, as telephones take them, or of another kind of HEIF that is no AVIF.</summary>
    public static bool IsHeic(ReadOnlySpan<byte> head) => Brand(head) is "heic" or "heix" or "heim" or "heis" or "mif1" && !IsAvif(head);

    /// <summary>W and H before it is turned: the largest image's, for others are its tiles or alpha. 0 if there is none.</summary>
    public static (uint Width, uint Height) Size(ReadOnlySpan<byte> file)
    {
        (uint Width, uint Height) size = default;
        for (var rest = file; Property(rest, "ispe"u8, 12, out int after) is { Length: > 0 } image; rest = rest[after..])
        {
            var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(image[4..]), BinaryPrimitives.ReadUInt32BigEndian(image[8..]));
            size = (ulong)width * height > (ulong)size.Width * size.Height ? (width, height) : size;
        }
        return size;
    }

    /// <summary>Which way up it is stored, 1 … 8 as in Exif: a quarter turn against the clock <c>irot</c> times, then a mirror <c>imir</c>.</summary>
    public static int Orientation(ReadOnlySpan<byte> file)
    {
        int turns = Property(file, "irot"u8, 1, out _) is [var angle, ..] ? angle & 3 : 0;
        int mirror = Property(file, "imir"u8, 1, out _) is [var axis, ..] ? axis & 1 : -1;
        return (turns, mirror) switch
        {
            (0, -1) => 1,
            (1, -1) => 8,
            (2, -1) => 3,
            (3, -1) => 6,
            // An axis of 0 exchanges top and bottom, of 1 left and right.
            (0, 0) or (2, 1) => 4,
            (1, 0) or (3, 1) => 5,
            (2, 0) or (0, 1) => 2,
            _ => 7,
        };
    }

    /// <summary>Whether a second image holds its transparency.</summary>
    public static bool HasAlpha(ReadOnlySpan<byte> file) => file.IndexOf("urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"u8) >= 0;

    private static string Brand(ReadOnlySpan<byte> head) => head.Length > 12 && head[4..8].SequenceEqual("ftyp"u8) ? System.Text.Encoding.Latin1.GetString(head[8..12]) : "";

    private static ReadOnlySpan<byte> Brands(ReadOnlySpan<byte> head) => head[..(int)Math.Min((uint)head.Length, BinaryPrimitives.ReadUInt32BigEndian(head))];

    // The content of the first box of a name and length, and where the search for the next begins.
    private static ReadOnlySpan<byte> Property(ReadOnlySpan<byte> file, ReadOnlySpan<byte> name, int length, out int after)
    {
        after = 0;
        while (file[after..].IndexOf(name) is >= 0 and var found)
        {
            int at = after + found - 4;
            after += found + 4;
            if (at >= 0 && at + BoxHeader + length <= file.Length && BinaryPrimitives.ReadUInt32BigEndian(file[at..]) == BoxHeader + length)
                return file.Slice(at + BoxHeader, length);
        }
        return [];
    }
}
