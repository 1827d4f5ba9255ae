using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace AniSora.Browser.Tests;

/// <summary>
/// Outputs on a page that lends scripts no kernel but says where the server is, as JupyterLab's and Notebook 7's do (their
/// <c>jupyter-config-data</c>). Neither can be installed here: the page is made up, the server and the kernels are real.
/// </summary>
public sealed class LabPageTests(Chromium browser) : IClassFixture<Chromium>
{
    [Fact]
    public async Task The_painter_and_the_figure_find_their_kernel_among_others_over_the_servers_socket()
    {
        await using var server = await NotebookServer.StartAsync(RealNotebookTests.Clip, RealNotebookTests.Figure, RealNotebookTests.Painter, RealNotebookTests.Read);
        await using var open = await browser.OpenAsync(server.Address, hasPlayers: false);
        var notebook = open.Page;
        await notebook.WaitForFunctionAsync("() => window.Jupyter?.notebook?.kernel?.is_connected()");
        for (int cell = 0; cell < 4; cell++)
            await RealNotebookTests.RunAsync(notebook, cell);
        await RealNotebookTests.ExpectTextAsync(notebook, 3, "painted: 0, key frames: 0");
        string figure = await HtmlOfAsync(notebook, 1), painter = await HtmlOfAsync(notebook, 2);

        // A kernel that knows neither belongs to the page's own path, and is asked first.
        await notebook.EvaluateAsync("""
            () => fetch("/api/sessions", { method: "POST", headers: { "X-XSRFToken": document.cookie.match(/_xsrf=([^;]+)/)?.[1] ?? "" },
              body: JSON.stringify({ path: "other.ipynb", name: "", type: "notebook", kernel: { name: "anisora-test" } }) }).then(answer => { if (!answer.ok) throw new Error(answer.status); })
            """);
        var lab = await notebook.Context.NewPageAsync();
        await lab.GotoAsync(new Uri(new Uri(server.Address), "/tree").AbsoluteUri);
        await lab.EvaluateAsync("history.replaceState(null, '', '/lab/tree/other.ipynb')");
        await lab.SetContentAsync($"""
            <!doctype html><meta charset="utf-8"><script id="jupyter-config-data" type="application/json">{new JsonObject { ["baseUrl"] = "/", ["wsUrl"] = "", ["token"] = "" }.ToJsonString()}</script>
            <body style="background:#fff"><div class="jp-LabShell">{figure}{painter}</div>
            """);

        await lab.Locator("[data-figures]").HoverAsync();
        await lab.GetByRole(AriaRole.Button, new() { Name = "Explore" }).ClickAsync();
        await lab.WaitForSelectorAsync("[data-figures][data-interactive] .js-plotly-plot .main-svg");

        await lab.WaitForFunctionAsync("() => document.querySelector('[data-painter]').dataset.ready !== undefined");
        Assert.Equal("live", await lab.EvaluateAsync<string>("document.querySelector('[data-painter]').dataset.mode"));
        await lab.GetByRole(AriaRole.Radio, new() { Name = "Box" }).ClickAsync();
        await DragAsync(lab, (10, 20), (30, 50));
        await StateAsync(lab, "The kernel has it");
        await RealNotebookTests.RunAsync(notebook, 3);
        await RealNotebookTests.ExpectTextAsync(notebook, 3, $"painted: {17 * 20 * 30}, key frames: 1");

        // A kernel that started anew knows nothing of it, and says so to the next stroke.
        await notebook.EvaluateAsync("() => new Promise(done => Jupyter.notebook.kernel.restart(done))");
        await notebook.WaitForFunctionAsync("() => Jupyter.notebook.kernel.is_connected()");
        if (await lab.EvaluateAsync<string>("document.querySelector('[data-painter]').dataset.mode") == "live")
            await DragAsync(lab, (32, 10), (40, 20));
        await StateAsync(lab, "The kernel does not know this painter: run its cell again, or copy the code");
        Assert.Equal("code", await lab.EvaluateAsync<string>("document.querySelector('[data-painter]').dataset.mode"));
    }

    private static Task<string> HtmlOfAsync(IPage page, int cell) =>
        page.EvaluateAsync<string>("i => Jupyter.notebook.get_cells()[i].output_area.outputs.map(o => o.data?.['text/html'] ?? '').join('')", cell);

    private static async Task DragAsync(IPage page, (int X, int Y) from, (int X, int Y) to)
    {
        var stage = page.Locator(".painter .stage");
        await stage.ScrollIntoViewIfNeededAsync();
        var box = await stage.BoundingBoxAsync() ?? throw new InvalidOperationException("no stage");
        await page.Mouse.MoveAsync(box.X + box.Width * from.X / 64, box.Y + box.Height * from.Y / 64);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + box.Width * to.X / 64, box.Y + box.Height * to.Y / 64, new() { Steps = 6 });
        await page.Mouse.UpAsync();
    }

    private static Task StateAsync(IPage page, string text) =>
        page.WaitForFunctionAsync("text => document.querySelector('[data-painter]').shadowRoot.querySelector('.state').textContent === text", text);
}
