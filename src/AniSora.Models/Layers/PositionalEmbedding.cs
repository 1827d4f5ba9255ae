namespace AniSora.Models.Layers;

/// <summary>
/// Where a video token is, said in numbers: rotary tables and the older sums of sinusoids. Positions are counted in tokens. All by tensor
/// operators, on the device and for the size at hand.
/// </summary>
public static class PositionalEmbedding
{
    private const double Theta = 10000;

    /// <summary>
    /// Tables of the 3D rotary embedding (RoFormer, arXiv 2104.09864, split over three axes as in CogVideoX): of each head's
    /// <paramref name="headDim"/> numbers a quarter turns with time, three eighths with height, three eighths with width.
    /// </summary>
    /// <param name="headDim">Numbers per head, a multiple of 16.</param>
    /// <param name="frames">Latent steps.</param>
    /// <param name="height">Tokens down the picture.</param>
    /// <param name="width">Tokens across the picture.</param>
    /// <param name="textTokens">Rows before the video's that do not turn (cosine 1, sine 0).</param>
    /// <returns>Cosines and sines, each [textTokens + frames·height·width, headDim]; pairs of neighbours share an angle.</returns>
    public static (Tensor Cos, Tensor Sin) Rotary(int headDim, long frames, long height, long width, long textTokens = 0)
    {
        // Angles of one axis [n, size], in double precision: far positions turn many times.
        Tensor Angles(long n, int size) => Positions(n).unsqueeze(1) * Frequencies(size, i => -(double)(i / 2 * 2) / size);
        Tensor OverGrid(Tensor angles, params long[] shape) => angles.view([.. shape, -1]).expand(frames, height, width, -1);

        using var scope = NewDisposeScope();
        var (time, space) = (headDim / 4, headDim / 8 * 3);
        var video = cat([
            OverGrid(Angles(frames, time), frames, 1, 1),
            OverGrid(Angles(height, space), 1, height, 1),
            OverGrid(Angles(width, space), 1, 1, width)], 3).reshape(frames * height * width, headDim);
        var sequence = cat([zeros(textTokens, headDim, float64), video], 0);
        return (sequence.cos().to(float32).MoveToOuterDisposeScope(), sequence.sin().to(float32).MoveToOuterDisposeScope());
    }

    /// <summary>Sum-of-sinusoids embedding of CogVideoX-2B: a quarter of the width says the time, the rest half column, half row.</summary>
    /// <param name="dim">Width of the transformer.</param>
    /// <param name="frames">Latent steps.</param>
    /// <param name="height">Tokens down the picture.</param>
    /// <param name="width">Tokens across the picture.</param>
    /// <param name="spatialScale">Divides rows and columns.</param>
    /// <param name="temporalScale">Divides time.</param>
    /// <returns>[frames·height·width, dim].</returns>
    public static Tensor Sinusoidal(int dim, long frames, long height, long width, double spatialScale, double temporalScale)
    {
        // One axis [n, size]: all sines, then all cosines.
        Tensor Waves(long n, double scale, int size)
        {
            var angles = (Positions(n) / scale).unsqueeze(1) * Frequencies(size / 2, i => -(double)i / (size / 2));
            return cat([angles.sin(), angles.cos()], 1);
        }
        Tensor OverGrid(Tensor waves, params long[] shape) => waves.view([.. shape, -1]).expand(frames, height, width, -1);

        using var scope = NewDisposeScope();
        var (timeDim, axisDim) = (dim / 4, dim / 4 * 3 / 2);
        return cat([
            OverGrid(Waves(frames, temporalScale, timeDim), frames, 1, 1),
            OverGrid(Waves(width, spatialScale, axisDim), 1, 1, width),
            OverGrid(Waves(height, spatialScale, axisDim), 1, height, 1)], 3)
            .reshape(frames * height * width, dim).to(float32).MoveToOuterDisposeScope();
    }

    private static Tensor Positions(long n) => arange(n, dtype: float64);

    /// <summary>θ to the power of each exponent.</summary>
    private static Tensor Frequencies(int count, Func<int, double> exponent) =>
        tensor(Enumerable.Range(0, count).Select(i => Math.Pow(Theta, exponent(i))).ToArray());

    /// <summary>Sinusoidal embedding of the diffusion time.</summary>
    /// <param name="timestep">Times [B], whole or broken numbers in [0, 1000).</param>
    /// <param name="dim">Width, even.</param>
    /// <param name="cosFirst">Whether cosines come before sines.</param>
    /// <param name="freqShift">Subtracted from the number of frequencies.</param>
    /// <returns>[B, dim].</returns>
    public static Tensor Timestep(Tensor timestep, int dim, bool cosFirst = true, double freqShift = 0)
    {
        var half = dim / 2;
        using var frequencies = (arange(0, half, dtype: float32, device: timestep.device) * (-Math.Log(Theta) / (half - freqShift))).exp();
        using var angles = timestep.to(float32).unsqueeze(1) * frequencies;
        using var cos = angles.cos();
        using var sin = angles.sin();
        return cosFirst ? cat([cos, sin], 1) : cat([sin, cos], 1);
    }
}
