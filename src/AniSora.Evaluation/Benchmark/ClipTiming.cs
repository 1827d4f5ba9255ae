namespace AniSora.Evaluation.Benchmark;

/// <summary>Which frames of its source a clip shows: in real time and at an even pace, so that no frame is jumped over or held longer than its neighbours.</summary>
/// <param name="Rate">The clip's frames per second.</param>
/// <param name="Step">Source frames from one frame shown to the next.</param>
/// <param name="Hold">Clip frames for which a source frame is shown.</param>
public readonly record struct ClipTiming(double Rate, int Step, int Hold)
{
    /// <summary>The rate nearest to the one asked for that a whole step, or a whole hold, gives; nearness is the ratio.</summary>
    /// <param name="sourceRate">Frames per second of the source.</param>
    /// <param name="rate">Frames per second asked for.</param>
    public static ClipTiming Of(double sourceRate, double rate)
    {
        int factor = Nearest(Math.Max(sourceRate, rate) / Math.Min(sourceRate, rate));
        return sourceRate >= rate ? new(sourceRate / factor, factor, 1) : new(sourceRate * factor, 1, factor);
    }

    /// <summary>Clip frames for which a frame of another source is shown, in a clip of this rate.</summary>
    /// <param name="sourceRate">Frames per second of the other source.</param>
    public int HoldOf(double sourceRate) => Math.Max(1, (int)Math.Round(Rate / sourceRate));

    /// <summary>The source frame for each clip frame; those after its last are for the reader to fold.</summary>
    /// <param name="count">How many clip frames.</param>
    /// <param name="first">The source frame of clip frame 0.</param>
    public int[] Frames(int count, int first)
    {
        var (step, hold) = (Step, Hold);
        return [.. Enumerable.Range(0, count).Select(t => first + t / hold * step)];
    }

    private static int Nearest(double ratio)
    {
        double below = Math.Max(1, Math.Floor(ratio));
        return (int)(ratio / below <= (below + 1) / ratio ? below : below + 1);
    }
}
