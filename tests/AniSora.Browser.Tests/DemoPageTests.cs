using System.Text.Json;
using AniSora.Cli.Demo;

namespace AniSora.Browser.Tests;

/// <summary>The demo page as a person meets it: in a browser, from a file, without a network.</summary>
public sealed class DemoPageTests(Chromium browser, DemoPageTests.WrittenPage written) : IClassFixture<Chromium>, IClassFixture<DemoPageTests.WrittenPage>
{
    private const string Hero = ".hero .player";

    /// <summary>The page of <see cref="SampleDemo"/>, written once.</summary>
    public sealed class WrittenPage : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("anisora-page-").FullName;

        public WrittenPage() => File = DemoPage.Write(SampleDemo.Make(), _folder);

        public string File { get; }

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task It_loads_clean_and_says_the_important_things()
    {
        await using var open = await browser.OpenAsync(written.File);
        await open.Page.WaitForFunctionAsync("document.documentElement.dataset.figures === '5'");
        string text = await open.Page.InnerTextAsync("main");
        string[] expected =
            ["Three frames in. Seventeen out.", "held-out clips", "From the first frame", "From the first and the last frame", "From the first, the middle and the last frame",
             "Only this region may move", "Cross-fade", "PSNR", "SSIM", "What this run cost", "GPL-2+", "A small model of a small world", "./anisora train vae"];
        Assert.All(expected, e => Assert.Contains(e, text, StringComparison.Ordinal));
        Assert.Contains("<0> & \"on\"", text, StringComparison.Ordinal); // a caption with markup in it stays text
        Assert.Equal(5, await open.Page.Locator(".js-plotly-plot .main-svg").Locator("visible=true").Locator("xpath=ancestor::div[contains(@class,'js-plotly-plot')]").CountAsync());
        Assert.Empty(open.Problems);
    }

    [Fact]
    public async Task It_asks_the_network_for_nothing_even_when_told_to()
    {
        await using var open = await browser.OpenAsync(written.File);
        bool blocked = await open.Page.EvaluateAsync<bool>("fetch('https://example.org/x').then(() => false, () => true)");
        Assert.True(blocked);
        Assert.DoesNotContain(open.Problems, p => p.StartsWith("request", StringComparison.Ordinal)); // stopped by the page's own policy
    }

    [Fact]
    public async Task All_clips_of_a_group_play_and_always_show_the_same_frame()
    {
        await using var open = await browser.OpenAsync(written.File);
        await open.Page.WaitForSelectorAsync(Hero + "[data-playing=true]"); // as soon as the browser has found out what is in sight
        var seen = await open.Page.EvaluateAsync<JsonElement>("""
            selector => new Promise(done => {
              const frames = new Set(); let inStep = true;
              const look = () => {
                const now = [...document.querySelectorAll(selector + " .clip canvas")].map(c => c.dataset.frame);
                inStep = inStep && new Set(now).size === 1;
                frames.add(now[0]);
                frames.size >= 12 ? done({ frames: frames.size, inStep, clips: now.length }) : requestAnimationFrame(look);
              };
              look();
            })
            """, Hero);
        Assert.True(seen.GetProperty("inStep").GetBoolean());
        Assert.Equal(8, seen.GetProperty("clips").GetInt32());
        Assert.Empty(open.Problems);
    }

    [Fact]
    public async Task A_canvas_shows_exactly_the_pixels_of_its_frame()
    {
        await using var open = await browser.OpenAsync(written.File, calm: true);
        var real = SampleDemo.Walker(0);
        foreach (int frame in new[] { 0, 9, 16 })
        {
            await SeekAsync(open, Hero, frame);
            int[] shown = await open.Page.EvaluateAsync<int[]>("""
                selector => {
                  const copy = new OffscreenCanvas(64, 64).getContext("2d", { willReadFrequently: true });
                  copy.drawImage(document.querySelector(selector + " .clip.real canvas"), 0, 0);
                  return [...copy.getImageData(0, 0, 64, 64).data].filter((_, i) => i % 4 !== 3);
                }
                """, Hero);
            Assert.Equal(real.Frame(frame).ToArray().Select(b => (int)b), shown);
        }
    }

    [Fact]
    public async Task Keyboard_scrub_bar_and_strip_stop_the_group_where_one_points()
    {
        await using var open = await browser.OpenAsync(written.File);
        const string example = "#first-middle-last .player >> nth=0";
        var player = open.Page.Locator(example);
        await player.ScrollIntoViewIfNeededAsync();
        var canvas = player.Locator(".clip.model canvas");

        await player.FocusAsync();
        await open.Page.Keyboard.PressAsync("Home");
        Assert.Equal(("0", "false"), (await canvas.GetAttributeAsync("data-frame"), await player.GetAttributeAsync("data-playing")));
        await open.Page.Keyboard.PressAsync("ArrowRight");
        await open.Page.Keyboard.PressAsync("ArrowRight");
        Assert.Equal("2", await canvas.GetAttributeAsync("data-frame"));
        Assert.Equal("frame 3 of 17", await player.Locator(".scrub").GetAttributeAsync("aria-valuetext"));

        await player.Locator(".scrub").FillAsync("8");
        Assert.Equal("8", await canvas.GetAttributeAsync("data-frame"));
        Assert.Contains("on-given", await player.GetAttributeAsync("class")); // frame 9 of 17 is the middle key frame

        var strip = await player.Locator(".strip").BoundingBoxAsync() ?? throw new InvalidOperationException("the strip is not visible");
        await open.Page.Mouse.ClickAsync(strip.X + strip.Width * 12.5f / 17, strip.Y + strip.Height / 2);
        Assert.Equal("12", await canvas.GetAttributeAsync("data-frame"));
        Assert.DoesNotContain("on-given", await player.GetAttributeAsync("class"));

        await player.Locator(".speed").ClickAsync();
        Assert.Equal("Speed: 2×", await player.Locator(".speed").GetAttributeAsync("aria-label"));
        await player.Locator(".play").ClickAsync();
        await open.Page.WaitForFunctionAsync("() => document.querySelector('#first-middle-last .clip.model canvas').dataset.frame === '3'");
        Assert.Empty(open.Problems);
    }

    [Fact]
    public async Task Who_asks_for_calm_gets_still_pictures_until_play_is_pressed()
    {
        await using var open = await browser.OpenAsync(written.File, calm: true);
        Assert.Equal("false", await open.Page.GetAttributeAsync(Hero, "data-playing"));
        await open.Page.ClickAsync(Hero + " .play");
        await open.Page.WaitForFunctionAsync("() => document.querySelector('.hero .clip canvas').dataset.frame === '9'");
    }

    [Fact]
    public async Task Examples_folded_away_play_when_opened()
    {
        await using var open = await browser.OpenAsync(written.File);
        await open.Page.ClickAsync("#motion-mask summary");
        var hidden = open.Page.Locator("#motion-mask details .player").First;
        await hidden.ScrollIntoViewIfNeededAsync();
        await open.Page.WaitForFunctionAsync("() => document.querySelector('#motion-mask details .clip canvas').dataset.frame === '5'");
        Assert.True(await hidden.IsVisibleAsync());
    }

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(800, false)]
    [InlineData(390, false)]
    [InlineData(390, true)]
    public async Task It_fits_every_width_and_both_themes(int width, bool dark)
    {
        await using var open = await browser.OpenAsync(written.File, width, 900, dark, calm: true);
        await open.Page.WaitForFunctionAsync("document.documentElement.dataset.figures === '5'");
        await SeekAsync(open, Hero, 5);
        await open.ScreenshotAsync($"demo-{width}-{(dark ? "dark" : "light")}", whole: true);
        Assert.Equal(width, await open.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        int[] background = await open.Page.EvaluateAsync<int[]>("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)");
        Assert.Equal(dark, background.Average() < 128);
        // Text in figures follows the theme too: it must stand out from the page.
        int[] text = await open.Page.EvaluateAsync<int[]>("getComputedStyle(document.querySelector('.xtick text')).fill.match(/\\d+/g).map(Number)");
        Assert.True(Math.Abs(text.Average() - background.Average()) > 80, $"figure text {string.Join(',', text)} on {string.Join(',', background)}");
        Assert.Empty(open.Problems);
    }

    [Fact]
    public async Task A_theme_changed_while_open_redraws_the_figures()
    {
        await using var open = await browser.OpenAsync(written.File);
        await open.Page.WaitForFunctionAsync("document.documentElement.dataset.figures === '5'");
        const string fill = "() => getComputedStyle(document.querySelector('.xtick text')).fill";
        string light = await open.Page.EvaluateAsync<string>(fill);
        await open.Page.EmulateMediaAsync(new() { ColorScheme = Microsoft.Playwright.ColorScheme.Dark });
        await open.Page.WaitForFunctionAsync($"light => ({fill})() !== light", light);
        Assert.Empty(open.Problems);
    }

    [Fact]
    public async Task Every_picture_and_control_has_a_name_for_those_who_cannot_see_it()
    {
        await using var open = await browser.OpenAsync(written.File);
        int nameless = await open.Page.EvaluateAsync<int>("""
            () => [...document.querySelectorAll("canvas, button, input, .player, .plot-area")].filter(e => !e.getAttribute("aria-label")).length
            """);
        Assert.Equal(0, nameless);
        string[] headings = await open.Page.EvaluateAsync<string[]>("() => [...document.querySelectorAll('h1, h2, h3')].map(h => h.tagName)");
        Assert.Equal("H1", headings[0]);
        Assert.Single(headings, h => h == "H1");
    }

    private static async Task SeekAsync(OpenPage open, string player, int frame)
    {
        await open.Page.Locator(player + " .scrub").FillAsync(frame.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(frame.ToString(System.Globalization.CultureInfo.InvariantCulture), await open.Page.Locator(player + " .clip canvas").First.GetAttributeAsync("data-frame"));
    }
}
