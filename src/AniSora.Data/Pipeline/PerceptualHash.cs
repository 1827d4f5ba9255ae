namespace AniSora.Data.Pipeline;

/// <summary>
/// A 64-bit fingerprint of a sequence's look (Zauner 2010, the DCT hash): similar pictures differ in few bits. Of the mean of three frames,
/// over mid-grey where transparent.
/// </summary>
public static class PerceptualHash
{
    private const int Side = 32, Kept = 8;
    private static readonly double[,] _cosine = Cosines();

    /// <summary>The hash of a sequence.</summary>
    /// <param name="rgba"><c>[T, H, W, 4]</c>.</param>
    /// <param name="frames">T, 1 or more.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    public static long Of(ReadOnlySpan<byte> rgba, int frames, int height, int width)
    {
        var mean = new double[Side * Side];
        foreach (int t in new[] { 0, frames / 2, frames - 1 })
            AddLuma(rgba.Slice(t * height * width * 4, height * width * 4), height, width, mean);

        Span<double> low = stackalloc double[Kept * Kept];
        for (int v = 0; v < Kept; v++)
        {
            for (int u = 0; u < Kept; u++)
            {
                double sum = 0;
                for (int y = 0; y < Side; y++)
                {
                    for (int x = 0; x < Side; x++)
                        sum += mean[y * Side + x] * _cosine[v + 1, y] * _cosine[u + 1, x];
                }
                low[v * Kept + u] = sum;
            }
        }
        var sorted = low.ToArray();
        Array.Sort(sorted);
        double median = (sorted[Kept * Kept / 2 - 1] + sorted[Kept * Kept / 2]) / 2;
        ulong hash = 0;
        for (int i = 0; i < low.Length; i++)
            hash |= low[i] > median ? 1UL << i : 0;
        return (long)hash;
    }

    /// <summary>In how many of the 64 bits two hashes differ.</summary>
    public static int Distance(long a, long b) => System.Numerics.BitOperations.PopCount((ulong)(a ^ b));

    private static void AddLuma(ReadOnlySpan<byte> frame, int height, int width, double[] mean)
    {
        for (int y = 0; y < Side; y++)
        {
            int top = y * height / Side, bottom = Math.Max(top + 1, (y + 1) * height / Side);
            for (int x = 0; x < Side; x++)
            {
                int left = x * width / Side, right = Math.Max(left + 1, (x + 1) * width / Side);
                double sum = 0;
                for (int j = top; j < bottom; j++)
                {
                    for (int i = left; i < right; i++)
                    {
                        int p = (j * width + i) * 4;
                        double alpha = frame[p + 3] / 255.0;
                        sum += alpha * (0.299 * frame[p] + 0.587 * frame[p + 1] + 0.114 * frame[p + 2]) + (1 - alpha) * 128;
                    }
                }
                mean[y * Side + x] += sum / ((bottom - top) * (right - left));
            }
        }
    }

    private static double[,] Cosines()
    {
        var table = new double[Kept + 1, Side];
        for (int k = 0; k <= Kept; k++)
        {
            for (int x = 0; x < Side; x++)
                table[k, x] = Math.Cos(Math.PI * k * (x + 0.5) / Side);
        }
        return table;
    }
}
