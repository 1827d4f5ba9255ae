namespace AniSora.Data.Pipeline.Shots;

/// <summary>A transition that may be one.</summary>
/// <param name="Kind">One of <see cref="TransitionKind"/>.</param>
/// <param name="A">The last frame before it; -1 where the film begins with it.</param>
/// <param name="B">The first frame after it.</param>
/// <param name="Score">See <see cref="ShotConfig"/>.</param>
/// <param name="Before">Frame <paramref name="A"/>; null where there is none.</param>
/// <param name="After">Frame <paramref name="B"/>; null where there is none.</param>
/// <param name="First">Its first frame, after <paramref name="A"/>.</param>
/// <param name="Last">Its last frame, before <paramref name="B"/>.</param>
internal sealed record Candidate(string Kind, int A, int B, double Score, FrameSignature? Before, FrameSignature? After, int First, int Last)
{
    /// <summary>
    /// The order in which candidates exclude those that they overlap. One-coloured frames are sure; a cut is not explained by mixing frames, but
    /// a long dissolve can hold something that looks like one.
    /// </summary>
    public double Precedence => Kind switch { TransitionKind.Fade => double.MaxValue, TransitionKind.Cut => 2 * Score, _ => Score };

    /// <summary>Whether both claim the same step from one frame to the next.</summary>
    public bool Overlaps(Candidate other) => A < other.B && other.A < B;

    /// <summary>As it is told.</summary>
    /// <param name="score">The score after all tests.</param>
    public Transition ToTransition(double score) => new(Kind, First, Last, score / (1 + score));
}
