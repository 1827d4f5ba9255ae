namespace AniSora.Kernels;

/// <summary>
/// A smooth random closed curve around a centre: <c>r(θ) = radius·(1 + Σₖ aₖ·cos(kθ + φₖ))</c> for k = 2…5, amplitudes falling as 1/k,
/// so the outline has bumps but no spikes and never crosses itself.
/// </summary>
/// <param name="CentreX">Centre in pixels from the left.</param>
/// <param name="CentreY">Centre in pixels from the top.</param>
/// <param name="Radius">Mean radius in pixels, &gt; 0.</param>
/// <param name="Irregularity">0 = a circle, 1 = the radius varies by at most ±64 %.</param>
/// <param name="Seed">The same seed gives the same blob.</param>
public sealed record BlobShape(double CentreX, double CentreY, double Radius, double Irregularity, ulong Seed) : MaskShape
{
    private const int First = 2, Last = 5;

    /// <inheritdoc/>
    public override void Paint(Span<byte> mask, int width, int height)
    {
        var random = new SplitMix(Seed);
        Span<double> amplitude = stackalloc double[Last + 1], phase = stackalloc double[Last + 1];
        double reach = 1;
        for (int k = First; k <= Last; k++)
        {
            reach += amplitude[k] = random.NextDouble() * Irregularity / (2 * k);
            phase[k] = random.NextDouble() * 2 * Math.PI;
        }

        reach *= Radius;
        int left = FirstFrom(CentreX - reach, width), right = FirstBeyond(CentreX + reach, width);
        for (int y = FirstFrom(CentreY - reach, height), bottom = FirstBeyond(CentreY + reach, height); y < bottom; y++)
        {
            for (int x = left; x < right; x++)
            {
                double dx = x + 0.5 - CentreX, dy = y + 0.5 - CentreY, theta = Math.Atan2(dy, dx), r = 1;
                for (int k = First; k <= Last; k++)
                    r += amplitude[k] * Math.Cos(k * theta + phase[k]);
                r *= Radius;
                if (dx * dx + dy * dy <= r * r)
                    mask[y * width + x] = Inside;
            }
        }
    }
}
