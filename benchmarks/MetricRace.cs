using System.Diagnostics;
using System.Globalization;
using AniSora.Data;
using AniSora.Evaluation;

namespace AniSora.Benchmarks;

/// <summary>
/// <c>bench metrics VIDEOS REAL [CLIPS]</c>: PSNR and SSIM from files to numbers, ours in this process, ffmpeg's by its filters, a process for each
/// pair of files; both on all cores, in turn. Then the formulas alone, on frames in memory, beside ffmpeg's on the same frames as raw files.
/// </summary>
internal static class MetricRace
{
    private const int Rounds = 3, Batch = 12, LargeFrames = 24, LargeSide = 512;

    /// <summary>Races.</summary>
    public static void Run(string made, string real, int clips)
    {
        (string Made, string Real)[] pairs = [.. Directory.GetFiles(made, "*.mp4").Order(StringComparer.Ordinal).Take(clips).Select(f => (f, Path.Combine(real, Path.GetFileName(f))))];
        var cores = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
        Race($"{pairs.Length} pairs of files, psnr + ssim",
            () => Parallel.ForEach(pairs.Chunk(Batch), cores, batch =>
            {
                var read = Media.ReadLossless([.. batch.SelectMany(p => new[] { p.Made, p.Real })]);
                for (int i = 0; i < batch.Length; i++)
                    Measure(read[2 * i]!, read[2 * i + 1]!);
            }),
            () => Parallel.ForEach(pairs, cores, p => Filter(["-i", p.Made, "-i", p.Real])));

        string folder = Directory.CreateTempSubdirectory("anisora-race-").FullName;
        var random = new Random(1);
        byte[] a = new byte[3 * LargeFrames * LargeSide * LargeSide], b;
        random.NextBytes(a);
        b = [.. a.Select(p => (byte)(p / 2 + 64))];
        string[] files = [Path.Combine(folder, "a.rgb"), Path.Combine(folder, "b.rgb")];
        File.WriteAllBytes(files[0], a);
        File.WriteAllBytes(files[1], b);
        string[] raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", $"{LargeSide}x{LargeSide}", "-i"];
        Race($"{LargeFrames} raw frames of {LargeSide}², psnr + ssim, one thread of ours",
            () => Measure(new Video(LargeFrames, LargeSide, LargeSide, 16, File.ReadAllBytes(files[0])), new Video(LargeFrames, LargeSide, LargeSide, 16, File.ReadAllBytes(files[1]))),
            () => Filter([.. raw, files[0], .. raw, files[1]]));
        Directory.Delete(folder, recursive: true);
    }

    private static void Measure(Video made, Video real)
    {
        var size = new VideoSize(made.Frames, made.Height, made.Width);
        double said = VideoMetrics.Psnr(made.Rgb, real.Rgb, size) + VideoMetrics.BlockSsim(made.Rgb, real.Rgb, size);
        if (double.IsNaN(said))
            throw new InvalidOperationException("nothing was measured");
    }

    private static void Filter(string[] inputs)
    {
        string[] filters = ["-lavfi", "[0:v]format=gbrp,split[x][y];[1:v]format=gbrp,split[p][q];[x][p]psnr;[y][q]ssim", "-f", "null", "-"];
        using var process = Process.Start(new ProcessStartInfo("ffmpeg", ["-hide_banner", "-nostdin", .. inputs, .. filters]) { RedirectStandardError = true })!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0 || !said.Contains("SSIM", StringComparison.Ordinal))
            throw new InvalidOperationException(said);
    }

    private static void Race(string what, Action ours, Action ffmpegs)
    {
        var (mine, theirs) = (double.MaxValue, double.MaxValue);
        for (int round = 0; round < Rounds; round++)
        {
            mine = Math.Min(mine, Time(ours));
            theirs = Math.Min(theirs, Time(ffmpegs));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: ours {mine:0.000} s, ffmpeg {theirs:0.000} s, ratio {mine / theirs:0.00}"));
    }

    private static double Time(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
