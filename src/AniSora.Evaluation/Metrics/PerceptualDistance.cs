namespace AniSora.Evaluation;

/// <summary>
/// A perceptual distance built as LPIPS is (Zhang et al. 2018, eq. 1), over maps of any network, with every channel counting alike: LPIPS's learned
/// channel weights are not there, so its published numbers cannot be compared with these.
/// </summary>
public static class PerceptualDistance
{
    /// <summary>The distance of two pictures by one stage of a network.</summary>
    /// <param name="a">Its map <c>[C, H, W]</c> of one picture.</param>
    /// <param name="b">Of the other.</param>
    /// <param name="channels">C.</param>
    /// <returns>0 … 4: the mean over places of the squared distance of both places' channels, each set scaled to length 1.</returns>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static double Of(ReadOnlySpan<float> a, ReadOnlySpan<float> b, int channels)
    {
        if (a.Length != b.Length || a.Length == 0 || a.Length % channels != 0)
            throw new ArgumentException($"maps of {a.Length} and {b.Length} values are not two of {channels} channels");
        int places = a.Length / channels;
        float[] squaresA = new float[places], squaresB = new float[places], dots = new float[places];
        for (int c = 0; c < channels; c++)
        {
            ReadOnlySpan<float> p = a.Slice(c * places, places), q = b.Slice(c * places, places);
            for (int i = 0; i < places; i++)
            {
                squaresA[i] += p[i] * p[i];
                squaresB[i] += q[i] * q[i];
                dots[i] += p[i] * q[i];
            }
        }
        double sum = 0;
        for (int i = 0; i < places; i++)
        {
            // |â - b̂|² of two vectors of length 1, or of one and nothing.
            double lengths = Math.Sqrt((double)squaresA[i] * squaresB[i]);
            sum += lengths > 0 ? Math.Max(0, 2 - 2 * dots[i] / lengths) : squaresA[i] + squaresB[i] > 0 ? 1 : 0;
        }
        return sum / places;
    }
}
