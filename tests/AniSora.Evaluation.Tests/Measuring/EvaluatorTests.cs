using System.Text.Json;
using AniSora.Data;
using AniSora.Data.Tables;
using AniSora.Evaluation.Benchmark;
using AniSora.Evaluation.Networks;

namespace AniSora.Evaluation.Tests.Measuring;

public sealed class EvaluatorTests : IDisposable
{
    private const int Frames = 5, Height = 32, Width = 40;
    private readonly string _root = Directory.CreateTempSubdirectory("anisora-test-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Bench => Path.Combine(_root, "bench");

    private string Made => Path.Combine(_root, "made");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Every_metric_of_every_clip_is_measured_once_and_kept_by_content()
    {
        var bench = Make(3, noise: 6);
        var first = await Evaluate(bench, ["psnr", "ssim", "mask_leak", "motion_score"]);
        Assert.Empty(first.Problems);
        Assert.Equal(["x_run_1", "x_run_2", "x_walk_3"], first.Clips.Select(c => c.Id));
        Assert.All(first.Clips, clip => Assert.All(clip.Values.Values, value => Assert.False(double.IsNaN(value))));
        var clip = bench.Clips[0];
        Video made = Media.ReadVideo(Path.Combine(Made, "video", clip.Id + ".mp4")), real = bench.ReadClip(clip);
        Assert.Equal(VideoMetrics.Psnr(made.Rgb, real.Rgb, new VideoSize(Frames, Height, Width)), first.Clips[0].Values["psnr"], 12);
        Assert.Equal(["run", "walk"], first.Metrics[0].Labels.Keys);
        Assert.Equal(2, first.Metrics[0].Labels["run"].Count);

        // Kept values are taken, so a changed one comes back; another video under the same name is measured anew.
        string[] kept = Directory.GetFiles(Path.Combine(_root, "cache"), "*.json", SearchOption.AllDirectories);
        foreach (string file in kept)
            File.WriteAllText(file, System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(file), @"""psnr@1"": [\d.]+", "\"psnr@1\": 77"));
        Write(clip.Id, [.. made.Rgb.Select(p => (byte)(p / 2))]);
        var second = await Evaluate(bench, ["psnr", "loop_gap"]);
        Assert.Equal([false, true, true], second.Clips.Select(c => c.Values["psnr"] == 77));
        Assert.All(second.Clips, c => Assert.False(double.IsNaN(c.Values["loop_gap"])));
        File.WriteAllText(kept[0], "{ damaged");
        Assert.DoesNotContain((await Evaluate(bench, ["psnr"])).Clips, c => double.IsNaN(c.Values["psnr"]));
    }

    [Fact]
    public async Task What_cannot_be_measured_is_named_and_the_rest_is_measured()
    {
        var bench = Make(8, noise: 3);
        string File(int i, string ending = ".mp4") => Path.Combine(Made, "video", bench.Clips[i].Id + ending);
        byte[] pixels = new byte[3 * Height * Width * 4];
        Media.WriteLossless(File(0), new Video(4, Height, Width, 16, pixels));
        Media.WriteLossless(File(1), new Video(1, Height, Width, 16, pixels[..(3 * Height * Width)]));
        Media.WriteLossless(File(2), new Video(Frames, Height / 2, Width, 16, new byte[3 * Frames * Height / 2 * Width]));
        System.IO.File.WriteAllText(File(3), "no video");
        System.IO.File.Delete(File(4));
        System.IO.File.Copy(File(5), Path.ChangeExtension(File(5), ".mkv"));
        System.IO.File.Copy(File(6), Path.Combine(Made, "video", "stranger.mp4"));
        var found = await Evaluate(bench, ["psnr"]);
        var said = found.Problems.ToDictionary(p => p.Id, p => p.What);
        void Says(string id, params string[] parts) => Assert.All(parts, part => Assert.Contains(part, said[id]));
        Says(bench.Clips[0].Id, "has 4 frames", "the real clip 5");
        Says(bench.Clips[1].Id, bench.Clips[1].Id + ".mp4", "one picture only");
        Says(bench.Clips[2].Id, "40×16", "40×32");
        Says(bench.Clips[3].Id, "not a film");
        Says(bench.Clips[4].Id, "no video of this clip");
        Says(bench.Clips[5].Id, "same id");
        Says("stranger", "no clip \"stranger\"");
        Assert.Equal(7, found.Problems.Count);
        Assert.Equal(bench.Clips.Skip(5).Select(c => c.Id), found.Clips.Select(c => c.Id));
        Assert.All(found.Clips, c => Assert.InRange(c.Values["psnr"], 20, 99));
    }

    [Fact]
    public async Task Folders_of_pictures_and_animations_are_videos_too_and_need_no_benchmark()
    {
        byte[] rgb = Clip(1);
        string folder = Path.Combine(Made, "video", "pictures");
        for (int t = 0; t < Frames; t++)
            Media.WritePng(Path.Combine(folder, $"{t:000}.png"), rgb.AsMemory(3 * t * Height * Width, 3 * Height * Width), Height, Width);
        Media.WriteGif(Path.Combine(Made, "video", "animation.gif"), rgb, Frames, Height, Width, 10);
        Write("film", rgb);
        var found = await Evaluate(null, ["temporal_flicker", "psnr"]);
        Assert.Empty(found.Problems);
        Assert.Equal(["animation", "film", "pictures"], found.Clips.Select(c => c.Id));
        Assert.Equal(found.Clips[1].Values["temporal_flicker"], found.Clips[2].Values["temporal_flicker"], 12);
        Assert.Equal(["temporal_flicker"], found.Metrics.Select(m => m.Column.Metric.Key));
    }

    [Fact]
    public async Task Many_files_of_ours_are_read_by_one_process_to_the_pixel_and_others_one_by_one()
    {
        Write("a", Clip(1));
        Write("b", Clip(2));
        string lossy = Path.Combine(Made, "lossy.mp4"), none = Path.Combine(Made, "none.mp4"), damaged = Path.Combine(Made, "damaged.mp4");
        Media.WriteMp4(lossy, Clip(3), Frames, Height, Width, 16);
        string[] paths = [Path.Combine(Made, "video", "a.mp4"), lossy, none, Path.Combine(Made, "video", "b.mp4")];
        var read = Media.ReadLossless(paths, Stop);
        Assert.Equal([false, true, true, false], read.Select(v => v is null));
        Assert.Equal(Clip(1), read[0]!.Rgb);
        Assert.Equal(Clip(2), read[3]!.Rgb);
        Assert.Equal((Frames, Height, Width, 16.0), (read[0]!.Frames, read[0]!.Height, read[0]!.Width, read[0]!.Fps));
        await File.WriteAllTextAsync(damaged, "no video", Stop);
        Assert.All(Media.ReadLossless([paths[0], damaged], Stop), Assert.Null);
    }

    [Fact]
    public async Task The_files_say_what_was_measured_with_what_and_how_folders_compare()
    {
        var bench = Make(4, noise: 12);
        var worse = await Evaluate(bench, ["psnr", "motion_smoothness"]);
        Directory.Move(Made, Made + "-worse");
        Make(4, noise: 3);
        var better = await Evaluate(bench, ["psnr", "motion_smoothness"]);
        string output = Path.Combine(_root, "out");
        EvaluationFiles.Write(output, [better, worse], bench);
        var rows = Table<ScoreRow>.Read(Path.Combine(output, "scores.parquet"));
        Assert.Equal(2 * 2 * 4, rows.Count);
        Assert.Equal(("optical flow", true), rows.Where(r => r.Metric == "motion_smoothness").Select(r => (r.Network, r.StandIn)).Distinct().Single());
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(output, "summary.json"), Stop));
        Assert.Equal(bench.Checksum, json.RootElement.GetProperty("benchmark").GetProperty("checksum").GetString());
        var psnr = json.RootElement.GetProperty("comparisons").EnumerateArray().Single(c => c.GetProperty("metric").GetString() == "psnr");
        Assert.InRange(psnr.GetProperty("difference").GetProperty("low").GetDouble(), 5, 20);
        Assert.Equal(1, psnr.GetProperty("share_higher").GetDouble());
        string table = EvaluationFiles.Markdown([better, worse]);
        Assert.Contains("| motion smoothness (optical flow stand-in) | ↑ |", table);
        Assert.DoesNotContain("| motion smoothness |", table);
    }

    private async Task<SetScores> Evaluate(BenchmarkFolder? bench, string[] metrics)
    {
        var chosen = Metric.Choose(metrics);
        using var networks = await NetworkSet.OpenAsync(null, chosen, cancellation: Stop);
        return new Evaluator(networks, chosen, new ScoreCache(Path.Combine(_root, "cache")), bench).Run(VideoFolder.Open(Made), cancellation: Stop);
    }

    private BenchmarkFolder Make(int count, int noise)
    {
        var rows = new List<BenchmarkClip>();
        for (int i = 1; i <= count; i++)
        {
            string label = i < 3 ? "run" : "walk", id = $"x_{label}_{i}";
            byte[] rgb = Clip(i), mask = [.. Enumerable.Range(0, Height * Width).Select(p => p % Width < 20 ? (byte)255 : (byte)0)];
            BenchmarkFolder.WriteClip(Bench, id, new Video(Frames, Height, Width, 16, rgb), mask);
            rows.Add(new(id, "x", label, $"x{i}", "it moves", Frames, Height, Width, 16, "MIT", "", false, BenchmarkClip.DigestOf(rgb), BenchmarkClip.DigestOf(mask)));
            var random = new Random(i);
            Write(id, [.. rgb.Select(p => (byte)Math.Clamp(p + random.Next(-noise, noise + 1), 0, 255))]);
        }
        BenchmarkFolder.WriteTables(Bench, rows);
        return BenchmarkFolder.Open(Bench);
    }

    private void Write(string id, byte[] rgb) => Media.WriteLossless(Path.Combine(Made, "video", id + ".mp4"), new Video(Frames, Height, Width, 16, rgb));

    private static byte[] Clip(int seed) => [.. Enumerable.Range(0, 3 * Frames * Height * Width).Select(i =>
        (byte)(120 + 60 * Math.Sin((i / 3 % Width + 2 * (i / (3 * Width * Height)) + seed) / 4.0) + 40 * Math.Cos((i / (3 * Width) % Height) / (3.0 + i % 3))))];
}
