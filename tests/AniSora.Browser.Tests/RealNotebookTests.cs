using Microsoft.Playwright;

namespace AniSora.Browser.Tests;

/// <summary>A person's hour with a notebook, in Jupyter itself with the real kernel.</summary>
public sealed class RealNotebookTests(Chromium browser) : IClassFixture<Chromium>
{
    internal const string Clip = """
        using AniSora.Display;
        using AniSora.Display.Notebook;
        var pixels = new byte[17 * 64 * 64 * 3];
        for (int i = 0; i < 17 * 64 * 64; i++)
        {
            int t = i / 4096, y = i / 64 % 64, x = i % 64;
            bool disc = Math.Pow(x - 14 - 2.2 * t, 2) + Math.Pow(y - 34, 2) < 140;
            (pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]) = disc ? ((byte)52, (byte)72, (byte)190) : ((byte)(205 - y), (byte)(216 - y / 2), (byte)196);
        }
        var clip = new VideoFrames(pixels, 17, 64, 64);
        new Clips([new ClipView(clip, "Model") { Role = ClipRole.Model }, new ClipView(clip, "Real")])
        """;

    internal const string Figure = """
        double[] steps = Enumerable.Range(0, 300).Select(i => (double)i).ToArray();
        Charts.Line(steps, steps.Select(s => 0.2 + Math.Exp(-s / 60)).ToArray(), "loss").Styled(x: "step", y: "loss", height: 240)
        """;

    internal const string Painter = "var painter = MaskPainter.On(clip);";

    internal const string Read = "Console.WriteLine($\"painted: {painter.Mask.Count(v => v == 1)}, key frames: {painter.Keys.Count}\");";

    private const string Endless = "int rounds = 0;\nwhile (true) { rounds++; }";

    [Fact]
    public async Task Run_play_scrub_paint_read_interrupt_and_restart()
    {
        await using var server = await NotebookServer.StartAsync(Clip, Figure, Painter, Read, Endless);
        await using var open = await browser.OpenAsync(server.Address, width: 1180, height: 980, hasPlayers: false);
        var page = open.Page;
        try
        {
            await UseAsync(open, server);
        }
        catch
        {
            await open.ScreenshotAsync("notebook-real-failed", whole: false);
            TestContext.Current.SendDiagnosticMessage(server.Log);
            throw;
        }
    }

    private static async Task UseAsync(OpenPage open, NotebookServer server)
    {
        var page = open.Page;
        await page.WaitForFunctionAsync("() => window.Jupyter?.notebook?.kernel?.is_connected()");

        // Run all, from the menu; the last cell goes on for ever.
        await page.ClickAsync("#celllink");
        await page.ClickAsync("#run_all_cells > a");
        await page.WaitForFunctionAsync("() => { const outputs = Jupyter.notebook.get_cells().map(c => c.output_area.outputs); return outputs[3].length > 0 || outputs.flat().some(o => o.output_type === 'error'); }");
        for (int cell = 0; cell < 3; cell++)
            Assert.DoesNotContain("rror: ", await TextOfAsync(page, cell), StringComparison.Ordinal);
        await ExpectTextAsync(page, 3, "painted: 0, key frames: 0");

        // The players play; dragging the scrub bar stops them where one wants.
        var player = page.Locator(".player").First;
        await player.ScrollIntoViewIfNeededAsync();
        await page.WaitForSelectorAsync(".player[data-playing=true]");
        var frame = page.Locator("canvas.frame").First;
        string? before = await frame.GetAttributeAsync("data-frame");
        while (await frame.GetAttributeAsync("data-frame") == before)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        var bar = await player.Locator(".scrub").BoundingBoxAsync() ?? throw new InvalidOperationException("no scrub bar");
        await page.Mouse.MoveAsync(bar.X + 20, bar.Y + bar.Height / 2);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(bar.X + bar.Width - 2, bar.Y + bar.Height / 2, new() { Steps = 10 });
        await page.Mouse.UpAsync();
        Assert.Equal("16", await frame.GetAttributeAsync("data-frame"));
        Assert.Equal("false", await player.GetAttributeAsync("data-playing"));
        await open.ScreenshotAsync("notebook-real-player", whole: false);

        // The figure becomes a plotly.js figure, which the kernel hands out while a cell runs.
        var figure = page.Locator("[data-figures]");
        await figure.ScrollIntoViewIfNeededAsync();
        await figure.HoverAsync();
        await figure.GetByRole(AriaRole.Button, new() { Name = "Explore" }).ClickAsync();
        await page.WaitForSelectorAsync("[data-figures][data-interactive] .js-plotly-plot .main-svg");
        await open.ScreenshotAsync("notebook-real-figure", whole: false);

        // Paint while the last cell runs: the kernel has it before the cell ends.
        var stage = page.Locator(".painter .stage");
        await stage.ScrollIntoViewIfNeededAsync();
        await page.GetByRole(AriaRole.Radio, new() { Name = "Box" }).ClickAsync();
        var box = await stage.BoundingBoxAsync() ?? throw new InvalidOperationException("no stage");
        await page.Mouse.MoveAsync(box.X + box.Width * 10 / 64, box.Y + box.Height * 20 / 64);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + box.Width * 30 / 64, box.Y + box.Height * 50 / 64, new() { Steps = 6 });
        await page.Mouse.UpAsync();
        await page.WaitForFunctionAsync("() => document.querySelector('[data-painter]').shadowRoot.querySelector('.state').textContent === 'The kernel has it'");
        await page.Keyboard.PressAsync("x"); // Jupyter's key for cutting a cell is the painter's for the box
        Assert.Equal(5, await page.EvaluateAsync<int>("Jupyter.notebook.ncells()"));
        await open.ScreenshotAsync("notebook-real-painter", whole: false);

        // Interrupt the endless cell.
        Assert.True(await page.EvaluateAsync<bool>("Jupyter.notebook.get_cells()[4].element.hasClass('running')"));
        await page.ClickAsync("[data-jupyter-action='jupyter-notebook:interrupt-kernel']");
        await page.WaitForFunctionAsync("() => !Jupyter.notebook.get_cells()[4].element.hasClass('running')");
        Assert.Contains("nterrupt", await TextOfAsync(page, 4), StringComparison.Ordinal);

        // The next cell has the mask, and the saved notebook a picture of it.
        await RunAsync(page, 3);
        await ExpectTextAsync(page, 3, $"painted: {17 * 20 * 30}, key frames: 1");
        await page.WaitForFunctionAsync("() => document.querySelector('[data-painter]').dataset.painted === '600'");
        await page.EvaluateAsync("Jupyter.notebook.save_notebook()");
        string saved = await File.ReadAllTextAsync(server.Notebook, TestContext.Current.CancellationToken);
        Assert.Contains("key frames 1", saved, StringComparison.Ordinal);
        Assert.InRange(saved.Length, 20_000, 400_000); // pictures and code, not plotly.js

        // Restart: the painter says that it has lost its kernel; cells run again.
        await page.ClickAsync("#kernellink");
        await page.ClickAsync("#restart_kernel > a");
        await page.ClickAsync(".modal.in .btn-danger");
        await page.WaitForFunctionAsync("() => document.querySelector('[data-painter]').dataset.mode === 'code'");
        await page.WaitForFunctionAsync("() => Jupyter.notebook.kernel.is_connected()");
        await RunAsync(page, 0);
        await RunAsync(page, 2);
        await RunAsync(page, 3);
        await ExpectTextAsync(page, 3, "painted: 0, key frames: 0");
        await page.WaitForFunctionAsync("() => document.querySelector('[data-painter]').dataset.mode === 'live'");
        Assert.DoesNotContain(open.Problems, p => p.StartsWith("request", StringComparison.Ordinal) || p.StartsWith("exception", StringComparison.Ordinal));
    }

    internal static async Task RunAsync(IPage page, int cell)
    {
        // Waits for the number of the run: an output may look the same as before.
        await page.EvaluateAsync("""
            async i => {
              const cell = Jupyter.notebook.get_cells()[i];
              cell.execute();
              await new Promise(done => { const look = () => cell.element.hasClass("running") ? setTimeout(look, 30) : done(); setTimeout(look, 30); });
            }
            """, cell);
    }

    /// <summary>Waits for a cell's output: it comes on another channel than the answer that ends its run, and may come after it.</summary>
    internal static async Task ExpectTextAsync(IPage page, int cell, string text)
    {
        try
        {
            await page.WaitForFunctionAsync("([i, text]) => Jupyter.notebook.get_cells()[i].output_area.outputs.map(o => o.text ?? o.data?.['text/plain'] ?? '').join('').trim() === text", new object[] { cell, text });
        }
        catch (TimeoutException)
        {
            Assert.Equal(text, await TextOfAsync(page, cell));
        }
    }

    internal static async Task<string> TextOfAsync(IPage page, int cell) =>
        (await page.EvaluateAsync<string>("i => Jupyter.notebook.get_cells()[i].output_area.outputs.map(o => o.text ?? (o.ename ? o.ename + ': ' + o.evalue : o.data?.['text/plain']) ?? '').join('')", cell)).Trim();
}
