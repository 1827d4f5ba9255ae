using System.Buffers.Binary;
using System.IO.Compression;

namespace AniSora.Data;

/// <summary>
/// Decodes the PNG files that sprites are (8-bit RGB and RGBA, palettes; not interlaced) in this process: a sequence of ten small pictures
/// takes ffmpeg a hundred times longer to start for than to decode. Everything else, damaged files among it, is left to ffmpeg.
/// </summary>
internal static class PngDecoder
{
    private const int Header = 8, ChunkFrame = 12;
    private const byte Rgb = 2, Palette = 3, Rgba = 6;

    /// <summary>Decodes a file.</summary>
    /// <param name="file">The whole file.</param>
    /// <returns>The picture; null if it is of another kind, too large or damaged.</returns>
    public static Picture? TryRead(byte[] file)
    {
        if (Png.Size(file) is not (int width and > 0, int height and > 0) || (long)width * height > MediaLimits.Pixels)
            return null;
        var (depth, type, plain) = (file[24], file[25], file[26] == 0 && file[27] == 0 && file[28] == 0);
        bool known = type is Rgb or Rgba ? depth == 8 : type == Palette && depth is 1 or 2 or 4 or 8;
        if (!plain || !known || !TryChunks(file, out byte[] packed, out byte[] palette, out byte[] alphas) || (type != Palette && alphas.Length > 0))
            return null;

        int bits = depth * (type == Rgba ? 4 : type == Rgb ? 3 : 1), stride = (int)(((long)width * bits + 7) / 8);
        var lines = new byte[(long)height * (stride + 1)];
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress);
            if (zlib.ReadAtLeast(lines, lines.Length, throwOnEndOfStream: false) < lines.Length)
                return null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
        var rgba = GC.AllocateUninitializedArray<byte>(4 * width * height);
        Span<byte> above = new byte[stride];
        for (int y = 0; y < height; y++)
        {
            var line = lines.AsSpan(y * (stride + 1) + 1, stride);
            if (!TryUnfilter(lines[y * (stride + 1)], line, above, Math.Max(1, bits / 8)) || !TryExpand(line, type, depth, palette, alphas, rgba.AsSpan(4 * y * width, 4 * width)))
                return null;
            above = line;
        }
        return new Picture(width, height, rgba);
    }

    /// <summary>Collects the pixels' data, the palette and its opacities; false if a chunk is damaged or the end is missing.</summary>
    private static bool TryChunks(ReadOnlySpan<byte> file, out byte[] packed, out byte[] palette, out byte[] alphas)
    {
        var data = new MemoryStream();
        (packed, palette, alphas) = ([], [], []);
        for (int at = Header; at + ChunkFrame <= file.Length;)
        {
            long size = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (size > file.Length - at - ChunkFrame)
                return false;
            var type = file.Slice(at + 4, 4);
            var content = file.Slice(at + 8, (int)size);
            if (~Png.Crc(file.Slice(at + 4, (int)size + 4), uint.MaxValue) != BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + (int)size)..]))
                return false;
            if (type.SequenceEqual("IDAT"u8))
                data.Write(content);
            else if (type.SequenceEqual("PLTE"u8))
                palette = content.ToArray();
            else if (type.SequenceEqual("tRNS"u8))
                alphas = content.ToArray();
            else if (type.SequenceEqual("IEND"u8))
            {
                packed = data.ToArray();
                return true;
            }
            at += ChunkFrame + (int)size;
        }
        return false;
    }

    // PNG specification, section 9: each byte was stored as its difference from a guess made of its left, upper and upper left neighbours.
    private static bool TryUnfilter(byte filter, Span<byte> line, ReadOnlySpan<byte> above, int pixel)
    {
        switch (filter)
        {
            case 0:
                return true;
            case 1:
                for (int i = pixel; i < line.Length; i++)
                    line[i] += line[i - pixel];
                return true;
            case 2:
                for (int i = 0; i < line.Length; i++)
                    line[i] += above[i];
                return true;
            case 3:
                for (int i = 0; i < line.Length; i++)
                    line[i] += (byte)(((i < pixel ? 0 : line[i - pixel]) + above[i]) / 2);
                return true;
            case 4:
                for (int i = 0; i < line.Length; i++)
                    line[i] += i < pixel ? above[i] : Paeth(line[i - pixel], above[i], above[i - pixel]);
                return true;
            default:
                return false;
        }
    }

    private static byte Paeth(byte left, byte up, byte upperLeft)
    {
        int guess = left + up - upperLeft, a = Math.Abs(guess - left), b = Math.Abs(guess - up), c = Math.Abs(guess - upperLeft);
        return a <= b && a <= c ? left : b <= c ? up : upperLeft;
    }

    private static bool TryExpand(ReadOnlySpan<byte> line, byte type, int depth, byte[] palette, byte[] alphas, Span<byte> rgba)
    {
        if (type == Rgba)
        {
            line.CopyTo(rgba);
            return true;
        }
        for (int x = 0; 4 * x < rgba.Length; x++)
        {
            var pixel = rgba.Slice(4 * x, 4);
            int index = type == Rgb ? x : line[x * depth / 8] >> (8 - depth - x * depth % 8) & ((1 << depth) - 1);
            var colour = (type == Rgb ? line : palette)[(3 * index)..];
            if (colour.Length < 3)
                return false;
            colour[..3].CopyTo(pixel);
            pixel[3] = type == Palette && index < alphas.Length ? alphas[index] : (byte)255;
        }
        return true;
    }
}
