using System.Text.Json.Nodes;
using AniSora.Cli.Report;
using AniSora.Evaluation;

namespace AniSora.Browser.Tests;

/// <summary>The leaderboard's page in a browser: wide tables scroll inside of the page, which itself fits a phone.</summary>
public sealed class LeaderboardPageTests(Chromium browser) : IClassFixture<Chromium>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    public async Task It_loads_clean_and_shows_published_and_measured_rows(int width, bool dark)
    {
        await using var open = await browser.OpenAsync(Write(), width, dark: dark);
        string text = await open.Page.InnerTextAsync("main");
        Assert.All(["99.34", "45.59", "as published", "Published rows: README.md of bilibili/Index-anisora", "subject consistency (ResNet-18 stand-in)", "learned from 240 ratings", "<b>hold & cross</b>", "anisora bench run models/anisora-demo"],
            expected => Assert.Contains(expected, text, StringComparison.Ordinal));
        Assert.False(await open.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth"), "the page itself scrolls sideways");
        await open.ScreenshotAsync($"leaderboard-{width}{(dark ? "-dark" : "")}", whole: true);
        Assert.Empty(open.Problems);
    }

    private string Write()
    {
        string summary = _folder["summary.json"], page = _folder["leaderboard.html"];
        JsonObject Mean(double mean) => new() { ["mean"] = mean, ["low"] = mean * 0.97, ["high"] = mean * 1.03, ["clips"] = 948, ["identities"] = 300 };
        JsonObject Metric(string key, string network, bool standIn, double mean) => new() { ["metric"] = key, ["network"] = network, ["stand_in"] = standIn, ["all"] = Mean(mean) };
        JsonObject Set(string name, string method, double quality) => new()
        {
            ["videos"] = $"out/{method}", ["name"] = name, ["clips"] = 948, ["frechet_distance"] = new JsonObject { ["unbiased"] = 12.5 * quality },
            ["made"] = new JsonObject { ["method"] = method, ["model"] = name, ["task"] = "first", ["seed"] = 1, ["steps"] = 16, ["seconds_per_clip"] = 0.52, ["program"] = "0.1.0+4f2c1d9", ["model_checksum"] = "9f86d081884c7d659a2feaa0" },
            ["metrics"] = new JsonArray(Metric("motion_smoothness", "optical flow", true, 0.97 * quality), Metric("i2v_subject", "ResNet-18", true, 0.95 * quality), Metric("subject_consistency", "ResNet-18", true, 0.93 * quality),
                Metric("psnr", "", false, 24 * quality), Metric("ssim", "", false, 0.8 * quality), Metric("colour_drift", "", false, 3 / quality), Metric("motion_score", "", false, 2 * quality), Metric("visual_motion", "learned from 240 ratings", true, 3.9 * quality)),
        };
        File.WriteAllText(summary, new JsonObject
        {
            ["benchmark"] = new JsonObject { ["folder"] = "bench", ["clips"] = 948, ["checksum"] = "6da3180f174b56dc2c1ec2e380fc4c72f505dc8f1b9c7373301133057205d990" },
            ["sets"] = new JsonArray(Set("anisora-demo", "model", 1), Set("<b>hold & cross</b>", "hold", 0.9)),
        }.ToJsonString());
        File.WriteAllText(page, LeaderboardPage.Of(Leaderboard.Of(MeasuredSet.Read([summary]))));
        return page;
    }
}
