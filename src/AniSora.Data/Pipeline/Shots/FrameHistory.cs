namespace AniSora.Data.Pipeline.Shots;

/// <summary>
/// The latest frames of a film and their distances to the frames before them. Only so many are kept that memory does not grow with the film.
/// Frames are numbered from 0.
/// </summary>
/// <param name="lags">Distances are known up to so many frames back.</param>
/// <param name="capacity">Frames kept.</param>
internal sealed class FrameHistory(int lags, int capacity)
{
    private readonly FrameSignature[] _frames = new FrameSignature[capacity];
    private readonly float[][] _distances = [.. Enumerable.Range(0, capacity).Select(_ => new float[lags + 1])];
    private readonly float[][] _squares = [.. Enumerable.Range(0, capacity).Select(_ => new float[lags + 1])];

    /// <summary>Frames added so far.</summary>
    public int Count { get; private set; }

    /// <summary>The newest frame.</summary>
    public int Last => Count - 1;

    /// <summary>The oldest frame that is still there.</summary>
    public int First => Math.Max(0, Count - capacity);

    /// <summary>Adds the next frame.</summary>
    public void Add(FrameSignature frame)
    {
        int at = Count % capacity;
        _frames[at] = frame;
        for (int lag = 1; lag <= Math.Min(lags, Count - First); lag++)
        {
            var other = _frames[(Count - lag) % capacity];
            _distances[at][lag] = FrameSignature.Distance(other, frame);
            _squares[at][lag] = FrameSignature.SquaredDistance(other, frame);
        }
        Count++;
    }

    /// <summary>A frame.</summary>
    public FrameSignature this[int frame] => _frames[frame % _frames.Length];

    /// <summary><see cref="FrameSignature.Distance"/> of two frames, <paramref name="earlier"/> ≤ <paramref name="later"/>.</summary>
    public float Distance(int earlier, int later) => _distances[later % _frames.Length][later - earlier];

    /// <summary><see cref="FrameSignature.SquaredDistance"/> of two frames, <paramref name="earlier"/> ≤ <paramref name="later"/>.</summary>
    public float SquaredDistance(int earlier, int later) => _squares[later % _frames.Length][later - earlier];

    /// <summary>
    /// How much more two neighbouring stretches of the film differ from each other than each of them differs within itself: the smallest
    /// distance across, over the distances within. For a flash the smallest distance is small; in a pan those within are as large; noise and
    /// film stock are in both.
    /// </summary>
    /// <param name="a">The last frame of the earlier stretch.</param>
    /// <param name="b">The first frame of the later one.</param>
    /// <param name="window">Frames in each stretch.</param>
    /// <param name="drift">Distance that the film would have covered anyway, in units of <see cref="Distance"/>.</param>
    /// <param name="least">Stretches less far apart than this are the same: the result is 0.</param>
    public double Contrast(int a, int b, int window, double drift, double least)
    {
        if (Distance(a, b) < least)
            return 0;
        var (start, end) = (Math.Max(First, a - window + 1), Math.Min(Last, b + window - 1));
        float across = float.MaxValue;
        for (int p = start; p <= a; p++)
        {
            for (int q = b; q <= end; q++)
                across = Math.Min(across, Distance(p, q));
        }
        if (across < least)
            return 0;
        var (before, after) = (Within(start, a), Within(b, end));
        // Floors for 8-bit pictures that do not move at all.
        const double meanFloor = 0.7, mostFloor = 1;
        return across / (Math.Sqrt((meanFloor + Math.Max(before.Mean, after.Mean)) * (mostFloor + Math.Max(before.Most, after.Most))) + drift);
    }

    /// <summary>The mean over frames of the sum over pixels of the squared distance to A's or B's pixel, whichever is nearer, / |B-A|²: 0 where pixels come from one or the other.</summary>
    /// <param name="a">A.</param>
    /// <param name="b">B, two frames or more later.</param>
    public double Pixelwise(int a, int b)
    {
        byte[] before = this[a].Grid, after = this[b].Grid;
        long sum = 0;
        for (int t = a + 1; t < b; t++)
        {
            byte[] frame = this[t].Grid;
            for (int i = 0; i < frame.Length; i += 3)
                sum += Math.Min(Squared(frame, before, i), Squared(frame, after, i));
        }
        return sum / (double)SquaredDistance(a, b) / (b - a - 1);
    }

    private (double Mean, double Most) Within(int first, int last)
    {
        double sum = 0, most = 0;
        int pairs = 0;
        for (int p = first; p < last; p++)
        {
            for (int q = p + 1; q <= last; q++, pairs++)
            {
                double distance = Distance(p, q);
                (sum, most) = (sum + distance, Math.Max(most, distance));
            }
        }
        return (pairs == 0 ? 0 : sum / pairs, most);
    }

    private static int Squared(byte[] x, byte[] y, int at)
    {
        int r = x[at] - y[at], g = x[at + 1] - y[at + 1], b = x[at + 2] - y[at + 2];
        return r * r + g * g + b * b;
    }
}
