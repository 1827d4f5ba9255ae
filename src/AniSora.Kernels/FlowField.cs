namespace AniSora.Kernels;

/// <summary>A dense motion field: pixel (x, y) of the first picture is found at (x + U, y + V) in the second.</summary>
/// <param name="Width">W.</param>
/// <param name="Height">H.</param>
/// <param name="U">Motion to the right in pixels, <c>[H, W]</c>.</param>
/// <param name="V">Motion downwards in pixels, <c>[H, W]</c>.</param>
public sealed record FlowField(int Width, int Height, float[] U, float[] V)
{
    /// <summary>The mean of √(U² + V²) over all pixels, in pixels.</summary>
    public double MeanMagnitude()
    {
        double sum = 0;
        for (int i = 0; i < U.Length; i++)
            sum += Math.Sqrt(U[i] * U[i] + V[i] * V[i]);
        return sum / U.Length;
    }

    /// <summary>The largest |U| or |V| of any pixel, in pixels: AniSora's own score of a pair of frames.</summary>
    public double LargestComponent()
    {
        float largest = 0;
        for (int i = 0; i < U.Length; i++)
            largest = Math.Max(largest, Math.Max(Math.Abs(U[i]), Math.Abs(V[i])));
        return largest;
    }

    /// <summary>The vectors pixel by pixel, <c>[H, W, 2]</c>: right, down, in pixels.</summary>
    public float[] Vectors()
    {
        var vectors = new float[2 * U.Length];
        for (int i = 0; i < U.Length; i++)
            (vectors[2 * i], vectors[2 * i + 1]) = (U[i], V[i]);
        return vectors;
    }

    /// <summary>
    /// Where the motion goes: the share of the motion's length in each direction. Bin 0 is centred on "to the right"; the others follow clockwise
    /// as seen (to the right, downwards, to the left, upwards).
    /// </summary>
    /// <param name="bins">8 or 16 are usual; 1 or more.</param>
    /// <returns>Shares that add up to 1, or zeros where nothing moves.</returns>
    public float[] DirectionHistogram(int bins = 8)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        var sums = new double[bins];
        double all = 0;
        for (int i = 0; i < U.Length; i++)
        {
            double length = Math.Sqrt(U[i] * U[i] + V[i] * V[i]);
            int bin = (int)Math.Round(Math.Atan2(V[i], U[i]) * bins / (2 * Math.PI));
            sums[(bin % bins + bins) % bins] += length;
            all += length;
        }

        return [.. sums.Select(s => all > 0 ? (float)(s / all) : 0)];
    }
}
