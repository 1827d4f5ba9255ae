using System.Globalization;

namespace AniSora.Data.Pipeline;

/// <summary>How many frames a film has and when they are shown.</summary>
/// <param name="Frames">As readers count them: at the steady rate where <paramref name="Variable"/>.</param>
/// <param name="Fps">Frames per second; the mean where they vary.</param>
/// <param name="Variable">Some frame is shown half an interval or more away from where a steady rate would show it.</param>
/// <param name="Seconds">From the first frame to the end of the last.</param>
internal readonly record struct FilmTimes(int Frames, double Fps, bool Variable, double Seconds)
{
    private const double UsualFps = 25;

    /// <summary>Reads the times of all packets; nothing is decoded.</summary>
    /// <param name="path">The film.</param>
    /// <param name="statedFps">What the container says, for films without times; 0 if nothing.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="Ffmpeg.FailedException">ffprobe cannot read it.</exception>
    public static FilmTimes Read(string path, double statedFps, CancellationToken cancellation)
    {
        var times = new List<double>();
        int packets = 0;
        Ffmpeg.Run("ffprobe", ["-v", "error", .. FilmLimits.InputOptions, "-select_streams", "V:0", "-show_entries", "packet=pts_time,size", "-of", "csv=p=0", "-i", FilmLimits.Literal(path)],
            null, output =>
            {
                using var lines = new StreamReader(output);
                while (lines.ReadLine() is { } line && packets <= FilmLimits.Frames)
                {
                    string[] fields = line.Split(',');
                    // AVI stands for a repeated frame by an empty packet, which decodes to nothing.
                    if (fields.Length < 2 || fields[1] == "0")
                        continue;
                    packets++;
                    if (double.TryParse(fields[0], CultureInfo.InvariantCulture, out double time))
                        times.Add(time);
                }
            }, cancellation);
        times.Sort();
        return Of(times, packets, statedFps);
    }

    /// <summary>Judges frames' times.</summary>
    /// <param name="times">In seconds, ascending; fewer than <paramref name="packets"/> if some are unknown.</param>
    /// <param name="packets">Frames.</param>
    /// <param name="statedFps">What the container says; 0 if nothing.</param>
    internal static FilmTimes Of(IReadOnlyList<double> times, int packets, double statedFps)
    {
        double stated = statedFps > 0 ? statedFps : UsualFps;
        if (packets < 2 || times.Count < packets || times[^1] <= times[0])
            return new FilmTimes(packets, stated, false, packets / stated);
        double span = times[^1] - times[0], mean = (packets - 1) / span;
        // The stated rate is a clean fraction: it stays if the times agree with it over the whole film.
        double fps = Math.Abs(span * statedFps - (packets - 1)) < 0.5 ? statedFps : mean;
        bool variable = Enumerable.Range(0, packets).Any(i => Math.Abs((times[i] - times[0]) * fps - i) >= 0.5);
        return new FilmTimes(packets, variable ? mean : fps, variable, packets / (variable ? mean : fps));
    }
}
