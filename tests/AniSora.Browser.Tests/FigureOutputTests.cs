using System.Text;
using AniSora.Display;
using AniSora.Display.Notebook;
using AniSora.Display.Svg;
using Plotly.NET;
using Plotly.NET.CSharp;
using Chart = Plotly.NET.CSharp.Chart;
using GenericChart = Plotly.NET.GenericChart;

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

    private static GenericChart[] Gallery()
    {
        double[] x = Steps(400), noise = Noise(400, 1, 0, 0.06);
        double[] loss = [.. x.Select(s => 0.2 + 0.8 * Math.Exp(-s / 90) + noise[(int)s])];
        string[] rules = ["hold", "fade", "flow", "model"], measures = ["motion", "smoothness", "consistency", "aesthetics", "text"];
        return [
            Charts.Together(Charts.LossCurve(x, loss, "training"), Charts.Line(x, [.. x.Select(s => 0.25 + 0.78 * Math.Exp(-s / 90))], "held out", "var(--real)", dashed: true)).Styled("Lines", "step", "loss"),
            Charts.Together(Charts.Scatter(Noise(300, 2), Noise(300, 3), "clips"), Charts.Scatter([-2, 0, 2], [1, 2, 1], "means", error: [0.4, 0.3, 0.5])).Styled("Points", "motion score", "aesthetic score"),
            Charts.Together(Charts.Bars(rules, [14.2, 17.9, 18.3, 20.1], "PSNR", error: [0.4, 0.5, 0.4, 0.5]), Charts.Bars(rules, [12.2, 15.9, 17.3, 19.6], "held out")).Styled("Bars", y: "dB"),
            Charts.Together(Charts.Histogram(Noise(4000, 4), "real"), Charts.Histogram(Noise(4000, 5, 1.5, 0.7), "made")).Styled("Histogram", "mean brightness", "clips"),
            Charts.Together(Charts.Box(Noise(200, 6, 20, 2), "first"), Charts.Box(Noise(200, 7, 22, 1.5), "first, last"), Charts.Box(Noise(200, 8, 25, 1), "three")).Styled("Boxes", y: "PSNR, dB"),
            Charts.Heatmap([.. Enumerable.Range(0, 12).Select(r => (IReadOnlyList<double>)[.. Enumerable.Range(0, 20).Select(c => Math.Sin(r / 3.0) * Math.Cos(c / 4.0))])]).Styled("Heat map", "frame", "layer"),
            Charts.Together(Charts.Radar(measures, [4, 3.5, 4.5, 3, 2.5], "this model"), Charts.Radar(measures, [2, 4.5, 4, 2.5, 2], "cross-fade")).Styled("Radar", height: 340),
            Charts.Together(Charts.Scatter3D(Noise(150, 9), Noise(150, 10), Noise(150, 11), "walks"), Charts.Scatter3D(Noise(150, 12, 3), Noise(150, 13, 2), Noise(150, 14, 2), "jumps")).Styled("Space", "PC 1", "PC 2", z: "PC 3", height: 340),
        ];
    }

    private static string HtmlOf(GenericChart chart) => (string)Formatters.Format(chart).Data["text/html"];

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
        string html = HtmlOf(Charts.Line(x, y).Styled(y: new Axis(Minimum: 0, Maximum: 1000), legend: false));
        Assert.InRange(Encoding.UTF8.GetByteCount(html), 1000, 60_000);
        // y = 1000 is the top of the plot, at pixel 12: one point alone is there.
        Assert.Contains(" 12L", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_histogram_counts_every_finite_value_once()
    {
        var (start, width, heights) = Samples.Count([0, 1, 1, 2, 4, double.NaN, double.PositiveInfinity], 4);
        Assert.Equal((0.0, 1.0), (start, width));
        Assert.Equal([1.0, 2, 1, 1], heights); // the largest value belongs to the last bin
        Assert.Equal([0.2, 0.4, 0.2, 0.2], Samples.Count([0, 1, 1, 2, 4], 4, shares: true).Heights, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([3.0], Samples.Count([5, 5, 5], 1).Heights);
    }

    [Fact]
    public void A_box_is_Tukeys()
    {
        // Quartiles of 1 … 9 are 3, 5, 7; whiskers reach to values within 7 + 1.5·4 = 13.
        var s = Samples.Summarise([1, 2, 3, 4, 5, 6, 7, 8, 9])!;
        Assert.Equal((1.0, 3.0, 5.0, 7.0, 9.0), (s.Low, s.Q1, s.Median, s.Q3, s.High));
        var far = Samples.Summarise([1, 2, 3, 4, 5, 6, 7, 8, 100])!;
        Assert.Equal([100.0], far.Outliers);
        Assert.Equal(8, far.High);
    }

    [Fact]
    public void A_smoothed_line_starts_without_bias_and_passes_over_gaps()
    {
        Assert.Equal([3.0, 3, 3, 3], Samples.Smoothed([3, double.NaN, 3, 3], 10), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([double.NaN, 2], Samples.Smoothed([double.NaN, 2], 10));
    }

    [Fact]
    public void Charts_that_do_not_add_up_are_refused_in_words()
    {
        Assert.Contains("2 x values and 1 z values", Assert.Throws<ArgumentException>(() => Charts.Scatter3D([1, 2], [1, 2], [1])).Message);
        Assert.Contains("2 x values and 1 y values", Assert.Throws<ArgumentException>(() => Charts.Line([1, 2], [1])).Message);
        Assert.Contains("heatmap row", Assert.Throws<ArgumentException>(() => Charts.Heatmap([[1, 2], [3]])).Message);
        Assert.Contains("no values", Assert.Throws<ArgumentException>(() => Charts.Box([], "empty")).Message);
    }

    [Fact]
    public void Names_that_are_wider_than_their_place_take_several_lines()
    {
        string[] names = ["swapped identity", "motion smoothness (optical flow stand-in)", .. Enumerable.Range(0, 8).Select(i => $"n{i}")];
        string Heatmap(int columns) => HtmlOf(Charts.Heatmap([[.. names[..columns].Select((_, i) => (double)i)]], names[..columns], ["row"]).Styled(height: 200));
        Assert.All(["swapped", "identity", "n7"], line => Assert.Contains($">{line}</text>", Heatmap(10)));
        Assert.All(["motion", "smoothness", "(optical flow", "stand-in)"], line => Assert.Contains($">{line}</text>", Heatmap(6)));
        // Where there is room, a name stays whole.
        Assert.Contains(">swapped identity</text>", Heatmap(2));
    }

    [Fact]
    public void Charts_laid_over_each_other_leave_the_originals_as_they_were()
    {
        var line = Charts.Line([1, 2], [3, 4], "line").Styled("one");
        string before = GenericChart.toFigureJson(line);
        Assert.Contains("changed", HtmlOf(Charts.Together(line, Charts.Bars(["a"], [1])).WithTraceInfo(Name: "changed").Styled("two", y: "dB")));
        Assert.Equal(before, GenericChart.toFigureJson(line));
    }

    /// <summary>What researchers make with Plotly.NET itself.</summary>
    [Fact]
    public void Plotly_NETs_own_charts_are_drawn_too()
    {
        Assert.Contains(">PSNR</text>", HtmlOf(Chart.Line<double, double, string>([1, 2, 3], [4, double.NaN, 6], ShowMarkers: true, Name: "x").WithYAxisStyle<double, double, string>(TitleText: "PSNR")));
        Assert.Contains("b: 2", HtmlOf(Chart.Column<double, string, string>([1, 2], Keys: new(["a", "b"], true))));
        Assert.Contains("median 3", HtmlOf(Chart.BoxPlot<string, double, string>(Y: new([1, 2, 3, 4, 5], true), Name: "box")));
        Assert.Contains("<image", HtmlOf(Chart.Heatmap<double, double, double, string>([[1, 2], [3, 4]])));
    }

    [Fact]
    public void A_kind_that_the_picture_does_not_know_is_said_in_its_place_and_kept_for_plotly()
    {
        string html = HtmlOf(Chart.Pie<double, string, string>([1, 2], Labels: new(["a", "b"], true)));
        Assert.Contains("does not draw the kind “pie”", html);
        Assert.Contains("data-figures=", html);
        Assert.Contains("in one figure", HtmlOf(Charts.Together(Charts.Radar(["a"], [1]), Charts.Line([1], [1]))));
        Assert.Contains("several plots", HtmlOf(Chart.Grid([Charts.Line([1], [1]), Charts.Line([1], [2])], 1, 2)));
    }

    [Fact]
    public void Empty_and_strange_figures_are_drawn_too()
    {
        foreach (var figure in new[]
        {
            Charts.Together(),
            Charts.Line([], []),
            Charts.Line([1, 2], [double.NaN, double.NaN]),
            Charts.Line([1, 2], [-1, 0]).Styled(y: new Axis(Logarithmic: true)),
            Charts.Histogram([]),
            Charts.Heatmap([]),
            Charts.Bars([], []),
            Charts.Line([0, 1e300], [-1e-300, 1e300]),
        })
        {
            string html = HtmlOf(figure);
            Assert.DoesNotContain("NaN", html[..html.IndexOf("<script", StringComparison.Ordinal)], StringComparison.Ordinal);
            Assert.DoesNotContain("∞", html, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1.4, 1.412, false)]
    [InlineData(1.4, 1.412, true)]
    [InlineData(0.35, 0.3502, true)]
    [InlineData(12_340, 12_346, false)]
    [InlineData(2_000_000, 2_000_300, false)]
    [InlineData(1.5e9, 1.5e9 + 40, false)]
    [InlineData(-3e-6, 3e-6, false)]
    [InlineData(1e-3, 1e5, true)]
    public void No_two_ticks_are_named_alike_however_close_the_values_lie(double low, double high, bool logarithmic)
    {
        foreach (string? format in new[] { null, ".1f" })
        {
            var ticks = new AxisScale(new Axis(Logarithmic: logarithmic, TickFormat: format), [low, high], 0, 200).Ticks(5);
            Assert.InRange(ticks.Count, 3, 12);
            Assert.Equal(ticks.Count, ticks.Select(t => t.Text).Distinct().Count());
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
