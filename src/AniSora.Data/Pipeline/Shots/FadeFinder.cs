namespace AniSora.Data.Pipeline.Shots;

/// <summary>
/// Finds fades: stretches of one colour with the frames before, whose contrast sinks into it, and after, whose contrast rises from it. Their
/// middle may be long; if the same scene is on both sides of a short one, it was a blink and no transition.
/// </summary>
/// <param name="history">The film.</param>
/// <param name="config">Thresholds.</param>
/// <param name="longest">Frames of the longest half of a fade.</param>
internal sealed class FadeFinder(FrameHistory history, ShotConfig config, int longest)
{
    private const double Visible = 0.04;
    /// <summary>Frames of one colour that are no blink, whatever is around.</summary>
    private const int LongBlink = 8;

    /// <summary>Mean deviation from a mixture of colour and shot, as a share of their squared distance, up to which a side is a fade.</summary>
    private const double MixtureLimit = 0.15;

    private (int A, FrameSignature? Before)? _out;
    private (int First, int Last)? _colour;

    /// <summary>The first frame of a fade that is not finished; null if there is none. No decision about frames from here on is final.</summary>
    public int? Open => _out is { } fade ? fade.A : null;

    /// <summary>Takes notice of the newest frame.</summary>
    /// <returns>A fade that is over, or null.</returns>
    public Candidate? Add()
    {
        int now = history.Last;
        bool colour = history[now].Spread < config.MonochromeSpread;
        if (_colour is not { } run)
        {
            if (colour)
                Begin(now);
            return null;
        }
        if (run.Last == now - 1 && colour)
        {
            _colour = (run.First, now);
            return null;
        }
        if (!colour && now < run.Last + longest)
            return null;
        var fade = End(now - (colour ? 1 : 0));
        if (colour)
            Begin(now);
        return fade;
    }

    /// <summary>The fade in which the film ends, or null.</summary>
    public Candidate? Complete() => _colour is null ? null : End(history.Last);

    private void Begin(int now)
    {
        int? a = Edge(now, -1, Math.Max(history.First, now - longest));
        _colour = (now, now);
        _out = a is { } edge ? (edge, history[edge]) : (now - 1, null);
    }

    private Candidate? End(int last)
    {
        var ((first, final), (a, before)) = (_colour!.Value, _out!.Value);
        (_colour, _out) = (null, null);
        int? edge = Edge(final, 1, Math.Min(last, final + longest));
        var after = edge is { } known ? history[known] : null;
        // Where a picture comes out of the colour or goes into it by motion (a moon rises in a black sky), there is no transition on that side.
        if (before is null && after is null)
            return null;
        bool blink = before is not null && after is not null && final - first + 1 < LongBlink && ScenePersistence.Between(before, after) > config.MaxPersistence;
        if (blink)
            return null;
        int b = edge ?? final + 1;
        double score = Math.Max(before?.Spread ?? 0, after?.Spread ?? 0) / Math.Max(1, config.MonochromeSpread);
        return new Candidate(TransitionKind.Fade, a, b, score, before, after, a + 1, b - 1);
    }

    /// <summary>
    /// From a frame of one colour to where its fade meets the shot: as far as contrast grows and frames mix colour and shot, or the next frame
    /// where it is cut. Null where there is neither.
    /// </summary>
    private int? Edge(int colour, int direction, int limit)
    {
        if (colour == limit)
            return null;
        int at = colour;
        // Drawn on twos, every second frame repeats the one before; compression shakes a little.
        while (at != limit && history[at + direction].Spread > 0.98 * history[at].Spread - 0.25)
            at += direction;
        int cut = colour + direction;
        if (history[cut].Spread > 0.7 * history[at].Spread)
            return Distance(colour, cut) >= CutFinder.LeastDistance ? cut : null;
        // The shot's own contrast can go on growing: the fade ends where the share of the shot is all but whole.
        double whole = Squared(colour, at), deviation = 0;
        for (int t = cut; t != at; t += direction)
        {
            double share = Squared(colour, t) / whole, alpha = (share + 1 - Squared(t, at) / whole) / 2;
            deviation += Math.Max(0, share - alpha * alpha);
            if (alpha > 1 - Visible)
            {
                at = t;
                break;
            }
        }
        int frames = Math.Abs(at - colour) - 1;
        // In a fade all pixels change alike. A picture that moves in from the edge changes pixel by pixel.
        return frames == 0 || (deviation / frames <= MixtureLimit && deviation / frames < history.Pixelwise(Math.Min(at, colour), Math.Max(at, colour))) ? at : null;
    }

    private float Distance(int x, int y) => history.Distance(Math.Min(x, y), Math.Max(x, y));

    private double Squared(int x, int y) => Math.Max(1, history.SquaredDistance(Math.Min(x, y), Math.Max(x, y)));
}
