namespace AniSora.Data.Pipeline.Shots;

/// <summary>
/// Takes flashes out: a few frames unlike those around them, after which the film goes on as before. They are replaced by what lies between
/// the frames around, so neither cuts nor dissolves beside them are disturbed.
/// </summary>
internal sealed class FlashFilter
{
    /// <summary>Longest flash in frames.</summary>
    private const int Longest = 4;
    /// <summary>Frames less unlike than this are none.</summary>
    private const float LeastDistance = 1.2f;
    /// <summary>After a flash the film is at most this share as far from before it as the flash was.</summary>
    private const float Return = 0.4f;

    private readonly List<(FrameSignature Frame, float Distance)> _suspects = [];
    private FrameSignature? _before;

    /// <summary>Takes the next frame and gives those of which it is clear by now whether they are a flash: none or several.</summary>
    public IEnumerable<FrameSignature> Add(FrameSignature frame)
    {
        float distance = _before is null ? 0 : FrameSignature.Distance(_before, frame);
        if (_suspects.Count > 0 && distance < Return * _suspects.Min(s => s.Distance))
        {
            var (before, flash) = (_before!, _suspects.Count);
            _suspects.Clear();
            _before = frame;
            return [.. Enumerable.Range(1, flash).Select(i => FrameSignature.Between(before, frame, i / (flash + 1.0))), frame];
        }
        if (_suspects.Count == 0 && distance < LeastDistance)
        {
            _before = frame;
            return [frame];
        }
        _suspects.Add((frame, distance));
        return _suspects.Count > Longest ? Release(1) : [];
    }

    /// <summary>Gives the frames that are left: after the film's end nothing comes back.</summary>
    public IEnumerable<FrameSignature> Complete() => Release(_suspects.Count);

    // The oldest suspects were no flash; those after them are judged again from there.
    private List<FrameSignature> Release(int count)
    {
        var released = _suspects.Take(count).Select(s => s.Frame).ToList();
        var rest = _suspects.Skip(count).Select(s => s.Frame).ToList();
        _suspects.Clear();
        if (count > 0)
            _before = released[^1];
        foreach (var frame in rest)
            released.AddRange(Add(frame));
        return released;
    }
}
