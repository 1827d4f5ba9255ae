using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace AniSora.Data;

/// <summary>A minimal PNG writer (and header reader): small pictures are written often in training, and a process for each would cost more.</summary>
internal static class Png
{
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    private static readonly uint[] _crcTable = BuildCrcTable();

    /// <summary>Width and height from a PNG's header, or null if the bytes are not a PNG.</summary>
    public static (int Width, int Height)? Size(ReadOnlySpan<byte> file) =>
        file.Length >= 33 && file.StartsWith(Signature) && file[12..16].SequenceEqual("IHDR"u8)
            ? (BinaryPrimitives.ReadInt32BigEndian(file[16..]), BinaryPrimitives.ReadInt32BigEndian(file[20..]))
            : null;

    /// <summary>Writes 8-bit grey (1), RGB (3) or RGBA (4) pixels <c>[H, W, channels]</c>.</summary>
    public static void Write(Stream stream, ReadOnlySpan<byte> pixels, int width, int height, int channels)
    {
        byte colourType = channels switch { 1 => 0, 3 => 2, 4 => 6, _ => throw new ArgumentOutOfRangeException(nameof(channels), channels, "1, 3 or 4") };
        if (pixels.Length != (long)width * height * channels)
            throw new ArgumentException($"[{height}, {width}, {channels}] does not fit {pixels.Length} bytes");
        stream.Write(Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        (header[8], header[9]) = (8, colourType);
        Chunk(stream, "IHDR", header);

        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            int stride = width * channels;
            for (int y = 0; y < height; y++)
            {
                zlib.WriteByte(0); // no filter: good enough for small pictures
                zlib.Write(pixels.Slice(y * stride, stride));
            }
        }

        Chunk(stream, "IDAT", packed.GetBuffer().AsSpan(0, (int)packed.Length));
        Chunk(stream, "IEND", []);
    }

    private static void Chunk(Stream stream, string type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4], name = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        Encoding.ASCII.GetBytes(type, name);
        stream.Write(number);
        stream.Write(name);
        stream.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(data, Crc(name, uint.MaxValue)));
        stream.Write(number);
    }

    /// <summary>Carries a chunk's checksum on.</summary>
    internal static uint Crc(ReadOnlySpan<byte> data, uint crc)
    {
        foreach (byte value in data)
            crc = _crcTable[(byte)(crc ^ value)] ^ crc >> 8;
        return crc;
    }

    private static uint[] BuildCrcTable()
    {
        var table = new uint[256];
        for (uint n = 0; n < 256; n++)
        {
            uint c = n;
            for (int k = 0; k < 8; k++)
                c = (c & 1) != 0 ? 0xEDB88320u ^ c >> 1 : c >> 1;
            table[n] = c;
        }

        return table;
    }
}
