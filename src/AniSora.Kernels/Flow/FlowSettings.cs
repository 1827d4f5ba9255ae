namespace AniSora.Kernels.Flow;

/// <summary>How an estimate is made. The values were tuned on synthetic warps of film frames (docs/log.md); none of them is delicate.</summary>
internal sealed record FlowSettings
{
    /// <summary>Patches of half the picture's size, one round: for scores of many frames.</summary>
    public static readonly FlowSettings Fast = new() { Finest = 1, Rounds = 1, Propagations = 1 };

    /// <summary>Down to the picture's own pixels, every level twice.</summary>
    public static readonly FlowSettings Accurate = new() { Finest = 0, Rounds = 2, Propagations = 2 };

    /// <summary>The finest level worked on: 0 is the picture itself, 1 half its size.</summary>
    public required int Finest { get; init; }

    /// <summary>Matching and smoothing alternate this often on each level.</summary>
    public required int Rounds { get; init; }

    /// <summary>How often patches without a match try their neighbours' motion.</summary>
    public required int Propagations { get; init; }

    /// <summary>Gauss–Newton steps of a patch, at most.</summary>
    public int Iterations { get; init; } = 4;

    /// <summary>What is left of the noise's variance, and of what depends on it below, when a level is halved.</summary>
    public float Decay { get; init; } = 0.4f;

    /// <summary>Variance of noise and of what motion can't explain, grey levels², at full size.</summary>
    public float Noise { get; init; } = 1.5f;

    /// <summary>Added to the Gauss–Newton matrix, grey levels² / pixel² summed over a patch: a flat patch stays where it is.</summary>
    public float Damping { get; init; } = 4;

    /// <summary>A difference of two motions in a patch's sum of squares that means nothing; the camera's motion then wins.</summary>
    public float Tie { get; init; } = 64;

    /// <summary>The camera's motion wins ties only where this share of the patches that say anything follows it.</summary>
    public float Support { get; init; } = 0.35f;

    /// <summary>Where fewer of the patches along the picture's edge move than this, the ground is taken to stand still.</summary>
    public double LeastEdgeMotion { get; init; } = 0.2;

    /// <summary>Mean squared difference above which a patch counts as unmatched, grey levels², …</summary>
    public float Unmatched { get; init; } = 2;

    /// <summary>… and as a share of the patch's variance.</summary>
    public float UnmatchedShare { get; init; } = 0.1f;

    /// <summary>Mean squared difference at which a match's say is halved, grey levels².</summary>
    public float Doubt { get; init; } = 8;
}
