namespace AniSora.Data.Pipeline;

/// <summary>
/// How footage becomes a training set. Stored in the data set as <c>ingest.json</c>; each stage depends only on its own part, so a changed
/// rule does not decode anything again.
/// </summary>
public sealed record IngestConfig
{
    /// <summary>Sources in a unit of work: what a killed worker does again at most.</summary>
    public int SourcesPerShard { get; init; } = 32;

    /// <summary>How films are cut into shots.</summary>
    public ShotConfig Shots { get; init; } = new();

    /// <summary>How shots become clips.</summary>
    public ClipConfig Clips { get; init; } = new();

    /// <summary>What is measured of a clip.</summary>
    public ScoreConfig Scores { get; init; } = new();

    /// <summary>Where foreground and motion masks come from.</summary>
    public MaskConfig Masks { get; init; } = new();

    /// <summary>Where captions come from.</summary>
    public CaptionConfig Captions { get; init; } = new();

    /// <summary>Which candidates are kept.</summary>
    public FilterConfig Filter { get; init; } = new();

    /// <summary>How often each kept clip is drawn, and which are held out.</summary>
    public BalanceConfig Balance { get; init; } = new();
}

/// <summary>A size and pace of clips. Batches are made of clips of one bucket.</summary>
/// <param name="Frames">T, of the form 4k+1.</param>
/// <param name="Height">H in pixels.</param>
/// <param name="Width">W in pixels.</param>
/// <param name="Fps">Frames per second aimed at: the nearest that a whole number of source frames per clip frame gives.</param>
public sealed record ClipBucket(int Frames, int Height, int Width, double Fps);

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

/// <summary>How films are cut into shots.</summary>
public sealed record ShotConfig;

/// <summary>What is measured of a clip.</summary>
public sealed record ScoreConfig;

/// <summary>Where foreground and motion masks come from.</summary>
public sealed record MaskConfig;

/// <summary>Where captions come from.</summary>
public sealed record CaptionConfig;

/// <summary>Which candidates are kept.</summary>
public sealed record FilterConfig;

/// <summary>How often each kept clip is drawn, and which are held out.</summary>
public sealed record BalanceConfig;
