using System.Globalization;

namespace AniSora.Data.Pipeline;

/// <summary>How many frames a film has and when they are shown.</summary>
/// <param name="Frames">As readers count them: at the steady rate where <paramref name="Variable"/>.</param>
/// <param name="Fps">Frames per second; the mean where they vary.</param>
/// <param name="Variable">Some frame is shown half an interval or more away from where a steady rate would show it.</param>
/// <param name="Seconds">From the first frame to the end of the last.</param>
/// <param name="Shown">Per frame of the file when it is shown, in seconds from the first; fewer if times are unknown.</param>
internal sealed record FilmTimes(int Frames, double Fps, bool Variable, double Seconds, IReadOnlyList<double> Shown)
{
    /// <summary>A longer wait between two frames is a splice and not a pause, as ffmpeg has it: ten seconds, or as many intervals.</summary>
    private const double LongestGap = 10;

    /// <summary>Clocks that go back by less, in seconds, are only untidy.</summary>
    private const double LargestStepBack = 0.1;

    private const double UsualFps = 25;

    /// <summary>A frame as it is stored.</summary>
    /// <param name="Decoded">When it is decoded, in seconds; NaN if unknown.</param>
    /// <param name="Shown">When it is shown, in seconds; NaN if unknown.</param>
    internal readonly record struct Packet(double Decoded, double Shown);

    /// <summary>The longest wait in seconds between two frames that is no splice.</summary>
    /// <param name="fps">Frames per second.</param>
    public static double Gap(double fps) => LongestGap * Math.Max(1, 1 / fps);

    /// <summary>Reads the times of all packets; nothing is decoded.</summary>
    /// <param name="path">The film.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Per stream of pictures its packets in the file's order.</returns>
    /// <exception cref="Ffmpeg.FailedException">ffprobe cannot read it.</exception>
    public static Dictionary<int, List<Packet>> Read(string path, CancellationToken cancellation)
    {
        var streams = new Dictionary<int, List<Packet>>();
        Ffmpeg.Run("ffprobe", ["-v", "error", .. FilmLimits.InputOptions, "-select_streams", "V", "-show_entries", "packet=stream_index,pts_time,dts_time,size", "-of", "csv=p=0", "-i", FilmLimits.Literal(path)],
            null, output =>
            {
                using var lines = new StreamReader(output);
                while (lines.ReadLine() is { } line)
                {
                    string[] fields = line.Split(',');
                    // AVI stands for a repeated frame by an empty packet, which decodes to nothing.
                    if (fields.Length < 4 || fields[3] == "0" || !int.TryParse(fields[0], CultureInfo.InvariantCulture, out int stream))
                        continue;
                    if (!streams.TryGetValue(stream, out var packets))
                        streams[stream] = packets = [];
                    packets.Add(new Packet(Time(fields[2]), Time(fields[1])));
                    if (packets.Count > FilmLimits.Frames)
                        break;
                }
            }, cancellation);
        return streams;
    }

    /// <summary>Judges frames' times.</summary>
    /// <param name="packets">In the file's order.</param>
    /// <param name="statedFps">What the container says, the likelier first; the first stands for films without times. Numbers of 0 say nothing.</param>
    internal static FilmTimes Of(IReadOnlyList<Packet> packets, params ReadOnlySpan<double> statedFps)
    {
        double stated = UsualFps;
        for (int i = statedFps.Length - 1; i >= 0; i--)
            stated = statedFps[i] > 0 ? statedFps[i] : stated;
        var times = Joined(packets);
        int frames = packets.Count;
        if (frames < 2 || times.Length < frames || times[^1] <= 0)
            return new FilmTimes(frames, stated, false, frames / stated, []);
        double span = times[^1], mean = (frames - 1) / span, fps = mean;
        // A stated rate is a clean fraction: it stays if the times agree with it over the whole film.
        foreach (double rate in statedFps)
        {
            if (fps == mean && Math.Abs(span * rate - (frames - 1)) < 0.5)
                fps = rate;
        }
        bool variable = Enumerable.Range(0, frames).Any(i => Math.Abs(times[i] * fps - i) >= 0.5);
        return new FilmTimes(frames, variable ? mean : fps, variable, frames / (variable ? mean : fps), times);
    }

    /// <summary>
    /// When frames are shown, ascending from 0. Recordings that were cut together have clocks that start again or jump; there one part follows
    /// the other as its frames do.
    /// </summary>
    private static double[] Joined(IReadOnlyList<Packet> packets)
    {
        if (packets.Count == 0 || packets.Any(p => double.IsNaN(p.Shown)))
            return [];
        bool clock = packets.All(p => !double.IsNaN(p.Decoded));
        // In the order of decoding, frames that are shown later may come first.
        double back = clock ? LargestStepBack : 1;
        double[] decoded = [.. packets.Select(p => clock ? p.Decoded : p.Shown)];
        double[] steps = [.. decoded.Zip(decoded.Skip(1), (a, b) => b - a).Where(s => s > 0).Order()];
        double interval = steps.Length > 0 ? steps[steps.Length / 2] : 0, gap = Gap(1 / interval);
        var times = new double[packets.Count];
        for (int first = 0, end; first < times.Length; first = end)
        {
            for (end = first + 1; end < times.Length && decoded[end] - decoded[end - 1] >= -back && decoded[end] - decoded[end - 1] <= gap; end++)
            {
            }
            double[] part = [.. packets.Skip(first).Take(end - first).Select(p => p.Shown).Order()];
            double offset = (first == 0 ? 0 : times[first - 1] + interval) - part[0];
            for (int i = first; i < end; i++)
                times[i] = part[i - first] + offset;
        }
        return times;
    }

    private static double Time(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out double time) ? time : double.NaN;
}
