namespace AniSora.Kernels;

/// <summary>All that is read from a clip's motion, its flow computed once.</summary>
/// <param name="Score">Mean flow in pixels per frame interval at 480 pixels height (<see cref="MotionScore"/>).</param>
/// <param name="LargestComponent">The largest |U| or |V| of each pair, mean over pairs, likewise scaled: AniSora's own score.</param>
/// <param name="Directions">Where the motion goes (<see cref="FlowField.DirectionHistogram"/>), mean over pairs that move.</param>
/// <param name="Camera">What the camera does.</param>
/// <param name="Masks"><c>[T, H, W]</c>: 255 where something moves by itself; empty unless asked for.</param>
/// <param name="Union"><c>[H, W]</c>: 255 where something moves in any frame; empty unless asked for.</param>
public sealed record ClipMotion(double Score, double LargestComponent, float[] Directions, CameraMotion Camera, byte[] Masks, byte[] Union)
{
    /// <summary>Reads a clip.</summary>
    /// <param name="pixels">Frames <c>[T, H, W, channels]</c>.</param>
    /// <param name="channels">3 or 4 (a fourth is ignored).</param>
    /// <param name="frames">T, 2 or more.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="masks">Whether masks are wanted. The last frame's comes from the flow backwards.</param>
    /// <param name="quality">Of the flow.</param>
    /// <param name="directions">Bins of <see cref="Directions"/>.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static unsafe ClipMotion Of(
        ReadOnlySpan<byte> pixels, int channels, int frames, int height, int width, bool masks = false, FlowQuality quality = FlowQuality.Accurate, int directions = 8)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 2);
        int n = height * width, size = n * channels;
        if (pixels.Length != (long)size * frames)
            throw new ArgumentException($"[{frames}, {height}, {width}, {channels}] has {(long)size * frames} bytes, got {pixels.Length}");
        double score = 0, largest = 0, scale = (double)MotionScore.ReferenceHeight / height;
        double[] histogram = new double[directions];
        var moves = new List<CameraMove>();
        byte[] all = masks ? new byte[frames * n] : [];
        for (int t = 0; t + 1 < frames; t++)
        {
            ReadOnlySpan<byte> here = pixels.Slice(t * size, size), next = pixels.Slice((t + 1) * size, size);
            var field = OpticalFlow.Estimate(here, next, channels, width, height, quality);
            score += MotionScore.Of(field);
            largest += field.LargestComponent() * scale;
            float[] bins = field.DirectionHistogram(directions);
            for (int k = 0; k < directions; k++)
                histogram[k] += bins[k];
            moves.Add(CameraMove.Fit(field));
            if (masks)
                MotionMask.Moving(field, moves[^1], all.AsSpan(t * n, n));
            if (masks && t + 2 == frames)
            {
                var back = OpticalFlow.Estimate(next, here, channels, width, height, quality);
                MotionMask.Moving(back, CameraMove.Fit(back), all.AsSpan((t + 1) * n, n));
            }
        }

        if (masks)
        {
            fixed (byte* at = pixels)
            {
                byte* film = at;
                Parallel.For(0, frames, t => MotionMask.Of(t, 1, k => new(film + (nint)k * size, size), channels, moves, all.AsSpan(t * n, n), all.AsSpan(t * n, n)));
            }
        }

        double moving = histogram.Sum();
        return new(score / (frames - 1), largest / (frames - 1), [.. histogram.Select(b => moving > 0 ? (float)(b / moving) : 0)], CameraMotion.Of(moves), all, UnionOf(all, n));
    }

    private static byte[] UnionOf(byte[] masks, int pixels)
    {
        if (masks.Length == 0)
            return [];
        var union = new byte[pixels];
        for (int i = 0; i < masks.Length; i++)
            union[i % pixels] |= masks[i];
        return union;
    }
}
