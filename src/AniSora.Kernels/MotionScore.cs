namespace AniSora.Kernels;

/// <summary>
/// How much a clip moves: the mean optical-flow magnitude over all pixels and all pairs of neighbouring frames, in pixels per frame interval
/// as if the picture were <see cref="ReferenceHeight"/> pixels high. So the score does not depend on the stored size, and doubling the speed
/// doubles it.
/// </summary>
public static class MotionScore
{
    /// <summary>The height that scores refer to: 480 pixels, the height at which AniSora's own pipeline measures flow.</summary>
    public const int ReferenceHeight = 480;

    /// <summary>The score of a clip.</summary>
    /// <param name="rgb">Frames <c>[T, H, W, 3]</c>.</param>
    /// <param name="frames">T, 2 or more.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    public static double Of(ReadOnlySpan<byte> rgb, int frames, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 2);
        int n = height * width;
        if (rgb.Length != 3L * n * frames)
            throw new ArgumentException($"[{frames}, {height}, {width}, 3] has {3L * n * frames} bytes, got {rgb.Length}");
        float[] previous = new float[n], current = new float[n];
        OpticalFlow.Luma(rgb[..(3 * n)], 3, previous);
        double sum = 0;
        for (int t = 1; t < frames; t++)
        {
            OpticalFlow.Luma(rgb.Slice(3 * n * t, 3 * n), 3, current);
            sum += OfPair(previous, current, height, width);
            (previous, current) = (current, previous);
        }

        return sum / (frames - 1);
    }

    /// <summary>The score of one pair of frames.</summary>
    /// <param name="first">Brightness <c>[H, W]</c>, 0…255.</param>
    /// <param name="second">Brightness <c>[H, W]</c> of the following frame.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    public static double OfPair(ReadOnlySpan<float> first, ReadOnlySpan<float> second, int height, int width) =>
        OpticalFlow.Estimate(first, second, width, height).MeanMagnitude() * ReferenceHeight / height;
}
