namespace AniSora.Data.Pipeline;

/// <summary>
/// When an animated picture's frames are shown. If their durations differ, the animation is read at the steady rate of its median frame, so
/// that motion keeps its pace and a held frame is repeated.
/// </summary>
internal sealed class AnimationTimes
{
    private const int ShortestMilliseconds = 11, InsteadMilliseconds = 100;
    private readonly double[] _ends;

    /// <summary>Plans the times.</summary>
    /// <param name="milliseconds">Per frame how long it is shown; one or more.</param>
    public AnimationTimes(IReadOnlyList<int> milliseconds)
    {
        // Browsers show a frame that asks for 10 ms or less for 100 ms, and files are made to look right in them.
        var shown = milliseconds.Select(d => d < ShortestMilliseconds ? InsteadMilliseconds : d).ToArray();
        _ends = new double[shown.Length];
        for (int i = 0; i < shown.Length; i++)
            _ends[i] = (i == 0 ? 0 : _ends[i - 1]) + shown[i];
        double mean = _ends[^1] / shown.Length;
        Variable = shown.Index().Any(d => Math.Abs(_ends[d.Index] - d.Item - d.Index * mean) >= mean / 2);
        double interval = Variable ? shown.Order().ElementAt(shown.Length / 2) : mean;
        Fps = 1000 / interval;
        Frames = Variable ? (int)Math.Clamp(Math.Round(_ends[^1] / interval), 1, MediaLimits.AnimationFrames) : shown.Length;
    }

    /// <summary>Whether some frame is shown half an interval or more away from where a steady rate would show it.</summary>
    public bool Variable { get; }

    /// <summary>Frames per second at which it is read.</summary>
    public double Fps { get; }

    /// <summary>Frames at that rate.</summary>
    public int Frames { get; }

    /// <summary>The stored frame that is shown as the given frame of the steady rate; one more than there are for a frame after the last.</summary>
    public int Stored(int frame)
    {
        if (!Variable || frame >= Frames)
            return Variable ? _ends.Length : frame;
        int at = Array.BinarySearch(_ends, (frame + 0.5) * 1000 / Fps);
        return Math.Min(at < 0 ? ~at : at + 1, _ends.Length - 1);
    }
}
