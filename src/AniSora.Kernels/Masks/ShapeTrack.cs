namespace AniSora.Kernels;

/// <summary>A shape at a frame.</summary>
/// <param name="Frame">Frame number, 0 or more.</param>
/// <param name="Shape">The shape there.</param>
public readonly record struct ShapeKey(int Frame, MaskShape Shape);

/// <summary>
/// A shape that moves and changes through a clip: it is given at key frames, interpolated linearly in between, and stands still before the
/// first and after the last.
/// </summary>
public sealed class ShapeTrack
{
    private readonly ShapeKey[] _keys;

    /// <summary>A shape given at key frames.</summary>
    /// <param name="keys">One or more, at different frames, in any order; all of one kind, with as many points.</param>
    /// <exception cref="ArgumentException">There is none, two are at one frame, or two neighbours have nothing in between.</exception>
    public ShapeTrack(params IEnumerable<ShapeKey> keys)
    {
        _keys = [.. keys.OrderBy(key => key.Frame)];
        if (_keys.Length == 0)
            throw new ArgumentException("a track needs a key frame");
        for (int i = 1; i < _keys.Length; i++)
        {
            if (_keys[i].Frame == _keys[i - 1].Frame)
                throw new ArgumentException($"two shapes at frame {_keys[i].Frame}");
            _ = _keys[i - 1].Shape.Towards(_keys[i].Shape, 0.5);
        }
    }

    /// <summary>A shape that stands still.</summary>
    public ShapeTrack(MaskShape shape) : this(new ShapeKey(0, shape))
    {
    }

    /// <summary>The shape at a frame.</summary>
    public MaskShape At(int frame)
    {
        int next = Array.FindIndex(_keys, key => key.Frame >= frame);
        if (next < 0)
            return _keys[^1].Shape;
        var to = _keys[next];
        if (next == 0 || to.Frame == frame)
            return to.Shape;
        var from = _keys[next - 1];
        return from.Shape.Towards(to.Shape, (double)(frame - from.Frame) / (to.Frame - from.Frame));
    }

    /// <summary>The union of tracks as a space-time mask.</summary>
    /// <param name="tracks">The shapes.</param>
    /// <param name="frames">T, 1 or more.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="threads">Threads at most; 0 = one on every core.</param>
    /// <returns><c>[T, H, W]</c>, 0 or <see cref="MaskShape.Inside"/>.</returns>
    public static byte[] Rasterise(IReadOnlyCollection<ShapeTrack> tracks, int frames, int width, int height, int threads = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var mask = new byte[checked(frames * width * height)];
        Cores.For(frames, mask.Length, threads, frame =>
        {
            foreach (var track in tracks)
                track.At(frame).Paint(mask.AsSpan(frame * width * height, width * height), width, height);
        });
        return mask;
    }
}
