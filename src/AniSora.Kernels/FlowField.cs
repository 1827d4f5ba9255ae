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
}
