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
