namespace AniSora.Data.Pipeline;

/// <summary>A rule that a clip must meet to be kept.</summary>
/// <param name="Name">What a removed clip is said to be, such as <c>text</c>.</param>
/// <param name="Keep">SQL condition over the columns of <c>candidates.parquet</c> that a clip to be kept meets.</param>
/// <param name="Why">For the report: what the rule is for.</param>
public sealed record FilterRule(string Name, string Keep, string Why);

/// <summary>Which candidates are kept.</summary>
public sealed record FilterConfig
{
    /// <summary>The rules, in order; a clip is removed by the first that it breaks.</summary>
    public IReadOnlyList<FilterRule> Rules { get; init; } =
    [
        new("text", "text_cover <= 1", "credits, subtitles and watermarks would be learnt as part of the picture"),
        new("still", "motion_score >= 0.5", "a still picture teaches a video model to stand still"),
        new("frantic", "motion_score <= 80", "flashes and motion beyond what flow can follow"),
        new("borders", "border_share <= 0.25", "too little picture is left inside the black borders"),
        new("exposure", "exposure >= 0.05", "almost everything is black or white: fades and empty frames"),
        new("blur", "sharpness >= 1", "nothing in the picture is sharp"),
    ];

    /// <summary>Largest number of differing bits (of 64) of two sequences' perceptual hashes that may be near-duplicates; -1 keeps all.</summary>
    public int DuplicateBits { get; init; } = 8;

    /// <summary>
    /// Near-duplicates' descriptors are nearer than this (<see cref="SequenceDescriptor.Distance"/>). With 8 bits and 4, of 62 film clips
    /// that were encoded again at another size and rate 54 were recognised and of 2,198 other pairs none (docs/log.md).
    /// </summary>
    public double DuplicateDistance { get; init; } = 4;
}
