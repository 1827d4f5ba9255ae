using System.Numerics;
using System.Runtime.InteropServices;
using AniSora.Kernels;

namespace AniSora.Data.Pipeline.Shots;

/// <summary>
/// What shot detection remembers of a frame, about 7 kB: a small picture in which noise is averaged away, a finer one of its brightness, and
/// its colours.
/// </summary>
internal sealed class FrameSignature
{
    /// <summary>W of the frames it is made of.</summary>
    public const int Width = 128;
    /// <summary>H of the frames it is made of.</summary>
    public const int Height = 96;
    /// <summary>W of <see cref="Luma"/>.</summary>
    public const int LumaWidth = Width / 2;
    /// <summary>H of <see cref="Luma"/>.</summary>
    public const int LumaHeight = Height / 2;
    private const int GridWidth = Width / 4;
    private const int GridHeight = Height / 4;
    private const int Levels = 8;

    private FrameSignature(byte[] grid, byte[] luma, ushort[] colours) => (Grid, Luma, Colours, Spread) = (grid, luma, colours, SpreadOf(grid));

    /// <summary>The picture at 32×24, <c>[H, W, 3]</c>.</summary>
    public byte[] Grid { get; }

    /// <summary>Brightness at 64×48, <c>[H, W]</c>.</summary>
    public byte[] Luma { get; }

    /// <summary>Pixels (at 64×48) of each of 8³ colours. Joint, since scenes can share brightness or hue but seldom their combination.</summary>
    public ushort[] Colours { get; }

    /// <summary>Standard deviation of the channel that varies most, in grey levels: near 0 for one colour.</summary>
    public double Spread { get; }

    /// <summary>Takes a frame.</summary>
    /// <param name="rgba"><c>[Height, Width, 4]</c>.</param>
    public static FrameSignature Of(ReadOnlySpan<byte> rgba)
    {
        var half = new byte[LumaWidth * LumaHeight * 3];
        Halve(rgba, 4, LumaWidth, LumaHeight, half);
        var grid = new byte[GridWidth * GridHeight * 3];
        Halve(half, 3, GridWidth, GridHeight, grid);
        var luma = new byte[LumaWidth * LumaHeight];
        FrameFeatures.Luma(half, 3, luma);
        var colours = new ushort[Levels * Levels * Levels];
        for (int i = 0; i < half.Length; i += 3)
            colours[(half[i] >> 5) * Levels * Levels + (half[i + 1] >> 5) * Levels + (half[i + 2] >> 5)]++;
        return new FrameSignature(grid, luma, colours);
    }

    /// <summary>The frame that lies at <paramref name="share"/> of the way between two.</summary>
    public static FrameSignature Between(FrameSignature a, FrameSignature b, double share)
    {
        return new FrameSignature(Mix(a.Grid, b.Grid), Mix(a.Luma, b.Luma), [.. a.Colours.Zip(b.Colours, (x, y) => (ushort)Math.Round(x + share * (y - x)))]);

        byte[] Mix(byte[] first, byte[] second) => [.. first.Zip(second, (x, y) => (byte)Math.Round(x + share * (y - x)))];
    }

    /// <summary>
    /// How much two frames differ: the geometric mean of the pictures' mean absolute difference (grey levels) and the share of pixels whose
    /// colours have no counterpart. Motion changes the first and hardly the second; a change of scene changes both.
    /// </summary>
    public static float Distance(FrameSignature a, FrameSignature b) =>
        MathF.Sqrt((float)FrameFeatures.MeanAbsDifference(a.Grid, b.Grid) * ColourDifference(a.Colours, b.Colours) / (2f * LumaWidth * LumaHeight));

    /// <summary>Sum of squared differences of the small pictures.</summary>
    public static float SquaredDistance(FrameSignature a, FrameSignature b)
    {
        var sums = Vector<uint>.Zero;
        var first = MemoryMarshal.Cast<byte, Vector<byte>>(a.Grid);
        var second = MemoryMarshal.Cast<byte, Vector<byte>>(b.Grid);
        for (int i = 0; i < first.Length; i++)
        {
            Vector.Widen(Vector.Max(first[i], second[i]) - Vector.Min(first[i], second[i]), out var low, out var high);
            Vector.Widen(low * low, out var s0, out var s1);
            Vector.Widen(high * high, out var s2, out var s3);
            sums += s0 + s1 + s2 + s3;
        }
        return Vector.Sum(sums);
    }

    /// <summary>
    /// The share of the small picture in which no channel differs by more than noise does. What is black in both frames does not count: two
    /// scenes can share borders or a night. 1 where all is black.
    /// </summary>
    public static double Unchanged(FrameSignature a, FrameSignature b)
    {
        const int noise = 12, black = 20;
        int same = 0, seen = 0;
        for (int i = 0; i < a.Grid.Length; i += 3)
        {
            var first = a.Grid.AsSpan(i, 3);
            var second = b.Grid.AsSpan(i, 3);
            if (first.IndexOfAnyExceptInRange((byte)0, (byte)black) < 0 && second.IndexOfAnyExceptInRange((byte)0, (byte)black) < 0)
                continue;
            seen++;
            if (Math.Abs(first[0] - second[0]) < noise && Math.Abs(first[1] - second[1]) < noise && Math.Abs(first[2] - second[2]) < noise)
                same++;
        }
        return seen == 0 ? 1 : (double)same / seen;
    }

    private static int ColourDifference(ushort[] a, ushort[] b)
    {
        var sums = Vector<ushort>.Zero;
        var first = MemoryMarshal.Cast<ushort, Vector<ushort>>(a);
        var second = MemoryMarshal.Cast<ushort, Vector<ushort>>(b);
        // No overflow: both histograms count 3,072 pixels.
        for (int i = 0; i < first.Length; i++)
            sums += Vector.Max(first[i], second[i]) - Vector.Min(first[i], second[i]);
        Vector.Widen(sums, out var low, out var high);
        return (int)(Vector.Sum(low) + Vector.Sum(high));
    }

    private static void Halve(ReadOnlySpan<byte> pixels, int channels, int width, int height, Span<byte> rgb)
    {
        int line = 2 * width * channels;
        for (int y = 0, at = 0; y < height; y++)
        {
            var upper = pixels.Slice(2 * y * line, line);
            var lower = pixels.Slice((2 * y + 1) * line, line);
            for (int x = 0; x < line; x += 2 * channels)
            {
                for (int c = x; c < x + 3; c++)
                    rgb[at++] = (byte)((upper[c] + upper[c + channels] + lower[c] + lower[c + channels] + 2) >> 2);
            }
        }
    }

    private static double SpreadOf(byte[] grid)
    {
        double most = 0;
        for (int c = 0; c < 3; c++)
        {
            long sum = 0, squares = 0;
            for (int i = c; i < grid.Length; i += 3)
                (sum, squares) = (sum + grid[i], squares + grid[i] * grid[i]);
            double mean = sum * 3.0 / grid.Length;
            most = Math.Max(most, squares * 3.0 / grid.Length - mean * mean);
        }
        return Math.Sqrt(Math.Max(0, most));
    }
}
