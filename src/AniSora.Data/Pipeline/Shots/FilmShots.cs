namespace AniSora.Data.Pipeline.Shots;

/// <summary>A film cut into shots.</summary>
/// <param name="Frames">Frames that could be decoded.</param>
/// <param name="Transitions">In order; none overlap.</param>
/// <param name="Shots">In order.</param>
/// <param name="Problem">Why the film could be decoded only so far, in one line; empty if all of it was.</param>
public sealed record FilmShots(int Frames, IReadOnlyList<Transition> Transitions, IReadOnlyList<FilmShot> Shots, string Problem)
{
    /// <summary>Decodes a film and finds its shots and their borders.</summary>
    /// <param name="path">The film.</param>
    /// <param name="probe">From <see cref="FilmProbe"/>; readable.</param>
    /// <param name="config">Thresholds.</param>
    /// <param name="progress">Hears how many frames are done.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">The film is not readable, or a threshold is out of range.</exception>
    public static FilmShots Find(string path, ProbeRow probe, ShotConfig config, Action<int>? progress = null, CancellationToken cancellation = default)
    {
        var detector = new ShotDetector(config, probe.Fps);
        var borders = new BorderFinder(config);
        var frame = new byte[4 * ShotDetector.FrameWidth * ShotDetector.FrameHeight];
        string problem = "";
        using (var reader = FfmpegReader.Open(path, probe, new FrameRequest(ShotDetector.FrameWidth, ShotDetector.FrameHeight, Fit: Fit.Stretch), cancellation))
        {
            try
            {
                while (reader.Read(frame))
                {
                    borders.Add(frame, detector.Frames);
                    detector.Add(frame);
                    progress?.Invoke(detector.Frames);
                }
            }
            catch (InputException e)
            {
                problem = e.Message;
            }
        }
        var transitions = detector.Complete();
        var shots = Transition.Shots(transitions, detector.Frames).Select(s => new FilmShot(s.FirstFrame, s.Frames, s.Begins, borders.Of(s.FirstFrame, s.Frames, probe.Width, probe.Height)));
        return new FilmShots(detector.Frames, transitions, [.. shots], problem);
    }
}

/// <summary>A shot of a film.</summary>
/// <param name="FirstFrame">Its first frame.</param>
/// <param name="Frames">How many it has.</param>
/// <param name="Begins">The transition it begins with; null at the film's start.</param>
/// <param name="Picture">The part of the frame inside black borders, in pixels of the film.</param>
public sealed record FilmShot(int FirstFrame, int Frames, Transition? Begins, CropBox Picture);
