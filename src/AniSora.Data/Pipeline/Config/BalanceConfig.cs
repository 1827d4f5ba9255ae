namespace AniSora.Data.Pipeline;

/// <summary>How often each kept clip is drawn, and which are held out.</summary>
public sealed record BalanceConfig
{
    /// <summary>How evenly labels share the draws, 0 … 1: a clip of a label with n clips weighs n^-balance.</summary>
    public double Label { get; init; } = 0.5;

    /// <summary>How evenly the motion bins share them, 0 … 1, likewise.</summary>
    public double Motion { get; init; } = 0.5;

    /// <summary>Upper bounds of the motion bins, in motion score; what is above the last is one more bin.</summary>
    public IReadOnlyList<double> MotionBins { get; init; } = [1, 2, 4, 8, 16, 32];

    /// <summary>
    /// Share of the identities that are held out, 0 … 0.9. All clips of an identity, and of those it has near-duplicates in, go together.
    /// Above 0 at least one is held out, and at least one is trained on.
    /// </summary>
    public double TestShare { get; init; } = 0.1;

    /// <summary>Identities that are held out beside these.</summary>
    public IReadOnlyList<string> HeldOut { get; init; } = [];

    /// <summary>Chooses which are held out. The choice of one identity does not depend on which others there are, unless a split would be empty.</summary>
    public long Seed { get; init; } = 1;
}
