namespace AniSora.Training.Models;

/// <summary>Where a video token is, said in numbers: rotary tables and the older sums of sinusoids. Positions are counted in tokens.</summary>
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
        var rows = textTokens + (frames * height * width);
        var (cosines, sines) = (new float[rows * headDim], new float[rows * headDim]);
        Array.Fill(cosines, 1f, 0, (int)textTokens * headDim);
        var at = (int)textTokens * headDim;

        void Write(long position, int size)
        {
            for (var i = 0; i < size; i += 2, at += 2)
            {
                var (sin, cos) = Math.SinCos(position * Math.Pow(Theta, -(double)i / size));
                cosines[at] = cosines[at + 1] = (float)cos;
                sines[at] = sines[at + 1] = (float)sin;
            }
        }

        for (var t = 0L; t < frames; t++)
            for (var y = 0L; y < height; y++)
                for (var x = 0L; x < width; x++)
                {
                    Write(t, headDim / 4);
                    Write(y, headDim / 8 * 3);
                    Write(x, headDim / 8 * 3);
                }
        return (tensor(cosines, [rows, headDim]), tensor(sines, [rows, headDim]));
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
        // A published model's is some 200 MB, which shapes alone do not need.
        if (get_default_device().type == DeviceType.META)
            return empty(frames * height * width, dim);
        var values = new float[frames * height * width * dim];
        var (timeDim, axisDim) = (dim / 4, dim / 4 * 3 / 2);
        var at = 0;

        void Write(double position, int size)
        {
            var half = size / 2;
            for (var i = 0; i < half; i++)
            {
                var (sin, cos) = Math.SinCos(position * Math.Pow(Theta, -(double)i / half));
                (values[at + i], values[at + half + i]) = ((float)sin, (float)cos);
            }
            at += size;
        }

        for (var t = 0L; t < frames; t++)
            for (var y = 0L; y < height; y++)
                for (var x = 0L; x < width; x++)
                {
                    Write(t / temporalScale, timeDim);
                    Write(x / spatialScale, axisDim);
                    Write(y / spatialScale, axisDim);
                }
        return tensor(values, [frames * height * width, dim]);
    }

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
