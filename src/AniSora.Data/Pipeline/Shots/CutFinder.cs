namespace AniSora.Data.Pipeline.Shots;

/// <summary>
/// Finds hard cuts: a step between two frames whose <see cref="FrameHistory.Contrast"/> is the highest around.
/// </summary>
/// <param name="history">The film.</param>
/// <param name="config">Thresholds.</param>
/// <param name="window">Frames looked at on each side.</param>
internal sealed class CutFinder(FrameHistory history, ShotConfig config, int window)
{
    /// <summary>Frames less far apart than this are no two scenes, in units of <see cref="FrameSignature.Distance"/>.</summary>
    public const double LeastDistance = 1.2;

    private readonly double[] _scores = new double[2 * window + 1];

    /// <summary>Frames after a cut that must be there, unless the film ends.</summary>
    public int Delay => 2 * window;

    /// <summary>Looks at the step whose neighbourhood is complete once frame <paramref name="now"/> is there.</summary>
    /// <param name="now">The newest frame, or further frames after the film's end.</param>
    /// <returns>A cut, or null.</returns>
    public Candidate? At(int now)
    {
        int newest = now - window + 1, b = newest - window;
        if (newest >= 0)
            _scores[newest % _scores.Length] = newest >= 1 && newest <= history.Last ? history.Contrast(newest - 1, newest, window, 0, LeastDistance) : 0;
        if (b < 1 || b > history.Last)
            return null;
        double score = _scores[b % _scores.Length];
        return score >= config.CutScore && score >= _scores.Max() ? new Candidate(TransitionKind.Cut, b - 1, b, score, history[b - 1], history[b], b, b - 1) : null;
    }
}
