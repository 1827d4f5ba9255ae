using AniSora.Data;
using AniSora.Evaluation.Benchmark;

namespace AniSora.Cli.Tests;

/// <summary><c>anisora evaluate</c> as a user runs it.</summary>
public sealed class EvaluateTests : IDisposable
{
    private const int Frames = 5, Side = 16;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Videos_become_a_table_files_and_a_page_and_what_failed_is_named()
    {
        Make("a_run_1", 1);
        Make("a_run_2", 2);
        BenchmarkFolder.WriteTables(_folder["bench"], [Row("a_run_1", 1), Row("a_run_2", 2)]);
        string[] command = ["evaluate", _folder["made"], "--bench", _folder["bench"], "--metrics", "psnr,motion_smoothness", "--out", _folder["out"], "--cache", _folder["cache"]];
        var all = await CliRunner.RunAsync(command);
        Assert.True(all.ExitCode == 0, all.Error);
        Assert.Contains("| PSNR | ↑ dB |", all.Output);
        Assert.Contains("motion smoothness (optical flow stand-in)", all.Output);
        Assert.All(new[] { "scores.parquet", "summary.json", "index.html" }, file => Assert.True(File.Exists(Path.Combine(_folder["out"], file)), file));
        Assert.Contains("Worst clips of made", await File.ReadAllTextAsync(Path.Combine(_folder["out"], "index.html"), TestContext.Current.CancellationToken));

        File.Delete(Path.Combine(_folder["made"], "video", "a_run_2.mp4"));
        var rest = await CliRunner.RunAsync(command);
        Assert.Equal(1, rest.ExitCode);
        Assert.Contains("not measured: a_run_2: ", rest.Error);
        Assert.Contains("| clips | | 1, 1 with problems |", rest.Output);
    }

    [Fact]
    public async Task Wrong_arguments_are_refused_by_name()
    {
        Make("a_run_1", 1);
        (await CliRunner.RunAsync("evaluate", _folder["none"])).AssertBadInput(_folder["none"], "no such folder");
        (await CliRunner.RunAsync("evaluate", _folder["made"], "--metrics", "pnsr")).AssertBadInput("pnsr", "did you mean psnr");
        (await CliRunner.RunAsync("evaluate", _folder["made"], "--networks", _folder["none"])).AssertBadInput("--networks", "no such folder");
        (await CliRunner.RunAsync("evaluate", _folder["made"], "--damage", "8")).AssertBadInput("--damage", "--bench");
        (await CliRunner.RunAsync("evaluate")).AssertBadInput("VIDEOS");
    }

    private static byte[] Pixels(int seed) => [.. Enumerable.Range(0, 3 * Frames * Side * Side).Select(i => (byte)(100 + 50 * Math.Sin(i / 3 % Side + seed + i / (3 * Side * Side))))];

    private static BenchmarkClip Row(string id, int seed) => new(id, "a", "run", id, "it runs", Frames, Side, Side, 16, "MIT", "", false, BenchmarkClip.DigestOf(Pixels(seed)), "");

    private void Make(string id, int seed)
    {
        byte[] pixels = Pixels(seed);
        BenchmarkFolder.WriteClip(_folder["bench"], id, new Video(Frames, Side, Side, 16, pixels), null);
        Media.WriteLossless(Path.Combine(_folder["made"], "video", id + ".mp4"), new Video(Frames, Side, Side, 16, [.. pixels.Select(p => (byte)(p + 5))]));
    }
}
