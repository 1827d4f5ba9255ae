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
            sum += Of(OpticalFlow.Estimate(previous, current, width, height));
            (previous, current) = (current, previous);
        }

        return sum / (frames - 1);
    }

    /// <summary>The score of one pair of frames.</summary>
    /// <param name="field">The motion from one to the other.</param>
    public static double Of(FlowField field) => field.MeanMagnitude() * ReferenceHeight / field.Height;
}
