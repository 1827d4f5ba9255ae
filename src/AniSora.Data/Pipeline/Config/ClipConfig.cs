namespace AniSora.Data.Pipeline;

/// <summary>A size and pace of clips. Batches are made of clips of one bucket.</summary>
/// <param name="Frames">T, of the form 4k+1.</param>
/// <param name="Height">H in pixels.</param>
/// <param name="Width">W in pixels.</param>
/// <param name="Fps">Frames per second aimed at: the nearest that a whole number of source frames per clip frame gives.</param>
/// <param name="Pace">How fast a clip shows what happens: 2 is twice as fast as the source.</param>
public sealed record ClipBucket(int Frames, int Height, int Width, double Fps, double Pace = 1);

/// <summary>How shots become clips.</summary>
public sealed record ClipConfig
{
    /// <summary>The sizes and paces; a shot gives clips for each that fits.</summary>
    public IReadOnlyList<ClipBucket> Buckets { get; init; } = [new(17, 64, 64, 8)];

    /// <summary>Shortest clip in seconds, from its first to its last frame.</summary>
    public double MinSeconds { get; init; } = 2;

    /// <summary>Longest clip in seconds.</summary>
    public double MaxSeconds { get; init; } = 20;

    /// <summary>Frames left out at both ends of a shot that borders on a transition.</summary>
    public int Trim { get; init; } = 2;

    /// <summary>Share of a clip that the next one of the same sequence repeats, 0 … 0.95.</summary>
    public double Overlap { get; init; }

    /// <summary>Most clips of one shot and bucket, spread evenly over it.</summary>
    public int MaxPerShot { get; init; } = 64;
}
