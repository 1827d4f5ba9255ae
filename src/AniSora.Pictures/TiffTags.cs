using System.Buffers.Binary;

namespace AniSora.Pictures;

/// <summary>
/// Numbers in the first directory of a TIFF file (TIFF 6.0, section 2), which is also what Exif data are: a byte order, then a list of tags
/// with their values.
/// </summary>
public static class TiffTags
{
    private const ushort Orientation = 274;
    private const int EntryBytes = 12;
    private const ushort Short = 3, Long = 4;

    /// <summary>Whether bytes begin as a TIFF file does.</summary>
    public static bool IsTiff(ReadOnlySpan<byte> file) => file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8);

    /// <summary>Which way up a picture is, 1 … 8; 1 (upright) where nothing or nonsense is said.</summary>
    /// <param name="tiff">The file, or the content of an Exif chunk.</param>
    public static int OrientationOf(ReadOnlySpan<byte> tiff) => Number(tiff, Orientation) is >= 1 and <= 8 and var turned ? (int)turned : 1;

    /// <summary>The value of a tag that holds one number; null if there is none, or the data are damaged.</summary>
    /// <param name="tiff">The file, or the content of an Exif chunk.</param>
    /// <param name="tag">Such as <see cref="Orientation"/>.</param>
    public static uint? Number(ReadOnlySpan<byte> tiff, ushort tag)
    {
        if (!IsTiff(tiff) || tiff.Length < 8)
            return null;
        bool little = tiff[0] == 'I';
        ushort UInt16(ReadOnlySpan<byte> at) => little ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);
        uint UInt32(ReadOnlySpan<byte> at) => little ? BinaryPrimitives.ReadUInt32LittleEndian(at) : BinaryPrimitives.ReadUInt32BigEndian(at);
        uint directory = UInt32(tiff[4..]);
        if (directory > tiff.Length - 2)
            return null;
        int entries = UInt16(tiff[(int)directory..]);
        for (int i = 0, at = (int)directory + 2; i < entries && at + EntryBytes <= tiff.Length; i++, at += EntryBytes)
        {
            var entry = tiff.Slice(at, EntryBytes);
            if (UInt16(entry) == tag && UInt32(entry[4..]) == 1)
                return UInt16(entry[2..]) switch { Short => UInt16(entry[8..]), Long => UInt32(entry[8..]), _ => null };
        }
        return null;
    }
}
