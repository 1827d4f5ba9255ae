using System.Net;
using AniSora.Evaluation.Study;
using Microsoft.Playwright;

namespace AniSora.Browser.Tests;

/// <summary>Raters in a real browser.</summary>
public sealed class StudyPageTests(Chromium browser) : IClassFixture<Chromium>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Three_raters_at_once_by_keys_by_touch_and_in_the_dark()
    {
        string[] links = Create(new() { Raters = 3, Clips = 2, Checks = 1, Repeats = 1 });
        await using (var server = await StudyServer.StartAsync(_folder["study"], IPAddress.Loopback, 0))
        {
            await Task.WhenAll(
                RateAsync(server.Address + links[0], 1280, 900, false, "study-desktop", ByKeysAsync),
                RateAsync(server.Address + links[1], 390, 844, false, "study-phone", page => ByTouchAsync(page, 3)),
                RateAsync(server.Address + links[2], 390, 844, true, "study-phone-dark", page => ByTouchAsync(page, 5)));
        }
        StudyStatus.Close(_folder["study"]);
        Assert.All(StudyStatus.Read(_folder["study"]).Raters, r => Assert.Equal(r.Total, r.Answered));
        StudyReport.Write(_folder["study"], _folder["report.html"]);
        var rows = Data.Tables.Table<RatingRow>.Read(_folder["report.parquet"]);
        var axes = StudyAxis.All.Select(a => a.Key).ToArray();
        // The first rater's keys went 1, 2, 3, 4, 5 and 2 down the lines, then up again and one to the right on the first.
        Assert.All(rows.Where(r => r.Rater == "rater-1" && r.Kind != "check"), r => Assert.Equal(r.Axis == axes[0] ? 2 : r.Axis == axes[5] ? 2 : Array.IndexOf(axes, r.Axis) + 1, r.Value));
        Assert.All(rows.Where(r => r.Rater == "rater-2" && r.Kind != "check"), r => Assert.Equal(3, r.Value));
        Assert.All(rows, r => Assert.InRange(r.Seconds, 0.001, 600));

        await using var report = await browser.OpenAsync(_folder["report.html"], 1280, 900);
        await report.Page.WaitForSelectorAsync(".plot-area .main-svg");
        Assert.Empty(report.Problems);
        await report.ScreenshotAsync("study-report", whole: true);
        await using var phone = await browser.OpenAsync(_folder["report.html"], 390, 844, dark: true);
        Assert.True(await phone.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        await phone.ScreenshotAsync("study-report-phone", whole: true);
    }

    [Fact]
    public async Task Pairs_play_in_step_and_are_chosen_by_arrows()
    {
        string[] links = Create(new() { Design = StudyDesign.Pairs, Raters = 2, Clips = 2, Checks = 0, Repeats = 0 });
        await using var server = await StudyServer.StartAsync(_folder["study"], IPAddress.Loopback, 0);
        await using var open = await browser.OpenAsync(server.Address + links[0], 1280, 900, hasPlayers: false);
        await open.Page.ClickAsync("text=Begin");
        await PlayingAsync(open.Page);
        Assert.Equal(2, await open.Page.Locator(".clip video").CountAsync());
        await open.ScreenshotAsync("study-pairs", whole: false);
        double apart = await open.Page.EvaluateAsync<double>("() => { const [a, b] = document.querySelectorAll('.clip video'); return Math.abs(a.currentTime - b.currentTime); }");
        Assert.InRange(apart, 0, 0.15);
        string[] keys = ["ArrowLeft", "ArrowUp", "ArrowRight", "1", "2", "3"];
        foreach (string key in keys)
            await open.Page.Keyboard.PressAsync(key);
        Assert.Equal(["1", "0", "-1", "1", "0", "-1"], await open.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('input:checked')].map(i => i.value)"));
        await open.Page.Keyboard.PressAsync("Enter");
        await open.Page.WaitForSelectorAsync("text=2 of 2");
        Assert.Empty(open.Problems);
        await using var phone = await browser.OpenAsync(server.Address + links[1], 390, 844, dark: true, hasPlayers: false);
        await phone.Page.ClickAsync("text=Begin");
        await PlayingAsync(phone.Page);
        await phone.ScreenshotAsync("study-pairs-phone", whole: false);
        Assert.True(await phone.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
    }

    [Fact]
    public async Task A_page_left_open_says_what_is_missing_and_comes_back_where_it_was()
    {
        string[] links = Create(new() { Raters = 1, Clips = 2, Checks = 0, Repeats = 0 });
        await using var server = await StudyServer.StartAsync(_folder["study"], IPAddress.Loopback, 0);
        await using var open = await browser.OpenAsync(server.Address + links[0], 390, 844, calm: true, hasPlayers: false);
        Assert.DoesNotContain("/r/", open.Page.Url);
        await open.Page.ClickAsync("text=Begin");
        await open.Page.WaitForSelectorAsync(".pause:not([hidden])"); // the page that asks is there, and its videos are
        // Whoever asks for little motion starts videos by hand.
        Assert.True(await open.Page.EvaluateAsync<bool>("document.querySelector('.clip video').paused"));
        await open.Page.Keyboard.PressAsync("Space");
        await PlayingAsync(open.Page);
        await open.Page.Keyboard.PressAsync("4");
        await open.Page.Keyboard.PressAsync("Enter");
        await open.Page.WaitForSelectorAsync("text=Image alignment is open");
        Assert.Equal("image", await open.Page.EvaluateAsync<string>("document.activeElement.name"));
        await ByTouchAsync(open.Page, 2);
        await open.Page.WaitForSelectorAsync("text=2 of 4");
        await open.Page.GoBackAsync();
        await open.Page.WaitForSelectorAsync("text=2 of 4");
        Assert.Equal(1, StudyStatus.Read(_folder["study"]).Raters[0].Answered);
        Assert.Empty(open.Problems);
    }

    private string[] Create(StudyOptions options)
    {
        string[] models = ["gliding", "hopping"];
        for (int clip = 0; clip < 2; clip++)
        {
            for (int model = 0; model < models.Length; model++)
                AniSora.Data.Media.WriteMp4(_folder[$"{models[model]}/video/c{clip}.mp4"], SampleDemo.Walker(clip + 2 * model).Pixels, SampleDemo.Frames, SampleDemo.Side, SampleDemo.Side, 16);
            Directory.CreateDirectory(_folder["bench/video"]);
            File.Copy(_folder[$"{models[0]}/video/c{clip}.mp4"], _folder[$"bench/video/c{clip}.mp4"]);
            AniSora.Data.Media.WritePng(_folder[$"bench/image/c{clip}.png"], SampleDemo.Walker(clip).Pixels.AsMemory(0, SampleDemo.Side * SampleDemo.Side * 3), SampleDemo.Side, SampleDemo.Side);
        }
        File.WriteAllText(_folder["bench/prompts.csv"], "id,prompt\nc0,a round walker with two orange legs goes to the right\nc1,a round walker goes to the left and does not stop\n");
        Assert.Empty(StudyBuilder.Create([.. models.Select(m => new StudyModel(m, _folder[m]))], _folder["bench"], _folder["study"], options).Problems);
        return [.. File.ReadAllLines(StudyFolder.Links(_folder["study"])).Skip(1).Select(line => line.Split(',')[1])];
    }

    private async Task RateAsync(string link, int width, int height, bool dark, string name, Func<IPage, Task> answer)
    {
        await using var open = await browser.OpenAsync(link, width, height, dark, hasPlayers: false);
        await open.ScreenshotAsync(name + "-welcome", whole: true);
        await open.Page.ClickAsync("text=Begin");
        for (int number = 1; number <= 6; number++)
        {
            await open.Page.WaitForSelectorAsync($"text={number} of 6");
            await PlayingAsync(open.Page);
            Assert.True(await open.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
            if (number < 6)
                await open.Page.WaitForFunctionAsync("document.querySelector('video.next').readyState >= 4");
            if (number == 1)
                await open.ScreenshotAsync(name, whole: false);
            await answer(open.Page);
        }
        await open.Page.WaitForSelectorAsync("text=Thank you");
        await open.ScreenshotAsync(name + "-thanks", whole: false);
        Assert.Empty(open.Problems);
    }

    /// <summary>The videos are there and move.</summary>
    private static async Task PlayingAsync(IPage page)
    {
        await page.WaitForFunctionAsync("() => { const v = [...document.querySelectorAll('.clip video')]; return v.length > 0 && v.every(v => !v.paused && v.currentTime > 0 && v.videoWidth >= 512); }");
        Assert.Equal("visible", await page.EvaluateAsync<string>("getComputedStyle(document.querySelector('.clip video')).visibility"));
    }

    private static async Task ByKeysAsync(IPage page)
    {
        if (await Asked(page) is { } asked)
        {
            for (int line = 0; line < 6; line++)
                await page.Keyboard.PressAsync(asked);
        }
        else
        {
            foreach (string key in (string[])["1", "2", "3", "4", "5", "2", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowRight"])
                await page.Keyboard.PressAsync(key);
        }
        await page.Keyboard.PressAsync("Enter");
    }

    private static async Task ByTouchAsync(IPage page, int value)
    {
        string chosen = await Asked(page) ?? $"{value}";
        foreach (var axis in StudyAxis.All)
            await page.Locator($"input[name={axis.Key}][value='{chosen}']").CheckAsync();
        await page.ClickAsync("button.button");
    }

    private static async Task<string?> Asked(IPage page) => await page.Locator(".check b").CountAsync() > 0 ? await page.Locator(".check b").TextContentAsync() : null;
}
