using System.Numerics;

namespace AniSora.Kernels;

/// <summary>
/// Measured features of a picture's technical quality, named for what they are: none of them is a judgement of taste. Pixels whose alpha is
/// below one half don't count, nor do differences across the edge of what counts.
/// </summary>
/// <param name="Brightness">Mean brightness in grey levels (Rec. 601), 0 … 255.</param>
/// <param name="Sharpness">Variance of the Laplacian of the brightness, in grey levels² (Pech-Pacheco et al. 2000).</param>
/// <param name="Contrast">Standard deviation of the brightness, in grey levels.</param>
/// <param name="Colourfulness">M³ of Hasler and Süsstrunk (2003), §6: about 0 for grey, 15 slightly, 45 averagely, 80 and more highly colourful.</param>
/// <param name="Blockiness">Mean brightness step across multiples of 8 pixels, over the mean of the other steps, less 1; 0 where there is no excess.</param>
/// <param name="Exposure">Share of pixels that are neither clipped to black (4 or less) nor to white (251 or more), 0 … 1.</param>
public readonly record struct PictureQuality(double Brightness, double Sharpness, double Contrast, double Colourfulness, double Blockiness, double Exposure)
{
    private const int Block = 8;
    private const float Black = 4, White = 251;
    /// <summary>Grey levels added to both means: where a picture is flat, rounding is no grid.</summary>
    private const double Floor = 0.5;

    /// <summary>Measures a picture. Pure; may be called from any thread.</summary>
    /// <param name="rgba"><c>[H, W, 4]</c>, straight alpha.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <exception cref="ArgumentException">The picture is not of that size.</exception>
    public static PictureQuality Of(ReadOnlySpan<byte> rgba, int width, int height)
    {
        int n = width * height;
        if (n == 0 || rgba.Length != 4L * n)
            throw new ArgumentException($"[{height}, {width}, 4] has {4L * n} bytes, got {rgba.Length}");
        // counts is 1 where a pixel counts and 0 elsewhere; what does not count is 0 in every plane, so that sums need no branch.
        float[] luma = new float[n], counts = new float[n];
        double sum = 0, squares = 0, clipped = 0, pixels = 0, redGreen = 0, redGreenSquares = 0, yellowBlue = 0, yellowBlueSquares = 0;
        for (int i = 0, p = 0; i < n; i++, p += 4)
        {
            if (rgba[p + 3] < 128)
                continue;
            float r = rgba[p], g = rgba[p + 1], b = rgba[p + 2], y = 0.299f * r + 0.587f * g + 0.114f * b, rg = r - g, yb = 0.5f * (r + g) - b;
            (luma[i], counts[i]) = (y, 1);
            pixels++;
            sum += y;
            squares += y * y;
            clipped += y <= Black || y >= White ? 1 : 0;
            redGreen += rg;
            redGreenSquares += rg * rg;
            yellowBlue += yb;
            yellowBlueSquares += yb * yb;
        }
        if (pixels == 0)
            return default;
        double Variance(double total, double totalSquares) => Math.Max(0, totalSquares / pixels - total / pixels * (total / pixels));
        double colourfulness = Math.Sqrt(Variance(redGreen, redGreenSquares) + Variance(yellowBlue, yellowBlueSquares))
            + 0.3 * Math.Sqrt(Math.Pow(redGreen / pixels, 2) + Math.Pow(yellowBlue / pixels, 2));
        return new PictureQuality(sum / pixels, LaplacianVariance(luma, counts, width, height), Math.Sqrt(Variance(sum, squares)), colourfulness,
            GridExcess(luma, counts, width, height), 1 - clipped / pixels);
    }

    // The 4-neighbour Laplacian, where the pixel and all four neighbours count.
    private static double LaplacianVariance(float[] luma, float[] counts, int width, int height)
    {
        double sum = 0, squares = 0, count = 0;
        for (int y = 1; y < height - 1; y++)
        {
            Vector<float> rowSum = default, rowSquares = default, rowCount = default;
            int x = 1, row = y * width;
            for (; x <= width - 1 - Vector<float>.Count; x += Vector<float>.Count)
            {
                int i = row + x;
                var inside = At(counts, i) * At(counts, i - 1) * At(counts, i + 1) * At(counts, i - width) * At(counts, i + width);
                var laplacian = inside * (At(luma, i - 1) + At(luma, i + 1) + At(luma, i - width) + At(luma, i + width) - 4 * At(luma, i));
                rowSum += laplacian;
                rowSquares += laplacian * laplacian;
                rowCount += inside;
            }
            (sum, squares, count) = (sum + Vector.Sum(rowSum), squares + Vector.Sum(rowSquares), count + Vector.Sum(rowCount));
            for (; x < width - 1; x++)
            {
                int i = row + x;
                float inside = counts[i] * counts[i - 1] * counts[i + 1] * counts[i - width] * counts[i + width];
                float laplacian = inside * (luma[i - 1] + luma[i + 1] + luma[i - width] + luma[i + width] - 4 * luma[i]);
                (sum, squares, count) = (sum + laplacian, squares + laplacian * laplacian, count + inside);
            }
        }
        return count > 0 ? Math.Max(0, squares / count - sum / count * (sum / count)) : 0;
    }

    private static double GridExcess(float[] luma, float[] counts, int width, int height)
    {
        double[] columns = new double[Block], columnCounts = new double[Block], rows = new double[Block], rowCounts = new double[Block];
        for (int y = 0; y < height; y++)
        {
            for (int x = 1; x < width; x++)
            {
                int i = y * width + x;
                float both = counts[i] * counts[i - 1];
                columns[x % Block] += both * Math.Abs(luma[i] - luma[i - 1]);
                columnCounts[x % Block] += both;
            }
        }
        for (int y = 1; y < height; y++)
        {
            Vector<float> steps = default, pairs = default;
            int x = 0, row = y * width;
            for (; x <= width - Vector<float>.Count; x += Vector<float>.Count)
            {
                var both = At(counts, row + x) * At(counts, row + x - width);
                steps += both * Vector.Abs(At(luma, row + x) - At(luma, row + x - width));
                pairs += both;
            }
            double rowSum = Vector.Sum(steps), rowCount = Vector.Sum(pairs);
            for (; x < width; x++)
            {
                float both = counts[row + x] * counts[row + x - width];
                (rowSum, rowCount) = (rowSum + both * Math.Abs(luma[row + x] - luma[row + x - width]), rowCount + both);
            }
            rows[y % Block] += rowSum;
            rowCounts[y % Block] += rowCount;
        }
        double gridSteps = columns[0] + rows[0], gridPairs = columnCounts[0] + rowCounts[0], otherSteps = columns.Sum() + rows.Sum() - gridSteps, otherPairs = columnCounts.Sum() + rowCounts.Sum() - gridPairs;
        return gridPairs == 0 || otherPairs == 0 ? 0 : Math.Max(0, (gridSteps / gridPairs + Floor) / (otherSteps / otherPairs + Floor) - 1);
    }

    private static Vector<float> At(float[] values, int index) => new(values, index);
}
