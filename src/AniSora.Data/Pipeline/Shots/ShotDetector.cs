namespace AniSora.Data.Pipeline.Shots;

/// <summary>
/// Finds the transitions of a film in one pass: cuts, dissolves, wipes and fades. Frames are added one after the other; memory does not grow
/// with the film. Equal frames give equal results, however fast they come.
/// </summary>
public sealed class ShotDetector
{
    /// <summary>Candidates that wait at most: in a film that flickers without end they would never stop overlapping.</summary>
    private const int MostPending = 4096;

    private readonly ShotConfig _config;
    private readonly FlashFilter _flashes = new();
    private readonly FrameHistory _history;
    private readonly CutFinder _cuts;
    private readonly GradualFinder _graduals;
    private readonly FadeFinder _fades;
    private readonly List<Candidate> _pending = [];
    private readonly List<Transition> _found = [];
    private readonly int _horizon;
    private int _settled;

    /// <summary>Begins a film.</summary>
    /// <param name="config">Thresholds.</param>
    /// <param name="fps">The film's frames per second.</param>
    /// <exception cref="InputException">A threshold is out of range.</exception>
    public ShotDetector(ShotConfig config, double fps)
    {
        config.Check();
        _config = config;
        // A quarter of a second on each side, but not so few frames that chance rules.
        int window = Math.Clamp((int)Math.Round(0.2 * fps), 6, 12), longest = GradualFinder.Lengths((int)Math.Round(config.LongestTransition * Math.Clamp(fps, 6, 60))).Max();
        int lags = longest + 2 * window;
        _horizon = 2 * longest + 3 * window;
        _history = new FrameHistory(lags, 3 * longest + 4 * window);
        _cuts = new CutFinder(_history, config, window);
        _graduals = new GradualFinder(_history, config, window, longest);
        _fades = new FadeFinder(_history, config, longest);
    }

    /// <summary>W of the frames wanted, whatever the film's aspect ratio.</summary>
    public static int FrameWidth => FrameSignature.Width;

    /// <summary>H of the frames wanted.</summary>
    public static int FrameHeight => FrameSignature.Height;

    /// <summary>Frames added so far.</summary>
    public int Frames { get; private set; }

    /// <summary>Takes the next frame.</summary>
    /// <param name="rgba"><c>[FrameHeight, FrameWidth, 4]</c>.</param>
    public void Add(ReadOnlySpan<byte> rgba)
    {
        Frames++;
        Take(_flashes.Add(FrameSignature.Of(rgba)));
    }

    /// <summary>Ends the film.</summary>
    /// <returns>Its transitions, in order; none overlap.</returns>
    public IReadOnlyList<Transition> Complete()
    {
        Take(_flashes.Complete());
        for (int now = _history.Count; now <= _history.Last + _horizon; now++)
            Look(now);
        Note(_fades.Complete());
        Settle(int.MaxValue);
        _found.Sort((a, b) => a.FirstFrame.CompareTo(b.FirstFrame));
        return _found;
    }

    private void Take(IEnumerable<FrameSignature> frames)
    {
        foreach (var frame in frames)
        {
            _history.Add(frame);
            Note(_fades.Add());
            Look(_history.Last);
            Settle(Math.Min(_history.Last - _horizon, _fades.Open ?? int.MaxValue));
        }
    }

    private void Look(int now)
    {
        Note(_cuts.At(now));
        foreach (var candidate in _graduals.At(now))
            Note(candidate);
    }

    private void Note(Candidate? candidate)
    {
        if (candidate is not null)
            _pending.Add(candidate);
    }

    /// <summary>
    /// Decides about candidates that no further one can overlap: of each group in which one overlaps the next, the strongest first, each
    /// excluding those that it overlaps.
    /// </summary>
    /// <param name="known">All candidates that begin before this frame are known.</param>
    private void Settle(int known)
    {
        if (_pending.Count == 0 || (_pending.Count < MostPending && _pending.Min(c => c.B) > known))
            return;
        _pending.Sort((x, y) => x.A.CompareTo(y.A));
        for (int first = 0, next; first < _pending.Count; first = next)
        {
            int end = _pending[first].B;
            for (next = first + 1; next < _pending.Count && _pending[next].A < end; next++)
                end = Math.Max(end, _pending[next].B);
            if (end > known && _pending.Count < MostPending)
            {
                _pending.RemoveRange(0, first);
                return;
            }
            Choose(_pending.GetRange(first, next - first));
        }
        _pending.Clear();
    }

    private void Choose(List<Candidate> group)
    {
        var taken = new List<Candidate>();
        foreach (var candidate in group.OrderByDescending(c => c.Precedence).ThenBy(c => c.A).ThenBy(c => c.B))
        {
            if (taken.Exists(candidate.Overlaps) || candidate.First < _settled)
                continue;
            double same = candidate.Kind == TransitionKind.Fade ? 0 : SameScene(candidate), score = candidate.Score * (1 - same / 2);
            bool change = same < 1 && score >= (candidate.Kind switch { TransitionKind.Fade => 0, TransitionKind.Cut => _config.CutScore, _ => _config.GradualScore });
            if (change)
                _found.Add(candidate.ToTransition(score));
            // A lamp that is switched on excludes the weaker candidates that are part of it; a step that is no cut excludes nothing.
            if (change || candidate.Kind != TransitionKind.Cut)
                taken.Add(candidate);
        }
        _settled = Math.Max(_settled, group.Max(c => c.B));
    }

    /// <summary>
    /// Evidence that both sides of a candidate show the same scene, 0…1: some of what is found again and some of what has not changed is as
    /// much as enough of one.
    /// </summary>
    private double SameScene(Candidate candidate)
    {
        double unchanged = FrameSignature.Unchanged(candidate.Before!, candidate.After!) / _config.MaxUnchanged;
        return unchanged >= 1 ? 1 : Math.Min(1, unchanged + ScenePersistence.Between(candidate.Before!, candidate.After!) / _config.MaxPersistence);
    }
}
