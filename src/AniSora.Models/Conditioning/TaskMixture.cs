namespace AniSora.Models.Conditioning;

/// <summary>Relative frequencies of the guides that training draws: all of them are masks.</summary>
public sealed record TaskMixture
{
    /// <summary>Nothing given: text to video.</summary>
    public double None { get; init; } = 0.08;

    /// <summary>The first frame given: image to video.</summary>
    public double First { get; init; } = 0.2;

    /// <summary>First and last frame given.</summary>
    public double FirstLast { get; init; } = 0.2;

    /// <summary>First, middle and last frame given.</summary>
    public double FirstMiddleLast { get; init; } = 0.22;

    /// <summary>One to four random frames given.</summary>
    public double RandomKeyFrames { get; init; } = 0.1;

    /// <summary>The first frame and everything outside a region given: only the region moves.</summary>
    public double Region { get; init; } = 0.2;
}
