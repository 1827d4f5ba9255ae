using System.Buffers.Binary;
using System.IO.Compression;

namespace AniSora.Display;

/// <summary>
/// A small PNG encoder (W3C PNG, third edition): 8-bit RGB, RGBA, or a palette where there are at most 256 colours; no interlacing. Lossless, so
/// what the page shows is what was made.
/// </summary>
public static partial class Png
{
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];
    private static readonly uint[] CrcTable = MakeCrcTable();

    /// <summary>Encodes one image.</summary>
    /// <param name="pixels">uint8 <c>[H, W, channels]</c>, rows from the top.</param>
    /// <param name="width">Pixels per row, from 1.</param>
    /// <param name="height">Rows, from 1.</param>
    /// <param name="channels">3 (RGB) or 4 (RGBA, alpha not premultiplied).</param>
    /// <returns>The file's bytes.</returns>
    /// <exception cref="ArgumentException">The sizes do not agree with the number of bytes.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height, int channels)
    {
        if (channels is not (3 or 4))
            throw new ArgumentException($"channels is {channels}; a PNG here has 3 (RGB) or 4 (RGBA)", nameof(channels));
        if (width < 1 || height < 1 || pixels.Length != (long)width * height * channels)
            throw new ArgumentException($"{pixels.Length} bytes are not an image of {width}×{height}×{channels}", nameof(pixels));

        if (PaletteOf(pixels, channels) is { } palette)
            return Assemble(width, height, 3, Compress(Filter(palette.Indices, width, height, 1, adaptive: false)), palette.Colours, palette.Alphas);
        // Drawn sprites on flat grounds compress best unfiltered (whole rows repeat), soft images best with adaptive
        // filters; trying both costs milliseconds and takes a third off the page.
        byte[] plain = Compress(Filter(pixels, width, height, channels, adaptive: false));
        byte[] adaptive = Compress(Filter(pixels, width, height, channels, adaptive: true));
        return Assemble(width, height, channels == 3 ? 2 : 6, plain.Length <= adaptive.Length ? plain : adaptive, [], []);
    }

    /// <summary>The file around compressed rows.</summary>
    private static byte[] Assemble(int width, int height, int colourType, byte[] data, byte[] palette, byte[] alphas)
    {
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8;
        header[9] = (byte)colourType;
        using var file = new MemoryStream(data.Length + 64);
        file.Write(Signature);
        WriteChunk(file, "IHDR"u8, header);
        if (palette.Length > 0)
            WriteChunk(file, "PLTE"u8, palette);
        if (alphas.Length > 0)
            WriteChunk(file, "tRNS"u8, alphas);
        WriteChunk(file, "IDAT"u8, data);
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    /// <summary>Each row preceded by its filter type; adaptive picks the smallest sum of absolute differences (PNG §12.7).</summary>
    private static byte[] Filter(ReadOnlySpan<byte> pixels, int width, int height, int channels, bool adaptive)
    {
        int stride = width * channels;
        var output = new byte[(stride + 1) * height];
        var blank = new byte[stride];
        var candidate = new byte[stride];
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> row = pixels.Slice(y * stride, stride);
            ReadOnlySpan<byte> above = y == 0 ? blank : pixels.Slice((y - 1) * stride, stride);
            Span<byte> target = output.AsSpan(y * (stride + 1) + 1, stride);
            row.CopyTo(target);
            long best = adaptive ? Cost(row) : 0;
            for (byte type = 1; adaptive && type <= 4; type++)
            {
                Apply(type, row, above, channels, candidate);
                long cost = Cost(candidate);
                if (cost >= best)
                    continue;
                best = cost;
                candidate.CopyTo(target);
                output[y * (stride + 1)] = type;
            }
        }
        return output;
    }

    private static void Apply(byte type, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int channels, Span<byte> output)
    {
        for (int i = 0; i < row.Length; i++)
        {
            int left = i >= channels ? row[i - channels] : 0;
            int up = above[i];
            int corner = i >= channels ? above[i - channels] : 0;
            int predicted = type switch { 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) };
            output[i] = (byte)(row[i] - predicted);
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        int p = left + up - corner, a = Math.Abs(p - left), b = Math.Abs(p - up), c = Math.Abs(p - corner);
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }

    private static long Cost(ReadOnlySpan<byte> row)
    {
        long sum = 0;
        foreach (byte b in row)
            sum += Math.Abs((sbyte)b == sbyte.MinValue ? 128 : (sbyte)b);
        return sum;
    }

    private static byte[] Compress(byte[] data)
    {
        using var target = new MemoryStream();
        using (var zlib = new ZLibStream(target, CompressionLevel.SmallestSize, leaveOpen: true))
            zlib.Write(data);
        return target.ToArray();
    }

    private static void WriteChunk(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        uint crc = Crc(Crc(0xFFFFFFFF, type), data) ^ 0xFFFFFFFF;
        BinaryPrimitives.WriteUInt32BigEndian(number, crc);
        file.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (byte b in data)
            crc = CrcTable[(crc ^ b) & 0xFF] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (uint n = 0; n < 256; n++)
        {
            uint c = n;
            for (int k = 0; k < 8; k++)
                c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
            table[n] = c;
        }
        return table;
    }
}
