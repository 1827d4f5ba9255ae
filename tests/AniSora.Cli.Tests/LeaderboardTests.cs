using System.Globalization;
using System.Text;
using System.Text.Json;
using AniSora.Data;
using AniSora.Evaluation.Benchmark;

namespace AniSora.Cli.Tests;

/// <summary>From ratings to an evaluator, from that and videos to scores, and from scores to a leaderboard: the commands as a person types them.</summary>
public sealed class LeaderboardTests : IDisposable
{
    private const int Frames = 5, Side = 32, Identities = 10;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ratings_become_an_evaluator_and_its_axes_stand_in_the_leaderboard_in_columns_of_their_own()
    {
        string bench = _folder["bench"], scores = _folder["scored"], evaluator = _folder["evaluator.json"];
        Make(bench);
        string[] sets = [.. new[] { 0, 8, 20, 40 }.Select(Damaged)];
        string[] evaluate = ["evaluate", .. sets, "--bench", bench, "--metrics", "temporal_flicker,psnr,ssim", "--cache", _folder["cache"], "--out", scores];
        await RealData.Succeed(evaluate);

        File.WriteAllText(_folder["ratings.csv"], Ratings());
        string[] fit = ["evaluator", "fit", _folder["ratings.csv"], "--scores", Path.Combine(scores, "scores.parquet"), "--out", evaluator];
        string report = (await RealData.Succeed(fit)).Output;
        Assert.Contains("| visual appeal | 0.9", report, StringComparison.Ordinal);
        Assert.Contains("| 80 | 2 | 40 | 10 |", report, StringComparison.Ordinal);
        File.AppendAllText(_folder["ratings.csv"], "anna,lost,noise-8,quality,3\n");
        var partial = await CliRunner.RunAsync(fit);
        Assert.Equal(1, partial.ExitCode);
        Assert.Contains("left out: lost of noise-8", partial.Error, StringComparison.Ordinal);

        string table = (await RealData.Succeed([.. evaluate, "--evaluator", evaluator])).Output;
        Assert.Contains("| visual appeal (learned from 80 ratings) | ↑ of 5 |", table, StringComparison.Ordinal);
        (await CliRunner.RunAsync("evaluate", sets[0], "--bench", bench, "--metrics", "psnr", "--cache", _folder["cache"], "--out", _folder["other"], "--evaluator", evaluator)).AssertBadInput(evaluator, "temporal_flicker", "--metrics");

        string page = (await RealData.Succeed("leaderboard", scores, "--out", _folder["board"])).Output.TrimEnd();
        Assert.Contains("visual appeal (learned from 80 ratings)", await File.ReadAllTextAsync(page), StringComparison.Ordinal);
        string[] lines = await File.ReadAllLinesAsync(_folder["board/leaderboard.md"]);
        Assert.Contains("| AniSora | as published | 99.34 |", string.Join('\n', lines), StringComparison.Ordinal);
        Assert.Equal(["noise-0", "noise-8", "noise-20", "noise-40"], lines.SkipWhile(l => !l.Contains("learned from ratings", StringComparison.Ordinal)).Where(l => l.StartsWith("| noise", StringComparison.Ordinal)).Take(4).Select(l => l.Split('|')[1].Trim()));
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(_folder["board/leaderboard.json"]));
        Assert.Equal(Identities, json.RootElement.GetProperty("benchmark").GetProperty("clips").GetInt32());
        (await CliRunner.RunAsync("leaderboard", scores, scores, "--out", _folder["board"])).AssertBadInput("noise-0 is measured 2 times");
    }

    private static void Make(string bench)
    {
        var rows = new List<BenchmarkClip>();
        for (int i = 0; i < Identities; i++)
        {
            string id = $"x_run_{i}";
            byte[] rgb = Clip(i);
            BenchmarkFolder.WriteClip(bench, id, new Video(Frames, Side, Side, 16, rgb), null);
            rows.Add(new(id, "x", "run", $"figure {i}", "it runs", Frames, Side, Side, 16, "MIT", "", false, BenchmarkClip.DigestOf(rgb), ""));
        }
        BenchmarkFolder.WriteTables(bench, rows);
    }

    private string Damaged(int noise)
    {
        string folder = _folder[$"noise-{noise}"];
        var random = new Random(noise);
        // Pictures are as good as films, and cost no process each.
        for (int i = 0; i < Identities; i++)
        {
            byte[] rgb = [.. Clip(i).Select(p => (byte)Math.Clamp(p + random.Next(-noise, noise + 1), 0, 255))];
            for (int t = 0; t < Frames; t++)
                Media.WritePng(Path.Combine(folder, "video", $"x_run_{i}", $"{t}.png"), rgb.AsMemory(3 * t * Side * Side, 3 * Side * Side), Side, Side);
        }
        return folder;
    }

    private static byte[] Clip(int i) =>
        [.. Enumerable.Range(0, 3 * Frames * Side * Side).Select(p => (byte)(120 + 60 * Math.Sin((p / 3 % Side + 2 * (p / (3 * Side * Side)) + i) / 4.0) + 40 * Math.Cos(p / (3 * Side) % Side / (3.0 + p % 3))))];

    private static string Ratings()
    {
        var text = new StringBuilder("rater,clip,model,axis,value\n");
        foreach (var (noise, value) in new[] { (0, 5), (8, 4), (20, 3), (40, 2) })
        {
            for (int i = 0; i < Identities; i++)
                text.Append(CultureInfo.InvariantCulture, $"anna,x_run_{i},noise-{noise},quality,{value}\nbert,x_run_{i},noise-{noise},quality,{value - 1}\n");
        }
        return text.ToString();
    }
}
