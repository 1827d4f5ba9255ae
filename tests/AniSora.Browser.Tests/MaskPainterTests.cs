using System.Text.Json.Nodes;
using AniSora.Display.Notebook;
using Microsoft.Playwright;

namespace AniSora.Browser.Tests;

/// <summary>The mask painter, with the page's end of its channel in a browser and the kernel's end here.</summary>
[Collection(NotebookCollection.Name)]
public sealed class MaskPainterTests(Chromium browser) : IClassFixture<Chromium>
{
    private const int Frames = SampleDemo.Frames, Side = SampleDemo.Side, Places = Side * Side;

    /// <summary>A classic notebook's kernel, of which only what the painter uses is there; a test carries the messages.</summary>
    private const string FakeKernel = """
        window.comms = [];
        window.Jupyter = { notebook: { events: { one() {} }, kernel: { is_connected: () => true, comm_manager: { new_comm(target, data) {
          const comm = { target, data, sent: [], send(m) { this.sent.push(m); }, close() { this.closed = true; }, on_msg(f) { this.message = f; }, on_close(f) { this.gone = f; } };
          window.comms.push(comm);
          return comm;
        } } } } };
        """;

    private sealed class Painting(RecordingNotebook notebook, MaskPainter painter, NotebookPage written, OpenPage open) : IAsyncDisposable
    {
        private RecordingNotebook.Channel? _channel;
        private int _carried, _answered;

        public RecordingNotebook Notebook => notebook;

        public MaskPainter Painter => painter;

        public OpenPage Open => open;

        public IPage Page => open.Page;

        public ILocator Stage => Page.Locator(".painter .stage");

        public RecordingNotebook.Channel Channel => _channel!;

        public static async Task<Painting> StartAsync(Chromium browser, bool dark = false)
        {
            var notebook = new RecordingNotebook();
            var painter = MaskPainter.On(SampleDemo.Walker(0));
            var written = NotebookPage.With(FakeKernel, dark, painter);
            var open = await browser.OpenAsync(written.File, width: 720, height: 760, hasPlayers: false);
            var painting = new Painting(notebook, painter, written, open);
            await open.Page.WaitForSelectorAsync("[data-ready]");
            var first = JsonNode.Parse(await open.Page.EvaluateAsync<string>("JSON.stringify(comms[0].data)"))!;
            Assert.Equal("anisora.painter", await open.Page.EvaluateAsync<string>("comms[0].target"));
            painting._channel = notebook.Open("anisora.painter", first);
            await painting.CarryAsync();
            return painting;
        }

        /// <summary>Hands over what either side has sent since the last time.</summary>
        public async Task CarryAsync()
        {
            var sent = JsonNode.Parse(await Page.EvaluateAsync<string>("JSON.stringify(comms[0].sent)"))!.AsArray();
            for (; _carried < sent.Count; _carried++)
                _channel!.FromPage(sent[_carried]!.DeepClone());
            for (; _answered < _channel!.Sent.Count; _answered++)
                await Page.EvaluateAsync("text => comms[0].message({ content: { data: JSON.parse(text) } })", _channel.Sent[_answered].ToJsonString());
        }

        /// <summary>Drags over the frame, in its pixels.</summary>
        public async Task DragAsync(params (double X, double Y)[] way)
        {
            var box = await Stage.BoundingBoxAsync() ?? throw new InvalidOperationException("no stage");
            foreach (var (i, (x, y)) in way.Index())
            {
                await Page.Mouse.MoveAsync((float)(box.X + x / Side * box.Width), (float)(box.Y + y / Side * box.Height), new() { Steps = i == 0 ? 1 : 8 });
                if (i == 0)
                    await Page.Mouse.DownAsync();
            }
            await Page.Mouse.UpAsync();
            await CarryAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await open.DisposeAsync();
            written.Dispose();
            notebook.Dispose();
        }
    }

    [Fact]
    public async Task A_box_and_a_stroke_arrive_as_the_mask_of_the_next_cell()
    {
        await using var painting = await Painting.StartAsync(browser);
        await painting.Page.GetByRole(AriaRole.Radio, new() { Name = "Box" }).ClickAsync();
        await painting.DragAsync((10, 20), (30, 50));
        byte[] mask = painting.Painter.Mask;
        Assert.Equal(Frames * Places, mask.Length);
        // Held from frame 1 to the end: exactly the box, everywhere.
        for (int i = 0; i < mask.Length; i++)
        {
            int x = i % Side, y = i / Side % Side;
            Assert.Equal(x is >= 10 and < 30 && y is >= 20 and < 50 ? 1 : 0, mask[i]);
        }
        Assert.Equal(mask.Select(v => (byte)(1 - v)), painting.Painter.Given);
        Assert.Equal(Places + (Frames - 1) * (Places - 600), painting.Painter.GivenWith(0).Count(v => v == 1));
        Assert.Equal("The kernel has it", await painting.Page.InnerTextAsync(".state"));

        await painting.Page.GetByRole(AriaRole.Radio, new() { Name = "Brush" }).ClickAsync();
        await painting.Page.Locator(".radius").FillAsync("3");
        await painting.DragAsync((40, 10), (58, 10));
        var frame = painting.Painter.Mask.AsSpan(0, Places).ToArray();
        for (int x = 38; x < 60; x++)
            Assert.Equal(1, frame[10 * Side + x]); // a stroke without holes, with round ends
        Assert.Equal(0, frame[10 * Side + 62]);
        Assert.Equal(0, frame[14 * Side + 50]);

        await painting.Page.GetByRole(AriaRole.Radio, new() { Name = "Erase" }).ClickAsync();
        await painting.DragAsync((40, 10), (58, 10));
        Assert.Equal(mask[..Places], painting.Painter.Mask[..Places]);
        Assert.Empty(painting.Open.Problems);
    }

    [Fact]
    public async Task Key_frames_hold_until_the_next_and_can_be_undone_cleared_and_removed()
    {
        await using var painting = await Painting.StartAsync(browser);
        var page = painting.Page;
        int Painted(int t) => painting.Painter.Mask.AsSpan(t * Places, Places).ToArray().Count(v => v == 1);
        await page.GetByRole(AriaRole.Radio, new() { Name = "Box" }).ClickAsync();
        await painting.DragAsync((0.5, 0.5), (8, 8));
        await page.Locator(".scrub").FillAsync("8");
        Assert.Equal("holds the mask of frame 1", await page.InnerTextAsync(".about"));
        await painting.DragAsync((20, 20), (30, 30));
        Assert.Equal("key frame", await page.InnerTextAsync(".about"));
        Assert.Equal((64, 64, 164, 164), (Painted(0), Painted(7), Painted(8), Painted(16))); // what was held is painted on
        await page.Locator(".scrub").FillAsync("12");
        await page.GetByRole(AriaRole.Button, new() { Name = "Clear" }).ClickAsync();
        await painting.CarryAsync();
        Assert.Equal((164, 0, 0), (Painted(11), Painted(12), Painted(16)));
        Assert.Equal(["1", "9", "13"], await page.Locator(".keys button").AllInnerTextsAsync());

        await page.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await painting.CarryAsync();
        Assert.Equal(164, Painted(12));
        Assert.Equal([0, 8], painting.Painter.Keys.Keys.Order());
        await page.GetByLabel("Go to key frame 9").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove key" }).ClickAsync();
        await painting.CarryAsync();
        Assert.Equal((64, 64), (Painted(8), Painted(16)));
        await page.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await painting.CarryAsync();
        Assert.Equal(164, Painted(8));
        Assert.Empty(painting.Open.Problems);
    }

    [Fact]
    public async Task The_keyboard_alone_paints_and_steps()
    {
        await using var painting = await Painting.StartAsync(browser);
        var page = painting.Page;
        await painting.Stage.FocusAsync();
        foreach (string key in new[] { "x", "Space", "Shift+ArrowRight", "Shift+ArrowDown", "Enter" })
            await page.Keyboard.PressAsync(key);
        await painting.CarryAsync();
        byte[] mask = painting.Painter.Mask;
        for (int i = 0; i < Places; i++) // from the middle, four to the right and down
            Assert.Equal(i % Side is >= 32 and < 36 && i / Side is >= 32 and < 36 ? 1 : 0, mask[i]);
        await page.Keyboard.PressAsync(".");
        Assert.Equal("2/17", await page.InnerTextAsync(".count"));
        await page.Keyboard.PressAsync("Delete");
        await painting.CarryAsync();
        Assert.Equal([0, 1], painting.Painter.Keys.Keys.Order());
        Assert.DoesNotContain((byte)1, painting.Painter.Mask[Places..]);
        await page.Keyboard.PressAsync("Control+z");
        await painting.CarryAsync();
        Assert.Equal([0], painting.Painter.Keys.Keys);
        Assert.Empty(painting.Open.Problems);
    }

    [Fact]
    public async Task A_finger_paints_too()
    {
        await using var painting = await Painting.StartAsync(browser);
        await painting.Stage.EvaluateAsync("""
            stage => {
              const box = stage.getBoundingClientRect();
              stage.setPointerCapture = () => {}; // there is no real finger to capture
              const touch = (type, x, y) => stage.dispatchEvent(new PointerEvent(type, { pointerId: 7, pointerType: "touch", button: type === "pointermove" ? -1 : 0, bubbles: true, clientX: box.left + x / 64 * box.width, clientY: box.top + y / 64 * box.height }));
              touch("pointerdown", 20, 20); touch("pointermove", 40, 20); touch("pointerup", 40, 20);
            }
            """);
        await painting.CarryAsync();
        byte[] mask = painting.Painter.Mask;
        Assert.All(Enumerable.Range(20, 20), x => Assert.Equal(1, mask[20 * Side + x]));
        Assert.Equal("none", await painting.Stage.EvaluateAsync<string>("stage => getComputedStyle(stage).touchAction")); // the page does not scroll away under it
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_code_sets_appears_on_the_page_and_looks_right(bool dark)
    {
        await using var painting = await Painting.StartAsync(browser, dark);
        var disc = new byte[Places];
        for (int i = 0; i < Places; i++)
            disc[i] = (byte)(Math.Pow(i % Side - 26, 2) + Math.Pow(i / Side - 28, 2) < 200 ? 200 : 0);
        painting.Painter.Set(4, disc);
        await painting.CarryAsync();
        Assert.Equal(dark ? "dark" : "light", await painting.Page.Locator("[data-painter]").GetAttributeAsync("data-theme"));
        await painting.Page.Locator(".scrub").FillAsync("6");
        Assert.Equal("holds the mask of frame 5", await painting.Page.InnerTextAsync(".about"));
        Assert.Equal(disc.Count(v => v > 0).ToString(System.Globalization.CultureInfo.InvariantCulture), await painting.Page.Locator("[data-painter]").GetAttributeAsync("data-painted"));
        await painting.Page.GetByRole(AriaRole.Radio, new() { Name = "Brush" }).ClickAsync();
        await painting.DragAsync((44, 40), (54, 46), (58, 36));
        await painting.Open.ScreenshotAsync(dark ? "notebook-painter-dark" : "notebook-painter", whole: false);
        Assert.Empty(painting.Open.Problems);
    }

    [Fact]
    public async Task A_kernel_that_does_not_know_the_painter_leaves_the_code_to_copy()
    {
        await using var painting = await Painting.StartAsync(browser);
        await painting.Page.GetByRole(AriaRole.Radio, new() { Name = "Box" }).ClickAsync();
        await painting.DragAsync((10, 20), (30, 50));
        byte[] mask = painting.Painter.Mask;
        var channel = painting.Notebook.Open("anisora.painter", new JsonObject { ["painter"] = "gone" });
        Assert.True(channel.Disposed);
        await painting.Page.EvaluateAsync("comms[0].gone()");
        string code = await painting.Page.InputValueAsync(".code");
        using var again = new RecordingNotebook();
        Assert.Equal(mask, MaskPainter.On(SampleDemo.Walker(0)).Load(code).Mask);
        await painting.Open.ScreenshotAsync("notebook-painter-code", whole: false);
    }

    [Fact]
    public async Task Without_a_kernel_the_picture_with_the_mask_is_there_and_nothing_can_be_painted()
    {
        var painter = MaskPainter.On(SampleDemo.Walker(0));
        var box = new byte[Places];
        Array.Fill(box, (byte)1, 10 * Side, 5 * Side);
        painter.Set(3, box);
        using var written = NotebookPage.Of(painter);
        await using var open = await browser.OpenAsync(written.File, hasPlayers: false);
        await open.Page.WaitForSelectorAsync("[data-ready]");
        Assert.Equal("still", await open.Page.Locator("[data-painter]").GetAttributeAsync("data-mode"));
        Assert.False(await open.Page.Locator(".tools").IsVisibleAsync());
        Assert.Equal((5 * Side).ToString(System.Globalization.CultureInfo.InvariantCulture), await open.Page.Locator("[data-painter]").GetAttributeAsync("data-painted"));
        await open.Page.GetByLabel("Next frame").ClickAsync();
        Assert.Equal("5/17", await open.Page.InnerTextAsync(".count")); // it began where the mask does

        string html = System.Text.RegularExpressions.Regex.Replace(await File.ReadAllTextAsync(written.File), "<(script|template).*?</\\1>", "", System.Text.RegularExpressions.RegexOptions.Singleline);
        await File.WriteAllTextAsync(written.File, html);
        await using var bare = await browser.OpenAsync(written.File, hasPlayers: false);
        int[] pixel = await bare.Page.EvaluateAsync<int[]>("""
            async () => {
              const image = document.querySelector("img:not([hidden])");
              await image.decode();
              const copy = new OffscreenCanvas(64, 64).getContext("2d");
              copy.drawImage(image, 0, 0);
              return [...copy.getImageData(3, 10, 1, 1).data];
            }
            """);
        Assert.Equal([255, 90, 40, 255], pixel); // the mask's outline, drawn into the picture
    }

    [Fact]
    public async Task The_saved_output_is_redrawn_when_a_cell_reads_what_was_painted()
    {
        await using var painting = await Painting.StartAsync(browser);
        await painting.Page.GetByRole(AriaRole.Radio, new() { Name = "Box" }).ClickAsync();
        await painting.DragAsync((10, 20), (30, 50));
        Assert.Single(painting.Notebook.Shown);
        _ = painting.Painter.Mask;
        _ = painting.Painter.Mask;
        Assert.Equal([false, true], painting.Notebook.Shown.Select(s => s.Update));
        Assert.Contains("key frames 1", (string)painting.Notebook.Shown[^1].Bundle.Data["text/plain"], StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_that_make_no_sense_are_answered_and_change_nothing()
    {
        using var notebook = new RecordingNotebook();
        var painter = MaskPainter.On(SampleDemo.Walker(0));
        painter.Set(3, new byte[Places]);
        string id = (string)JsonNode.Parse(System.Net.WebUtility.HtmlDecode(((string)notebook.Shown[0].Bundle.Data["text/html"]).Split("data-painter=\"")[1].Split('"')[0]))!["id"]!;
        var channel = notebook.Open("anisora.painter", new JsonObject { ["painter"] = id });
        foreach (string bad in new[] { "{}", "[]", "{\"keys\": 3}", "{\"keys\": {\"99\": \"\"}}", "{\"keys\": {\"-1\": \"\"}}", "{\"keys\": {\"0\": \"!\"}}", "{\"keys\": {\"0\": \"AA==\"}}", "{\"keys\": {\"0\": \"/////////w8=\"}}", "{\"keys\": {\"0\": 5}}" })
        {
            channel.FromPage(JsonNode.Parse(bad)!);
            Assert.StartsWith("The kernel could not read this", (string?)channel.Sent[^1]["error"], StringComparison.Ordinal);
        }
        Assert.Equal([3], painter.Keys.Keys);
        Assert.Contains("64x64x17", Assert.Throws<FormatException>(() => painter.Load("32x32x17 0:AAAA")).Message);
        Assert.Contains("frame 17", Assert.Throws<ArgumentOutOfRangeException>(() => painter.Set(17, null)).Message);
        Assert.Contains("has 5 values", Assert.Throws<ArgumentException>(() => painter.Set(0, new byte[5])).Message);
    }

    [Fact]
    public void Codes_of_random_masks_come_back_the_same()
    {
        var random = new Random(7);
        for (int i = 0; i < 200; i++)
        {
            var mask = new byte[random.Next(1, 2000)];
            for (int at = 0; at < mask.Length;)
            {
                int run = random.Next(1, 400);
                mask.AsSpan(at, Math.Min(run, mask.Length - at)).Fill((byte)random.Next(2));
                at += run;
            }
            Assert.Equal(mask, MaskCode.Decode(MaskCode.Encode(mask), mask.Length));
        }
    }
}
