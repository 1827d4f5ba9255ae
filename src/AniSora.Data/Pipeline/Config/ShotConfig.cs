namespace AniSora.Data.Pipeline;

/// <summary>
/// How films are cut into shots. The score of a possible transition says how much more its two sides differ from each other than each of them
/// differs within itself, so it needs no tuning to a film's noise or pace; 1 is just as much.
/// </summary>
public sealed record ShotConfig
{
    /// <summary>Lowest score of a cut. Lower finds more and errs more; 0.1 … 100.</summary>
    public double CutScore { get; init; } = 1.15;

    /// <summary>Lowest score of a dissolve or wipe, after what its frames deviate from a mixture of both sides is taken off; 0.1 … 100.</summary>
    public double GradualScore { get; init; } = 0.72;

    /// <summary>
    /// Largest share of textured blocks that may be found again on the other side of a transition, in whatever light: beyond it both sides show
    /// the same scene (a flash, a lamp switched on, something passing). It is weighed together with <see cref="MaxUnchanged"/>. 0.01 … 1.
    /// </summary>
    public double MaxPersistence { get; init; } = 0.3;

    /// <summary>Largest share of the picture that may stay just as it is: beyond it something moved, appeared or was written. 0.01 … 1.</summary>
    public double MaxUnchanged { get; init; } = 0.6;

    /// <summary>Longest dissolve, wipe or half of a fade in seconds; 0.1 … 4.</summary>
    public double LongestTransition { get; init; } = 2;

    /// <summary>Standard deviation over a picture, in grey levels, below which it is one colour: the middle of a fade. 0 … 64.</summary>
    public double MonochromeSpread { get; init; } = 4;

    /// <summary>Mean brightness (0 … 255) up to which a line of pixels at an edge is black border.</summary>
    public double BlackLevel { get; init; } = 24;

    /// <summary>Refuses values out of range.</summary>
    /// <exception cref="InputException">A value is; the message names it.</exception>
    public void Check()
    {
        Require(nameof(CutScore), CutScore, 0.1, 100);
        Require(nameof(GradualScore), GradualScore, 0.1, 100);
        Require(nameof(MaxPersistence), MaxPersistence, 0.01, 1);
        Require(nameof(MaxUnchanged), MaxUnchanged, 0.01, 1);
        Require(nameof(LongestTransition), LongestTransition, 0.1, 4);
        Require(nameof(MonochromeSpread), MonochromeSpread, 0, 64);
        Require(nameof(BlackLevel), BlackLevel, 0, 255);
    }

    private static void Require(string name, double value, double least, double most)
    {
        if (!(value >= least && value <= most))
            throw new InputException(FormattableString.Invariant($"shots.{System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(name)} is {value}, should be {least} to {most}"));
    }
}
