using System.Buffers.Binary;
using AniSora.Kernels;

namespace AniSora.Data;

/// <summary>
/// Middlebury's flow files (<c>.flo</c>): the number 202021.25 ("PIEH"), width and height as 32-bit integers, then u and v of each pixel as 32-bit
/// floats, row by row; all little-endian. Motion above 10⁹ means "unknown".
/// </summary>
public static class FloFile
{
    private const float Tag = 202021.25f;
    private const int HeaderBytes = 12;

    /// <summary>The longest side that is read; what is larger is a damaged header.</summary>
    private const int LongestSide = 99_999;

    /// <summary>Writes a field, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="field">The motion.</param>
    public static void Write(string path, FlowField field) => AtomicFile.Write(path, stream =>
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        BinaryPrimitives.WriteSingleLittleEndian(header, Tag);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], field.Width);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], field.Height);
        stream.Write(header);
        var row = new byte[8 * field.Width];
        for (int y = 0, i = 0; y < field.Height; y++)
        {
            for (int x = 0; x < field.Width; x++, i++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(row.AsSpan(8 * x), field.U[i]);
                BinaryPrimitives.WriteSingleLittleEndian(row.AsSpan(8 * x + 4), field.V[i]);
            }

            stream.Write(row);
        }
    });

    /// <summary>Reads a field.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It is missing or is no whole flow file.</exception>
    public static FlowField Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: no such file");
        using var stream = File.OpenRead(path);
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (stream.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes || BinaryPrimitives.ReadSingleLittleEndian(header) != Tag)
            throw new InputException($"{path}: not a Middlebury flow file (it does not begin with PIEH); give a .flo file");
        int width = BinaryPrimitives.ReadInt32LittleEndian(header[4..]), height = BinaryPrimitives.ReadInt32LittleEndian(header[8..]);
        if (width is < 1 or > LongestSide || height is < 1 or > LongestSide || stream.Length != HeaderBytes + 8L * width * height)
            throw new InputException($"{path}: a flow file of {width}×{height} has {HeaderBytes + 8L * width * height} bytes, this one {stream.Length}; it is damaged, give another");
        float[] u = new float[width * height], v = new float[width * height];
        var row = new byte[8 * width];
        for (int y = 0, i = 0; y < height; y++)
        {
            stream.ReadExactly(row);
            for (int x = 0; x < width; x++, i++)
                (u[i], v[i]) = (BinaryPrimitives.ReadSingleLittleEndian(row.AsSpan(8 * x)), BinaryPrimitives.ReadSingleLittleEndian(row.AsSpan(8 * x + 4)));
        }

        return new FlowField(width, height, u, v);
    }
}
