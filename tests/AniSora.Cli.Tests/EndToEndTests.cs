using System.Globalization;
using System.Text.Json.Nodes;
using AniSora.Data;

namespace AniSora.Cli.Tests;

/// <summary>The real commands on the real clips.</summary>
[Collection(RealDataCollection.Name)]
public sealed class EndToEndTests(RealData real)
{
    [Fact]
    public async Task Preparing_again_builds_nothing()
    {
        var before = File.GetLastWriteTimeUtc(Path.Combine(real.Data, "clips.parquet"));
        var result = await RealData.Succeed("data", "prepare", "demo", "--out", real.Data);
        Assert.Contains("already there", result.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.GetLastWriteTimeUtc(Path.Combine(real.Data, "clips.parquet")));
    }

    [Fact]
    public void A_run_leaves_its_configuration_a_log_pictures_and_checkpoints()
    {
        foreach (string run in (string[])[real.Vae, real.Dit])
        {
            Assert.Equal(real.Data, (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(run, "config.json")))!["data"]!["folder"]);
            Assert.Equal(8, File.ReadLines(Path.Combine(run, "metrics.jsonl")).Count());
            Assert.Equal(2, Directory.GetFiles(Path.Combine(run, "samples"), "*.png").Length);
            Assert.Equal(2, Directory.GetDirectories(Path.Combine(run, "checkpoints")).Length);
        }
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_saves_and_the_run_goes_on_to_the_same_end(string signal)
    {
        using var folder = new TemporaryFolder();
        string run = folder["run"];
        string[] train = ["train", "vae", "--preset", "debug", "--data", real.Data, "--out", run, "--steps", LaunchTests.Endless, "--set", "schedule.evaluate_every=0"];
        var stopped = await CliRunner.RunAsync(train, folder: null, environment: null, started: async process =>
        {
            await LaunchTests.Steps(run, 1, process);
            CliRunner.Signal(process, signal);
        });
        Assert.True(stopped.ExitCode == 130, $"exit code {stopped.ExitCode}: {stopped.Error}");
        Assert.Contains("--resume", stopped.Error, StringComparison.Ordinal);
        string checkpoint = Assert.Single(Directory.GetDirectories(Path.Combine(run, "checkpoints")), c => stopped.Output.Trim() == c);
        long step = (long)JsonNode.Parse(File.ReadAllText(Path.Combine(checkpoint, "state.json")))!["step"]!;
        Assert.InRange(step, 1, long.Parse(LaunchTests.Endless, CultureInfo.InvariantCulture) - 1);
        Assert.Equal(step, File.ReadLines(Path.Combine(run, "metrics.jsonl")).Count());

        var resumed = await RealData.Succeed("train", "vae", "--out", run, "--resume", "--minutes", "0.02");
        Assert.Contains($"step {step} of {LaunchTests.Endless}", resumed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sampling_writes_video_and_keeps_what_is_given()
    {
        using var folder = new TemporaryFolder();
        var (first, last) = (Gradient(folder["first.png"], 0), Gradient(folder["last.png"], 80));
        await RealData.Succeed("sample", "--model", real.Model, "--keyframe", $"0={folder["first.png"]}", "--keyframe", $"end={folder["last.png"]}", "--steps", "2", "--out", folder["made"]);
        Assert.True(new FileInfo(folder["made.mp4"]).Length > 1000);
        Assert.True(new FileInfo(folder["made.gif"]).Length > 1000);
        var strip = Media.ReadPicture(folder["made.png"]);
        Assert.Equal((17 * 64, 64), (strip.Width, strip.Height));
        Assert.Equal(first, Frame(strip, 0));
        Assert.Equal(last, Frame(strip, 16));
        Assert.NotEqual(first, Frame(strip, 8));

        var video = Media.ReadVideo(folder["made.mp4"]);
        Assert.Equal(17, video.Frames);
    }

    [Fact]
    public async Task Outside_a_motion_mask_nothing_moves()
    {
        using var folder = new TemporaryFolder();
        var first = Gradient(folder["first.png"], 0);
        var mask = new byte[64 * 64 * 3];
        for (int y = 16; y < 48; y++)
            mask.AsSpan((y * 64 + 16) * 3, 32 * 3).Fill(255);
        Media.WritePng(folder["mask.png"], mask, 64, 64);
        await RealData.Succeed("sample", "--model", real.Model, "--keyframe", $"first={folder["first.png"]}", "--mask", folder["mask.png"], "--steps", "2", "--out", folder["made"]);
        var strip = Media.ReadPicture(folder["made.png"]);
        for (int t = 1; t < 17; t++)
        {
            var frame = Frame(strip, t);
            for (int i = 0; i < frame.Length; i++)
            {
                if (mask[i] == 0)
                    Assert.Equal(first[i], frame[i]);
            }
            Assert.NotEqual(first, frame);
        }
    }

    [Fact]
    public async Task The_same_seed_makes_the_same_video_and_another_seed_another()
    {
        using var folder = new TemporaryFolder();
        var strips = new List<byte[]>();
        foreach (string seed in (string[])["3", "3", "4"])
        {
            await RealData.Succeed("sample", "--model", real.Model, "--seed", seed, "--steps", "2", "--out", folder["made"]);
            strips.Add(File.ReadAllBytes(folder["made.png"]));
        }
        Assert.Equal(strips[0], strips[1]);
        Assert.NotEqual(strips[0], strips[2]);
    }

    [Fact]
    public async Task Parity_passes_on_the_reference_and_fails_on_other_weights()
    {
        string fixtures = Path.Combine(AppContext.BaseDirectory, "fixtures");
        var result = await RealData.Succeed("parity", fixtures);
        Assert.Contains("comparisons agree", result.Output, StringComparison.Ordinal);
        Assert.Equal(1, (await CliRunner.RunAsync("parity", fixtures, "--tolerance", "1e-12")).ExitCode);
    }

    private static byte[] Gradient(string path, int shift)
    {
        var rgb = new byte[64 * 64 * 3];
        for (int i = 0; i < 64 * 64; i++)
            (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]) = ((byte)(i % 64 * 2 + shift), (byte)(i / 64 * 3), (byte)(90 + shift));
        Media.WritePng(path, rgb, 64, 64);
        return rgb;
    }

    private static byte[] Frame(Picture strip, int t)
    {
        var rgb = new byte[64 * 64 * 3];
        for (int y = 0; y < 64; y++)
            for (int x = 0; x < 64; x++)
                strip.Rgba.AsSpan(((y * strip.Width) + (t * 64) + x) * 4, 3).CopyTo(rgb.AsSpan((y * 64 + x) * 3));
        return rgb;
    }
}
