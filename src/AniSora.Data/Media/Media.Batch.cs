using System.Globalization;
using System.Text.RegularExpressions;
using AniSora.Data.Pipeline;

namespace AniSora.Data;

public static partial class Media
{
    private const int MostBatchFrames = 1000, MostBatchBytes = 16 << 20;

    /// <summary>
    /// Reads many small videos of <see cref="WriteLossless"/>'s kind by one process: starting two for every file (one asks, one decodes) costs
    /// eight times what decoding 17 frames of 64×64 does.
    /// </summary>
    /// <param name="paths">The files, a few dozen.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>A video for each file; null where it is of another kind, too large, missing or damaged: <see cref="ReadVideo"/> reads it or says what is wrong.</returns>
    public static Video?[] ReadLossless(IReadOnlyList<string> paths, CancellationToken cancellation = default)
    {
        var videos = new Video?[paths.Count];
        int[] small = [.. Enumerable.Range(0, paths.Count).Where(i => paths[i].EndsWith(".mp4", StringComparison.OrdinalIgnoreCase) && new FileInfo(paths[i]) is { Exists: true, Length: > 0 and <= MostBatchBytes })];
        if (small.Length == 0)
            return videos;
        string folder = Directory.CreateTempSubdirectory("anisora-batch-").FullName;
        try
        {
            List<string> arguments = ["-hide_banner", "-nostdin", "-nostats", "-xerror"];
            foreach (int i in small)
                arguments.AddRange([.. FilmLimits.InputOptions, "-err_detect", "explode", "-i", FilmLimits.Literal(paths[i])]);
            for (int k = 0; k < small.Length; k++)
                arguments.AddRange(["-map", $"{k}:v:0", "-frames:v", $"{MostBatchFrames + 1}", "-fps_mode", "passthrough", "-f", "image2pipe", "-c:v", "ppm", "file:" + Path.Combine(folder, $"{k}.ppm")]);
            string said = Ffmpeg.Run("ffmpeg", arguments, null, null, cancellation);
            foreach (Match stream in LosslessStream().Matches(said))
            {
                int k = int.Parse(stream.Groups["input"].ValueSpan, CultureInfo.InvariantCulture);
                if (k < small.Length && videos[small[k]] is null)
                    videos[small[k]] = Pictures(File.ReadAllBytes(Path.Combine(folder, $"{k}.ppm")), double.Parse(stream.Groups["rate"].ValueSpan, CultureInfo.InvariantCulture));
            }
        }
        catch (Exception e) when (e is Ffmpeg.FailedException or IOException)
        {
            // One damaged file ends the process: each is then read by itself, and the damaged one named.
            return new Video?[paths.Count];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return videos;
    }

    /// <summary>Frames of one size, each as binary PPM; null if there are none, too many, or sizes change.</summary>
    private static Video? Pictures(byte[] ppm, double rate)
    {
        var rgb = new MemoryStream(ppm.Length);
        int frames = 0, height = 0, width = 0;
        for (int at = 0; at < ppm.Length; frames++)
        {
            if (Header().Match(System.Text.Encoding.Latin1.GetString(ppm, at, Math.Min(32, ppm.Length - at))) is not { Success: true } header)
                return null;
            int w = int.Parse(header.Groups[1].ValueSpan, CultureInfo.InvariantCulture), h = int.Parse(header.Groups[2].ValueSpan, CultureInfo.InvariantCulture);
            at += header.Length;
            if ((frames > 0 && (w, h) != (width, height)) || 3L * w * h > ppm.Length - at)
                return null;
            (width, height) = (w, h);
            rgb.Write(ppm, at, 3 * w * h);
            at += 3 * w * h;
        }
        return frames is 0 or > MostBatchFrames ? null : new Video(frames, height, width, rate, rgb.ToArray());
    }

    [GeneratedRegex(@"Stream #(?<input>\d+):0.*?: Video: h264 .*?, gbrp\(.*?, (?<rate>[\d.]+) fps")]
    private static partial Regex LosslessStream();

    [GeneratedRegex(@"\AP6\n(\d+) (\d+)\n255\n")]
    private static partial Regex Header();
}
