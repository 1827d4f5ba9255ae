using System.Text;
using AniSora.Display;
using AniSora.Display.Notebook;

namespace AniSora.Browser.Tests;

/// <summary>Figures in notebooks: drawn without a browser, light enough to commit.</summary>
[Collection(NotebookCollection.Name)]
public sealed class FigureOutputTests(Chromium browser) : IClassFixture<Chromium>
{
    private static double[] Steps(int count) => [.. Enumerable.Range(0, count).Select(i => (double)i)];

    private static double[] Noise(int count, int seed, double mean = 0, double width = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => mean + width * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(Math.Tau * random.NextDouble()))];
    }

    private static Figure[] Gallery()
    {
        double[] x = Steps(400), noise = Noise(400, 1, 0, 0.06);
        double[] loss = [.. x.Select(s => 0.2 + 0.8 * Math.Exp(-s / 90) + noise[(int)s])];
        return [
            new Figure([new LineTrace(x, loss) { Name = "training", Opacity = 0.9 }, new LineTrace(x, [.. x.Select(s => 0.25 + 0.78 * Math.Exp(-s / 90))]) { Name = "held out", Dashed = true }]) { Title = "Lines", X = new Axis("step"), Y = new Axis("loss") },
            new Figure([new ScatterTrace(Noise(300, 2), Noise(300, 3)) { Name = "clips" }, new ScatterTrace([-2, 0, 2], [1, 2, 1]) { Name = "means", Error = [0.4, 0.3, 0.5] }]) { Title = "Points", X = new Axis("motion score"), Y = new Axis("aesthetic score") },
            new Figure([new BarTrace(["hold", "fade", "flow", "model"], [14.2, 17.9, 18.3, 20.1]) { Name = "PSNR", Error = [0.4, 0.5, 0.4, 0.5] }, new BarTrace(["hold", "fade", "flow", "model"], [12.2, 15.9, 17.3, 19.6]) { Name = "held out" }]) { Title = "Bars", Y = new Axis("dB") },
            new Figure([new HistogramTrace(Noise(4000, 4)) { Name = "real" }, new HistogramTrace(Noise(4000, 5, 1.5, 0.7)) { Name = "made" }]) { Title = "Histogram", X = new Axis("mean brightness"), Y = new Axis("clips") },
            new Figure([new BoxTrace(Noise(200, 6, 20, 2)) { Name = "first" }, new BoxTrace(Noise(200, 7, 22, 1.5)) { Name = "first, last" }, new BoxTrace(Noise(200, 8, 25, 1)) { Name = "three" }]) { Title = "Boxes", Y = new Axis("PSNR, dB") },
            new Figure([new HeatmapTrace([.. Enumerable.Range(0, 12).Select(r => (IReadOnlyList<double>)[.. Enumerable.Range(0, 20).Select(c => Math.Sin(r / 3.0) * Math.Cos(c / 4.0))])])]) { Title = "Heat map", X = new Axis("frame"), Y = new Axis("layer") },
            new Figure([new RadarTrace(["motion", "smoothness", "consistency", "aesthetics", "text"], [4, 3.5, 4.5, 3, 2.5]) { Name = "this model" }, new RadarTrace(["motion", "smoothness", "consistency", "aesthetics", "text"], [2, 4.5, 4, 2.5, 2]) { Name = "cross-fade" }]) { Title = "Radar", Height = 340 },
            new Figure([new Scatter3DTrace(Noise(150, 9), Noise(150, 10), Noise(150, 11)) { Name = "walks" }, new Scatter3DTrace(Noise(150, 12, 3), Noise(150, 13, 2), Noise(150, 14, 2)) { Name = "jumps" }]) { Title = "Space", Height = 340, X = new Axis("PC 1"), Y = new Axis("PC 2"), Z = new Axis("PC 3") },
        ];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_kind_is_drawn_readably_on_light_and_dark(bool dark)
    {
        var output = new Subplots(Gallery());
        using var written = dark ? NotebookPage.Dark(output) : NotebookPage.Of(output);
        await using var open = await browser.OpenAsync(written.File, width: 1060, hasPlayers: false);
        Assert.Equal(8, await open.Page.Locator("svg[role=img]").CountAsync());
        string theme = await open.Page.EvaluateAsync<string>("document.querySelector('.anisora').dataset.theme");
        Assert.Equal(dark ? "dark" : "light", theme);
        string color = await open.Page.EvaluateAsync<string>("getComputedStyle(document.querySelector('svg path[style*=\"--model\"]')).stroke");
        Assert.Equal(dark ? "rgb(255, 122, 77)" : "rgb(217, 72, 28)", color);
        string[] outside = await open.Page.EvaluateAsync<string[]>("""
            [...document.querySelectorAll("svg[role=img]")].flatMap(svg => [...svg.querySelectorAll("text")].filter(t => {
              const a = t.getBoundingClientRect(), b = svg.getBoundingClientRect();
              return a.left < b.left - 1 || a.right > b.right + 1 || a.top < b.top - 1 || a.bottom > b.bottom + 1;
            }).map(t => t.textContent))
            """);
        Assert.Empty(outside);
        await open.ScreenshotAsync(dark ? "notebook-figures-dark" : "notebook-figures", whole: true);
        Assert.Empty(open.Problems);
    }

    [Fact]
    public void A_line_of_a_million_points_stays_light_and_keeps_its_peak()
    {
        double[] x = Steps(1_000_000), y = Noise(1_000_000, 1);
        y[654_321] = 1000;
        string html = (string)new Figure([new LineTrace(x, y)]) { Y = new Axis(Minimum: 0, Maximum: 1000) }.ToMime().Data["text/html"];
        Assert.InRange(Encoding.UTF8.GetByteCount(html), 1000, 60_000);
        // y = 1000 is the top of the plot, at pixel 12: one point alone is there.
        Assert.Contains(" 12L", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_histogram_counts_every_finite_value_once()
    {
        var (start, width, heights) = new HistogramTrace([0, 1, 1, 2, 4, double.NaN, double.PositiveInfinity]) { Bins = 4 }.Count();
        Assert.Equal((0.0, 1.0), (start, width));
        Assert.Equal([1.0, 2, 1, 1], heights); // the largest value belongs to the last bin
        Assert.Equal([0.2, 0.4, 0.2, 0.2], new HistogramTrace([0, 1, 1, 2, 4]) { Bins = 4, Shares = true }.Count().Heights, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([3.0], new HistogramTrace([5, 5, 5]) { Bins = 1 }.Count().Heights);
    }

    [Fact]
    public void A_box_is_Tukeys()
    {
        // Quartiles of 1 … 9 are 3, 5, 7; whiskers reach to values within 7 + 1.5·4 = 13.
        var s = new BoxTrace([1, 2, 3, 4, 5, 6, 7, 8, 9]).Summarise();
        Assert.Equal((1.0, 3.0, 5.0, 7.0, 9.0), (s.Low, s.Q1, s.Median, s.Q3, s.High));
        var far = new BoxTrace([1, 2, 3, 4, 5, 6, 7, 8, 100]).Summarise();
        Assert.Equal([100.0], far.Outliers);
        Assert.Equal(8, far.High);
    }

    [Fact]
    public void Figures_that_do_not_add_up_are_refused_in_words()
    {
        Assert.Contains("figure of its own", Assert.Throws<ArgumentException>(() => new Figure([new RadarTrace(["a"], [1]), new LineTrace([1], [1])]).ToMime()).Message);
        Assert.Contains("figure of its own", Assert.Throws<ArgumentException>(() => new Figure([new Scatter3DTrace([1], [1], [1]), new LineTrace([1], [1])]).ToJson()).Message);
        Assert.Contains("2 x values and 1 z values", Assert.Throws<ArgumentException>(() => new Figure([new Scatter3DTrace([1, 2], [1, 2], [1])]).ToMime()).Message);
        Assert.Contains("2 x values and 1 y values", Assert.Throws<ArgumentException>(() => new Figure([new LineTrace([1, 2], [1])]).ToMime()).Message);
        Assert.Contains("heatmap row", Assert.Throws<ArgumentException>(() => new Figure([new HeatmapTrace([[1, 2], [3]])]).ToMime()).Message);
        Assert.Contains("no values", Assert.Throws<ArgumentException>(() => new Figure([new BoxTrace([]) { Name = "empty" }]).ToMime()).Message);
    }

    [Fact]
    public void Empty_and_strange_figures_are_drawn_too()
    {
        foreach (var figure in new[]
        {
            new Figure([]),
            new Figure([new LineTrace([], [])]),
            new Figure([new LineTrace([1, 2], [double.NaN, double.NaN])]),
            new Figure([new LineTrace([1, 2], [-1, 0])]) { Y = new Axis(Logarithmic: true) },
            new Figure([new HistogramTrace([])]),
            new Figure([new HeatmapTrace([])]),
            new Figure([new BarTrace([], [])]),
            new Figure([new LineTrace([0, 1e300], [-1e-300, 1e300])]),
        })
        {
            string html = (string)figure.ToMime().Data["text/html"];
            Assert.DoesNotContain("NaN", html[..html.IndexOf("<script", StringComparison.Ordinal)], StringComparison.Ordinal);
            Assert.DoesNotContain("∞", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_interactive_figure_holds_plotly_once_and_starts_without_a_network()
    {
        using var notebook = new RecordingNotebook();
        Show.Interactive(Gallery()[0], "first", library: true);
        Show.Interactive(Gallery()[6], "second");
        Show.Interactive(Gallery()[7], "third");
        var outputs = notebook.Shown.Select(s => new Fixed(s.Bundle)).ToArray();
        Assert.Equal([true, false, false], notebook.Shown.Select(s => ((string)s.Bundle.Data["text/html"]).Contains("data-anisora-plotly>", StringComparison.Ordinal)));
        using var written = NotebookPage.Of(outputs);
        await using var open = await browser.OpenAsync(written.File, hasPlayers: false);
        await open.Page.WaitForFunctionAsync("document.querySelectorAll('.anisora[data-interactive]').length === 3");
        Assert.Equal(3, await open.Page.Locator(".js-plotly-plot").CountAsync());
        await open.ScreenshotAsync("notebook-interactive", whole: true);
        Assert.DoesNotContain(open.Problems, p => p.StartsWith("request", StringComparison.Ordinal) || p.StartsWith("exception", StringComparison.Ordinal));
    }

    [Fact]
    public void A_live_figure_shows_once_and_is_then_replaced_in_its_place()
    {
        using var notebook = new RecordingNotebook();
        using (var live = new LiveFigure("step", "loss"))
        {
            for (int i = 0; i < 500; i++)
                live.Add(i % 2 == 0 ? "a" : "b", i, 1.0 / (i + 1));
        }
        var shown = notebook.Shown;
        Assert.False(shown[0].Update);
        Assert.All(shown.Skip(1), s => Assert.True(s.Update));
        Assert.Single(shown.Select(s => s.Id).Distinct());
        Assert.InRange(shown.Count, 2, 100); // far fewer than points
        Assert.Contains(">b</text>", (string)shown[^1].Bundle.Data["text/html"], StringComparison.Ordinal);
    }

    private sealed class Fixed(MimeBundle bundle) : IDisplayable
    {
        public MimeBundle ToMime() => bundle;
    }
}

/// <summary>These tests set the process's current notebook, so they take turns.</summary>
[CollectionDefinition(Name)]
public sealed class NotebookCollection
{
    public const string Name = "notebook";
}
