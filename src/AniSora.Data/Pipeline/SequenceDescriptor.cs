using System.Globalization;

namespace AniSora.Data.Pipeline;

/// <summary>
/// Features of a sequence's look and motion in 64 bytes, to tell near-duplicates from what only has the same hash: the brightness of 4 × 4
/// fields at the beginning, middle and end, the colours of the four quarters, and how much each quarter changes and is structured. It does not
/// depend on size or pace, and hardly on the encoding. Over mid-grey where transparent.
/// </summary>
/// <remarks>
/// Bytes 0 … 47: brightness (Y of BT.601), time by time, row by row. 48 … 55: Cb and Cr of each quarter, mean over the three times. 56 … 59:
/// mean absolute change of brightness of the quarter's pixels from time to time, on a grid of 32 × 32. 60 … 63: mean absolute step between
/// neighbours of that grid.
/// </remarks>
public static class SequenceDescriptor
{
    /// <summary>Bytes; the text form has twice as many characters.</summary>
    public const int Length = 64;

    private const int Side = 32, Fields = 4, Times = 3, Quarters = 4, Colours = Times * Fields * Fields, Changes = Colours + 2 * Quarters, Steps = Changes + Quarters;

    /// <summary>The descriptor of a sequence, in lower-case hexadecimal.</summary>
    /// <param name="rgba"><c>[T, H, W, 4]</c>.</param>
    /// <param name="frames">T, 1 or more.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    public static string Of(ReadOnlySpan<byte> rgba, int frames, int height, int width)
    {
        var values = new double[Length];
        double[]? previous = null;
        const int quarterPixels = Side * Side / Quarters;
        for (int k = 0; k < Times; k++)
        {
            int t = k * (frames - 1) / (Times - 1);
            var (y, cb, cr) = Grid(rgba.Slice(t * height * width * 4, height * width * 4), height, width);
            for (int i = 0; i < y.Length; i++)
            {
                int column = i % Side, row = i / Side, quarter = row / (Side / 2) * 2 + column / (Side / 2);
                values[k * Fields * Fields + row / (Side / Fields) * Fields + column / (Side / Fields)] += y[i] / (Side * Side / (Fields * Fields));
                values[Colours + 2 * quarter] += cb[i] / (Times * quarterPixels);
                values[Colours + 2 * quarter + 1] += cr[i] / (Times * quarterPixels);
                if (previous is not null)
                    values[Changes + quarter] += Math.Abs(y[i] - previous[i]) / ((Times - 1) * quarterPixels);
                double right = column + 1 < Side ? Math.Abs(y[i + 1] - y[i]) : 0, down = row + 1 < Side ? Math.Abs(y[i + Side] - y[i]) : 0;
                values[Steps + quarter] += (right + down) / (2 * Times * quarterPixels);
            }
            previous = y;
        }
        return Convert.ToHexStringLower([.. values.Select(v => (byte)Math.Clamp(Math.Round(v), 0, 255))]);
    }

    /// <summary>
    /// How unlike two sequences are, in grey levels: the root of the mean squared difference, where brightness, colours, change and structure
    /// each count a quarter. 0 for equal ones; the same animation at another size, pace or encoding stays below about 4.
    /// </summary>
    /// <param name="a">A descriptor.</param>
    /// <param name="b">Another.</param>
    /// <exception cref="InputException">One is no descriptor.</exception>
    public static double Distance(string a, string b)
    {
        byte[] x = Bytes(a), y = Bytes(b);
        double sum = 0;
        foreach (var (from, to) in new[] { (0, Colours), (Colours, Changes), (Changes, Steps), (Steps, Length) })
        {
            double part = 0;
            for (int i = from; i < to; i++)
                part += (x[i] - y[i]) * (x[i] - y[i]);
            sum += part / (to - from) / 4;
        }
        return Math.Sqrt(sum);
    }

    private static byte[] Bytes(string text) => text.Length == 2 * Length && text.All(char.IsAsciiHexDigit)
        ? Convert.FromHexString(text)
        : throw new InputException(string.Create(CultureInfo.InvariantCulture, $"descriptor \"{text}\" is not {2 * Length} hexadecimal digits; make the sequences again"));

    // The picture as Y, Cb, Cr on a grid: mean over the pixels of each cell.
    private static (double[] Y, double[] Cb, double[] Cr) Grid(ReadOnlySpan<byte> frame, int height, int width)
    {
        double[] luma = new double[Side * Side], blue = new double[luma.Length], red = new double[luma.Length];
        for (int row = 0, i = 0; row < Side; row++)
        {
            int top = row * height / Side, bottom = Math.Max(top + 1, (row + 1) * height / Side);
            for (int column = 0; column < Side; column++, i++)
            {
                int left = column * width / Side, right = Math.Max(left + 1, (column + 1) * width / Side);
                double r = 0, g = 0, b = 0;
                for (int y = top; y < bottom; y++)
                {
                    for (int x = left; x < right; x++)
                    {
                        int p = (y * width + x) * 4;
                        double alpha = frame[p + 3] / 255.0, grey = 128 * (1 - alpha);
                        (r, g, b) = (r + alpha * frame[p] + grey, g + alpha * frame[p + 1] + grey, b + alpha * frame[p + 2] + grey);
                    }
                }
                int count = (bottom - top) * (right - left);
                luma[i] = (0.299 * r + 0.587 * g + 0.114 * b) / count;
                blue[i] = 128 + 0.564 * (b / count - luma[i]);
                red[i] = 128 + 0.713 * (r / count - luma[i]);
            }
        }
        return (luma, blue, red);
    }
}
