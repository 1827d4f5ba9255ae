namespace AniSora.Data.Pipeline;

/// <summary>
/// Which of a film's own frames are those that readers deliver, and when they are shown. The two are the same unless the film's rate varies and
/// it is read at a steady one.
/// </summary>
public sealed class FilmClock
{
    private readonly double _fps;
    // Per frame of the file when it is shown, in seconds; empty where the rate is steady.
    private readonly double[] _shown;

    private FilmClock(double fps, double[] shown) => (_fps, _shown) = (fps, shown);

    /// <summary>Reads a film's times; nothing is decoded.</summary>
    /// <param name="path">The film.</param>
    /// <param name="probe">From <see cref="FilmProbe"/>; readable.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">It cannot be read any more.</exception>
    public static FilmClock Read(string path, ProbeRow probe, CancellationToken cancellation = default)
    {
        if (!probe.VariableFps)
            return new FilmClock(probe.Fps, []);
        try
        {
            return new FilmClock(probe.Fps, [.. FilmTimes.Of(FilmTimes.Read(path, cancellation)[probe.Stream], probe.Fps).Shown]);
        }
        catch (Exception e) when (e is Ffmpeg.FailedException or KeyNotFoundException)
        {
            throw new InputException($"{path}: its times cannot be read ({e.Message}); has it changed?", e);
        }
    }

    /// <summary>The file's own frame, from 0, that is delivered as a frame: the last that is due by then, as ffmpeg's filter <c>fps</c> has it.</summary>
    public int OwnFrame(int frame)
    {
        if (_shown.Length == 0)
            return frame;
        int first = 0, end = _shown.Length;
        while (end - first > 1)
        {
            int middle = (first + end) / 2;
            (first, end) = Math.Round(_shown[middle] * _fps, MidpointRounding.AwayFromZero) <= frame ? (middle, end) : (first, middle);
        }
        return first;
    }

    /// <summary>When a frame is shown, in seconds from the film's beginning.</summary>
    public double Seconds(int frame) => _shown.Length == 0 ? frame / _fps : _shown[OwnFrame(frame)];
}
