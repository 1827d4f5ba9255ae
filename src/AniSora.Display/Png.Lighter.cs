using System.Buffers.Binary;
using System.IO.Compression;

namespace AniSora.Display;

/// <content>Pictures that others wrote.</content>
public static partial class Png
{
    private const int LargestSide = 1 << 14;

    /// <summary>A PNG file with fewer colours, where it is of the common kind (8-bit RGB, not interlaced); any other is given back as it is.</summary>
    /// <param name="file">A PNG file; it may be damaged.</param>
    /// <param name="colours">How many at most: 2 … 256.</param>
    internal static byte[] Lighter(byte[] file, int colours)
    {
        if (DecodeRgb(file) is not { } picture)
            return file;
        byte[] lighter = Encode(ColourReduction.Reduce(picture.Pixels, 3, colours), picture.Width, picture.Height, 3);
        return lighter.Length < file.Length ? lighter : file;
    }

    private static (byte[] Pixels, int Width, int Height)? DecodeRgb(ReadOnlySpan<byte> file)
    {
        if (file.Length < 33 || !file.StartsWith(Signature) || !file[12..16].SequenceEqual("IHDR"u8) || !file[24..29].SequenceEqual((ReadOnlySpan<byte>)[8, 2, 0, 0, 0]))
            return null;
        int width = BinaryPrimitives.ReadInt32BigEndian(file[16..]), height = BinaryPrimitives.ReadInt32BigEndian(file[20..]);
        if (width is < 1 or > LargestSide || height is < 1 or > LargestSide)
            return null;
        using var data = new MemoryStream();
        for (int at = 8; at + 12 <= file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file[at..]);
            if (length < 0 || length > file.Length - at - 12)
                return null;
            if (file.Slice(at + 4, 4).SequenceEqual("IDAT"u8))
                data.Write(file.Slice(at + 8, length));
            at += length + 12;
        }
        data.Position = 0;
        int stride = width * 3;
        var rows = new byte[(stride + 1) * height];
        try
        {
            using var zlib = new ZLibStream(data, CompressionMode.Decompress);
            zlib.ReadExactly(rows);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            return null;
        }
        var pixels = new byte[stride * height];
        for (int y = 0; y < height; y++)
        {
            byte filter = rows[y * (stride + 1)];
            if (filter > 4)
                return null;
            var from = rows.AsSpan(y * (stride + 1) + 1, stride);
            var row = pixels.AsSpan(y * stride, stride);
            ReadOnlySpan<byte> above = y == 0 ? [] : pixels.AsSpan((y - 1) * stride, stride);
            for (int i = 0; i < stride; i++)
            {
                int left = i >= 3 ? row[i - 3] : 0, up = y == 0 ? 0 : above[i], corner = i >= 3 && y > 0 ? above[i - 3] : 0;
                row[i] = (byte)(from[i] + filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) });
            }
        }
        return (pixels, width, height);
    }
}
