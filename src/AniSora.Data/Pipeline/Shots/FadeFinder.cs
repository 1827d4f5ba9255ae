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

    private (int A, FrameSignature? Before, double Spread)? _out;
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
        int a = Edge(now, -1, Math.Max(history.First, now - longest));
        _colour = (now, now);
        // A film's first frame can be of one colour: then nothing is before it.
        _out = a == now ? (-1, null, 0) : (a, history[a], history[a].Spread);
    }

    private Candidate? End(int last)
    {
        var ((first, final), (a, before, spread)) = (_colour!.Value, _out!.Value);
        (_colour, _out) = (null, null);
        int b = final == history.Last ? history.Count : Edge(final, 1, Math.Min(last, final + longest));
        var after = b < history.Count ? history[b] : null;
        bool blink = before is not null && after is not null && final - first + 1 < LongBlink && ScenePersistence.Between(before, after) > config.MaxPersistence;
        if (blink)
            return null;
        double score = Math.Max(spread, after?.Spread ?? 0) / Math.Max(1, config.MonochromeSpread);
        return new Candidate(TransitionKind.Fade, a, b, score, before, after, a + 1, b - 1);
    }

    /// <summary>From a frame of one colour to where its fade meets the shot: as far as contrast grows and frames mix colour and shot.</summary>
    private int Edge(int colour, int direction, int limit)
    {
        int at = colour;
        // Drawn on twos, every second frame repeats the one before; compression shakes a little.
        while (at != limit && history[at + direction].Spread > 0.98 * history[at].Spread - 0.25)
            at += direction;
        if (at == colour)
            return colour == limit ? colour : colour + direction;
        // The shot's own contrast can go on growing: the fade ends where the share of the shot is all but whole.
        double whole = Squared(colour, at);
        for (int t = colour + direction; t != at; t += direction)
        {
            double alpha = (Squared(colour, t) + whole - Squared(t, at)) / (2 * whole);
            if (alpha > 1 - Visible)
                return t;
        }
        return at;
    }

    private double Squared(int a, int b) => Math.Max(1, history.SquaredDistance(Math.Min(a, b), Math.Max(a, b)));
}
