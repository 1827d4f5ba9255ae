using System.Text.Json;
using AniSora.Display;
using AniSora.Display.Notebook;

namespace AniSora.Browser.Tests;

/// <summary>Clips in notebooks: in step, layered, wiped, and still there without scripts.</summary>
public sealed class ClipOutputTests(Chromium browser) : IClassFixture<Chromium>
{
    private const int Frames = SampleDemo.Frames, Side = SampleDemo.Side, Places = Side * Side;

    // A custom element's tree is its own; this finds the first canvas of each kind in it and reads a pixel.
    private const string Reader = """
        ([kind, x, y]) => {
          const canvas = document.querySelector("[data-ready]").shadowRoot.querySelector(kind);
          const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
          copy.drawImage(canvas, 0, 0);
          return [...copy.getImageData(x, y, 1, 1).data];
        }
        """;

    private static byte[] Mask() => [.. Enumerable.Range(0, Frames * Places).Select(i => (byte)(i % Side is >= 20 and < 40 && i / Side % Side is >= 30 and < 60 ? 1 : 0))];

    private static float[] Flow() => [.. Enumerable.Range(0, (Frames - 1) * Places * 2).Select(i => i % 2 == 0 ? 2.4f : 0.6f * MathF.Sin(i / 2 % Side / 6f))];

    private static bool[] Given() => [.. Enumerable.Range(0, Frames).Select(t => t is 0 or 8 or 16)];

    private static VideoFrames KeysOnly()
    {
        var mask = new byte[Frames * Places];
        foreach (var (t, given) in Given().Index())
            Array.Fill(mask, (byte)(given ? 1 : 0), t * Places, Places);
        return SampleDemo.Walker(0).Masked(mask);
    }

    private static Clips Group() => new([
        new ClipView(SampleDemo.Walker(0), "Model") { Role = ClipRole.Model, Note = "24.1 dB", Mask = Mask() },
        new ClipView(SampleDemo.Walker(2), "Real") { Note = "never seen in training", Flow = Flow() },
        new ClipView(SampleDemo.Walker(1), "Hold") { Role = ClipRole.Baseline, Note = "17.0 dB" },
    ])
    { Label = "A walker", GivenFrames = Given(), Strip = KeysOnly() };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_group_plays_in_step_and_the_scrub_bar_keys_and_marks_move_it(bool dark)
    {
        using var written = dark ? NotebookPage.Dark(Group()) : NotebookPage.Of(Group());
        await using var open = await browser.OpenAsync(written.File, width: 860, height: 700, hasPlayers: false);
        var page = open.Page;
        await page.WaitForSelectorAsync(".player[data-playing=true]");
        var seen = await page.EvaluateAsync<JsonElement>("""
            () => new Promise(done => {
              const root = document.querySelector("[data-ready]").shadowRoot, frames = new Set(); let inStep = true;
              const look = () => {
                const now = [...root.querySelectorAll(".clip canvas")].map(c => c.dataset.frame);
                inStep = inStep && new Set(now).size === 1;
                frames.add(now[0]);
                frames.size >= 12 ? done({ frames: frames.size, inStep, clips: now.length }) : requestAnimationFrame(look);
              };
              look();
            })
            """);
        Assert.True(seen.GetProperty("inStep").GetBoolean());
        Assert.Equal(5, seen.GetProperty("clips").GetInt32()); // three clips and two layers

        var canvas = page.Locator("canvas.frame").First;
        await page.Locator(".scrub").FillAsync("7");
        Assert.Equal("7", await canvas.GetAttributeAsync("data-frame"));
        Assert.Equal("false", await page.Locator(".player").GetAttributeAsync("data-playing"));
        await page.GetByLabel("Next frame").ClickAsync();
        Assert.Equal("8", await canvas.GetAttributeAsync("data-frame"));
        await page.GetByLabel("Go to key frame 17").ClickAsync();
        Assert.Equal("16", await canvas.GetAttributeAsync("data-frame"));
        await page.GetByLabel("Previous frame").ClickAsync();
        await page.Locator(".player").FocusAsync();
        await page.Keyboard.PressAsync("ArrowLeft");
        Assert.Equal("14", await canvas.GetAttributeAsync("data-frame"));
        int[] shown = await page.EvaluateAsync<int[]>(Reader, new object[] { "canvas.frame", 10, 20 });
        Assert.Equal(SampleDemo.Walker(0).Frame(14).Slice((20 * Side + 10) * 3, 3).ToArray().Select(b => (int)b), shown.Take(3));
        await open.ScreenshotAsync(dark ? "notebook-clips-dark" : "notebook-clips", whole: true);
        Assert.Empty(open.Problems);
    }

    [Fact]
    public async Task Layers_are_drawn_over_their_clip_and_can_be_taken_away()
    {
        using var written = NotebookPage.Of(Group());
        await using var open = await browser.OpenAsync(written.File, calm: true, hasPlayers: false);
        var page = open.Page;
        await page.WaitForSelectorAsync("[data-ready]");
        Assert.Equal(new[] { 255, 90, 40, 255 }, await page.EvaluateAsync<int[]>(Reader, new object[] { "canvas.mask", 20, 30 })); // its outline
        Assert.Equal(96, (await page.EvaluateAsync<int[]>(Reader, new object[] { "canvas.mask", 30, 40 }))[3]);
        Assert.Equal(0, (await page.EvaluateAsync<int[]>(Reader, new object[] { "canvas.mask", 5, 5 }))[3]);
        bool arrows = await page.EvaluateAsync<bool>("""
            () => {
              const canvas = document.querySelector("[data-ready]").shadowRoot.querySelector("canvas.flow");
              return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some(v => v > 0);
            }
            """);
        Assert.True(arrows);
        await page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Mask" }).ClickAsync();
        Assert.False(await page.Locator("canvas.mask").IsVisibleAsync());
        Assert.True(await page.Locator("canvas.flow").IsVisibleAsync());
    }

    [Fact]
    public async Task The_wipe_shows_one_video_left_of_the_divider_and_the_other_right_of_it()
    {
        static VideoFrames Plain(byte level) => new([.. Enumerable.Repeat(level, 3 * 4 * 40 * 40)], 4, 40, 40);
        using var written = NotebookPage.Of(new Clips([new ClipView(Plain(40), "before") { Against = Plain(200), AgainstTitle = "after" }]));
        await using var open = await browser.OpenAsync(written.File, calm: true, hasPlayers: false);
        var page = open.Page;
        await page.WaitForSelectorAsync("[data-ready]");
        async Task<(int, int)> Levels() => ((await page.EvaluateAsync<int[]>(Reader, new object[] { "canvas.frame", 5, 20 }))[0], (await page.EvaluateAsync<int[]>(Reader, new object[] { "canvas.frame", 35, 20 }))[0]);
        Assert.Equal((40, 200), await Levels());
        var box = await page.Locator(".stage.wipe").BoundingBoxAsync() ?? throw new InvalidOperationException("no wipe");
        await page.Mouse.MoveAsync(box.X + box.Width / 2, box.Y + box.Height / 2);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + 2, box.Y + box.Height / 2, new() { Steps = 4 });
        await page.Mouse.UpAsync();
        Assert.Equal((200, 200), await Levels());
        await page.Keyboard.PressAsync("End"); // the divider has the focus
        Assert.Equal((40, 40), await Levels());
        Assert.Empty(open.Problems);
    }

    [Fact]
    public async Task A_wipe_a_picture_and_a_strip_look_right()
    {
        var (a, b) = (SampleDemo.Walker(0), SampleDemo.Walker(2));
        using var written = NotebookPage.Of(
            new Clips([new ClipView(a, "model") { Role = ClipRole.Model, Against = b, AgainstTitle = "real" }]),
            new Strip(a) { Frames = [0, 4, 8, 12, 16], Caption = "Every fourth frame" },
            Picture.Flow(Flow().AsSpan(0, Places * 2), Side, Side),
            new Table(["clip", "PSNR", "motion"], [.. Enumerable.Range(0, 30).Select(i => (IReadOnlyList<object?>)[$"clip-{i}", 20 + i / 7.0, i])]) { Limit = 5 });
        await using var open = await browser.OpenAsync(written.File, width: 1100, calm: true, hasPlayers: false);
        await open.Page.WaitForSelectorAsync("[data-ready]");
        Assert.Contains("5 of 30 rows", await open.Page.InnerTextAsync("body"), StringComparison.Ordinal);
        await open.ScreenshotAsync("notebook-wipe", whole: true);
        Assert.Empty(open.Problems);
    }

    [Fact]
    public async Task Without_scripts_all_frames_stand_side_by_side()
    {
        using var written = NotebookPage.Of(Group());
        string html = await File.ReadAllTextAsync(written.File);
        // What a viewer that trusts nothing leaves of it.
        html = System.Text.RegularExpressions.Regex.Replace(html, "<(script|template|style).*?</\\1>", "", System.Text.RegularExpressions.RegexOptions.Singleline);
        await File.WriteAllTextAsync(written.File, html);
        await using var open = await browser.OpenAsync(written.File, calm: true, hasPlayers: false);
        Assert.Equal(3, await open.Page.Locator("img:visible").CountAsync());
        Assert.True(await open.Page.EvaluateAsync<bool>("[...document.images].filter(i => !i.hidden).every(i => i.naturalWidth === 17 * 64 && i.naturalHeight === 64)"));
        await open.ScreenshotAsync("notebook-clips-static", whole: true);
    }

    [Fact]
    public void Clips_that_do_not_fit_together_are_refused_with_both_sizes()
    {
        var walker = SampleDemo.Walker(0);
        string Message(params ClipView[] views) => Assert.Throws<ArgumentException>(() => new Clips(views).ToMime()).Message;
        Assert.Contains("\"b\" has 1 frames, the first clip has 17", Message(new ClipView(walker, "a"), new ClipView(new VideoFrames(new byte[12], 1, 2, 2), "b")));
        Assert.Contains("mask of \"a\" has 5 values", Message(new ClipView(walker, "a") { Mask = new byte[5] }));
        Assert.Contains("flow of \"a\" has 5 values", Message(new ClipView(walker, "a") { Flow = new float[5] }));
        Assert.Contains("\"B\" is 17×2×2", Message(new ClipView(walker, "a") { Against = new VideoFrames(new byte[17 * 12], 17, 2, 2) }));
        Assert.Contains("no clip", Message());
        Assert.Contains("0 … 16", Assert.Throws<ArgumentException>(() => new Strip(walker) { Frames = [17] }.ToMime()).Message);
        Assert.Contains("11 bytes", Assert.Throws<ArgumentException>(() => new Picture(new byte[11], 2, 2)).Message);
    }

    [Fact]
    public void Titles_with_markup_stay_text()
    {
        string html = (string)new Clips([new ClipView(SampleDemo.Walker(0), "</template><script>alert(1)</script>")]).ToMime().Data["text/html"];
        Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_is_light()
    {
        // 17 frames of 64×64 are 209 kB raw; what an output adds to its pictures is code of some kilobytes.
        int length = ((string)Group().ToMime().Data["text/html"]).Length;
        Assert.InRange(length, 10_000, 150_000);
    }
}
