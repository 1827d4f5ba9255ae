using AniSora.Data;
using AniSora.Evaluation.Benchmark;

namespace AniSora.Cli.Tests;

/// <summary><c>anisora bench</c> on a small part of the real benchmark: two clips of each of the four football plays.</summary>
[Collection(RealDataCollection.Name)]
public sealed class BenchTests(RealData real) : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();

    private string Bench => _folder["bench"];

    public async ValueTask InitializeAsync() => await Build(Bench);

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_benchmark_is_built_alike_each_time_checked_and_shown()
    {
        var bench = BenchmarkFolder.Open(Bench);
        Assert.Equal(8, bench.Clips.Count);
        Assert.Equal(["footballer-header", "footballer-running", "footballer-tackling", "footballer-walking"], bench.Clips.Select(c => c.Label).Distinct().Order());
        Assert.All(bench.Clips, clip => Assert.True(clip.HasMask && clip.FigureInDemo && (clip.Frames, clip.Height, clip.Width, clip.Rate) == (17, 64, 64, 16)));
        foreach (var clip in bench.Clips)
            AssertStillOutside(bench.ReadClip(clip), bench.ReadMask(clip, 64, 64));

        await Build(_folder["again"]);
        Assert.Equal(bench.Checksum, BenchmarkFolder.Open(_folder["again"]).Checksum);
        (await CliRunner.RunAsync("bench", "build", "--out", Bench)).AssertBadInput(Bench, "another --out");

        // The demo holds out what the benchmark shows, and trains on nothing of it.
        var check = await RealData.Succeed("bench", "check", Bench, "--against", real.Data);
        Assert.Contains(bench.Checksum, check.Error);
        await RealData.Succeed("bench", "show", Bench, "--out", _folder["pages"]);
        string page = await File.ReadAllTextAsync(Path.Combine(_folder["pages"], "tuxfootball_footballer-header.html"));
        Assert.All(bench.Clips.Where(c => c.Label == "footballer-header"), clip => Assert.Contains(clip.Id, page));
        Assert.Contains("tuxfootball_footballer-header.html", await File.ReadAllTextAsync(Path.Combine(_folder["pages"], "index.html")));
    }

    [Fact]
    public async Task Damage_and_leaks_are_named_and_fail()
    {
        string video = Path.Combine(Bench, "video", "tuxfootball_footballer-header_1.mp4"), image = Path.Combine(Bench, "image", "tuxfootball_footballer-running_2_mid.png");
        File.Copy(Path.Combine(Bench, "video", "tuxfootball_footballer-header_2.mp4"), video, overwrite: true);
        File.Delete(image);
        var check = await CliRunner.RunAsync("bench", "check", Bench);
        Assert.Equal(1, check.ExitCode);
        Assert.Contains($"{video}: does not have the pixels", check.Output);
        Assert.Contains($"{image}: no such file", check.Output);

        var leak = await CliRunner.RunAsync("bench", "check", Bench, "--against", real.Data, "--where", "split = 'test' AND label = 'header'");
        Assert.Equal(1, leak.ExitCode);
        Assert.Contains("trains on tuxfootball/header/w", leak.Output);

        string[] train = ["train", "vae", "--preset", "debug", "--data", real.Data, "--out", _folder["run"], "--steps", "1", "--set", "data.where=split = 'test'"];
        (await CliRunner.RunAsync(train)).AssertBadInput("clips.parquet", "4 of what the benchmark shows", "tuxfootball/header/w", "--allow-benchmark-identities");
        await RealData.Succeed([.. train, "--allow-benchmark-identities"]);
    }

    [Fact]
    public async Task Models_and_rules_make_videos_that_are_made_once()
    {
        string videos = _folder["videos"];
        string[] run = ["bench", "run", real.Model, "--bench", Bench, "--task", "first-last", "--steps", "2", "--seed", "7", "--out", videos];
        var first = await RealData.Succeed(run);
        Assert.Contains("8 clips", first.Error);
        var bench = BenchmarkFolder.Open(Bench);
        byte[] Read(string folder, BenchmarkClip clip) => Media.ReadLossless(MadeVideos.VideoOf(folder, clip.Id), 17, 64, 64);
        byte[][] made = [.. bench.Clips.Select(clip => Read(videos, clip))];
        Assert.All(bench.Clips.Zip(made), pair =>
        {
            // Given frames are the benchmark's own, what is between is not.
            var real = bench.ReadClip(pair.First).Rgb;
            int frame = 3 * 64 * 64;
            Assert.Equal(real[..frame], pair.Second[..frame]);
            Assert.Equal(real[^frame..], pair.Second[^frame..]);
            Assert.NotEqual(real, pair.Second);
        });
        var about = MadeVideos.TryRead(videos)!;
        Assert.Equal(("model", "first-last", bench.Checksum, 7ul, 2, 8, 8), (about.Method, about.Task, about.Benchmark, about.Seed, about.Steps, about.Clips, about.ClipsTimed));
        Assert.True(about.ModelChecksum.Length == 64 && about.SecondsPerClip > 0);

        // Two are lost: these are made again, with the seeds that they had.
        string kept = MadeVideos.VideoOf(videos, bench.Clips[0].Id);
        var written = File.GetLastWriteTimeUtc(kept);
        File.Delete(MadeVideos.VideoOf(videos, bench.Clips[3].Id));
        File.Delete(MadeVideos.VideoOf(videos, bench.Clips[6].Id));
        await RealData.Succeed(run);
        Assert.Equal(written, File.GetLastWriteTimeUtc(kept));
        Assert.Equal(10, MadeVideos.TryRead(videos)!.ClipsTimed);
        foreach (int i in new[] { 3, 6 })
            Assert.True(Distance(made[i], Read(videos, bench.Clips[i])) < 0.05 && Distance(made[i], made[i - 1]) > 1);

        (await CliRunner.RunAsync([.. run[..6], "first", .. run[7..]])).AssertBadInput("made.json", "task \"first-last\" there, \"first\" now", "another --out");
        (await CliRunner.RunAsync([.. run, "--guidance", "2"])).AssertBadInput("made.json", "guidance");
        (await CliRunner.RunAsync("bench", "run", "flow", "--bench", Bench, "--out", videos)).AssertBadInput("made.json", "method \"model\" there, \"flow\" now");

        foreach (string rule in BaselineMethod.Names)
        {
            foreach (string task in BenchmarkTask.Names)
            {
                string folder = _folder[$"{rule}-{task}"];
                await RealData.Succeed("bench", "run", rule, "--bench", Bench, "--task", task, "--out", folder);
                Assert.Equal(8, Directory.GetFiles(Path.Combine(folder, "video")).Length);
            }
        }
        byte[] real4 = bench.ReadClip(bench.Clips[4]).Rgb, held = Read(_folder["hold-first"], bench.Clips[4]), between = Read(_folder["minterpolate-first-middle-last"], bench.Clips[4]);
        Assert.Equal(held[..(3 * 64 * 64)], held[^(3 * 64 * 64)..]);
        Assert.True(Distance(real4, between) < Distance(real4, held));
    }

    [Fact]
    public async Task What_cannot_be_run_is_refused_by_name()
    {
        (await CliRunner.RunAsync("bench", "run", "flow", "--bench", _folder["none"], "--out", _folder["x"])).AssertBadInput(_folder["none"], "bench build");
        (await CliRunner.RunAsync("bench", "run", "floe", "--bench", Bench, "--out", _folder["x"])).AssertBadInput("floe", "flow, crossfade, hold, minterpolate");
        (await CliRunner.RunAsync("bench", "run", "flow", "--bench", Bench, "--task", "last", "--out", _folder["x"])).AssertBadInput("--task last", "first-middle-last");
        (await CliRunner.RunAsync("bench", "build", "--out", _folder["x"], "--size", "60x64")).AssertBadInput("60", "multiples of 16");
        (await CliRunner.RunAsync("bench", "build", "--out", _folder["x"], "--source", "tux")).AssertBadInput("--source tux", "tuxfootball");
        await RealData.Succeed("bench", "build", "--source", "tuxfootball", "--per-label", "1", "--frames", "13", "--out", _folder["short"]);
        (await CliRunner.RunAsync("bench", "run", real.Model, "--bench", _folder["short"], "--out", _folder["x"])).AssertBadInput("13 frames", "the model makes 17", "--frames 17");
    }

    private static Task<CliResult> Build(string folder) => RealData.Succeed("bench", "build", "--source", "tuxfootball", "--per-label", "2", "--out", folder);

    private static void AssertStillOutside(Video video, byte[] mask)
    {
        int pixels = video.Height * video.Width, moving = mask.Count(m => m != 0);
        Assert.InRange(moving, 1, pixels - 1);
        for (int i = 0; i < video.Frames * pixels; i++)
        {
            if (mask[i % pixels] == 0 && !video.Rgb.AsSpan(3 * i, 3).SequenceEqual(video.Rgb.AsSpan(3 * (i % pixels), 3)))
                Assert.Fail($"pixel {i % pixels} changes in frame {i / pixels} outside of the mask");
        }
    }

    private static double Distance(byte[] a, byte[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Average();
}
