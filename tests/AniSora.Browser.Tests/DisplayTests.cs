using System.Text.Json;
using AniSora.Display;
using AniSora.Display.Svg;

namespace AniSora.Browser.Tests;

/// <summary>The pieces pages are made of.</summary>
public sealed class DisplayTests(Chromium browser) : IClassFixture<Chromium>
{
    [Fact]
    public void Html_escapes_every_hole_but_html()
    {
        string evil = "<script>alert('x' & \"y\")</script>";
        Html inner = Html.Of($"<b title=\"{evil}\">{evil}</b>");
        Assert.DoesNotContain("<script", inner.ToString(), StringComparison.Ordinal);
        Assert.Equal("<p>1.50 &lt;</p><b>a</b><b>b</b>", Html.Of($"<p>{1.5:0.00} {"<"}</p>{new[] { "a", "b" }.Select(x => Html.Of($"<b>{x}</b>")).ToArray()}").ToString());
    }

    [Fact]
    public void A_figure_is_json_that_plotly_takes_and_a_script_element_holds()
    {
        var figure = Charts.Together(
            Charts.Line([1, 2], [3, double.NaN], "</script><b>", "var(--model)"),
            Charts.Scatter([1], [2], error: [0.5], labels: ["x"], onRight: true),
            Charts.Bars(["a", "b"], [1, 2], error: [0.1, double.NaN]),
            Charts.Heatmap([[1, 2], [3, 4]], columns: ["c", "d"]))
            .Styled("T", new Axis("x", Logarithmic: true, Minimum: 1, Maximum: 100), right: "right");
        string json = PlotFigure.Of(figure).Json;
        Assert.DoesNotContain("</script", json, StringComparison.OrdinalIgnoreCase);
        using var parsed = JsonDocument.Parse(json);
        var data = parsed.RootElement.GetProperty("data");
        Assert.Equal(["scatter", "scatter", "bar", "heatmap"], data.EnumerateArray().Select(t => t.GetProperty("type").GetString()));
        Assert.Equal(JsonValueKind.Null, data[0].GetProperty("y")[1].ValueKind);
        Assert.Equal(2, parsed.RootElement.GetProperty("layout").GetProperty("xaxis").GetProperty("range")[1].GetDouble()); // log10(100)
    }

    [Fact]
    public void Videos_that_do_not_add_up_are_refused_with_the_sizes()
    {
        Assert.Contains("2×3×4", Assert.Throws<ArgumentException>(() => new VideoFrames(new byte[71], 2, 3, 4)).Message);
        Assert.Contains("7 values", Assert.Throws<ArgumentException>(() => new VideoFrames(new byte[72], 2, 3, 4).Masked(new byte[7])).Message);
        Assert.Contains("3 flags for 17 frames", Assert.Throws<ArgumentException>(() =>
            HtmlPage.Player(new PlayerOptions("x", 17) { GivenFrames = [true, false, true] }, Html.Empty)).Message);
        Assert.Contains("do not fit", Assert.Throws<ArgumentException>(() => SpriteSheet.Of(new VideoFrames(new byte[3 * 9000], 1, 1, 9000))).Message);
    }

    [Fact]
    public void Plotly_is_found_and_its_absence_names_the_fix()
    {
        Assert.True(File.Exists(PlotlyLibrary.Find()));
        var error = Assert.Throws<FileNotFoundException>(() => PlotlyLibrary.Find(["/nowhere/plotly.min.js"]));
        Assert.Contains("make setup", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plotly_is_looked_for_in_the_named_folder_first_then_upwards()
    {
        string[] places = [.. PlotlyLibrary.Candidates("/native", "/app/bin", "/home")];
        Assert.Equal("/native/plotly.min.js", places[0]);
        Assert.Contains("/app/bin/plotly.min.js", places);
        Assert.Contains("/app/node_modules/plotly.js-dist-min/plotly.min.js", places);
        Assert.Contains("/home/node_modules/plotly.js-dist-min/plotly.min.js", places);
    }

    [Fact]
    public void Masked_pixels_are_transparent_and_hold_no_trace_of_what_was_there()
    {
        var video = new VideoFrames([1, 2, 3, 4, 5, 6], 2, 1, 1);
        Assert.Equal([1, 2, 3, 255, 0, 0, 0, 0], video.Masked([1, 0]).Pixels);
    }

    [Fact]
    public async Task A_clip_has_its_own_shape_on_a_page()
    {
        var video = new VideoFrames(new byte[2 * 64 * 96 * 3], 2, 64, 96);
        var page = new HtmlPage("Wide clip", "A test.");
        page.Add(HtmlPage.Player(new PlayerOptions("wide", 2), page.Tile(new ClipTile(video, "wide", ClipRole.Real, "black") { Large = true })));
        string file = Path.Combine(Directory.CreateTempSubdirectory("anisora-page-").FullName, "wide.html");
        await File.WriteAllTextAsync(file, page.Render());
        await using var open = await browser.OpenAsync(file, calm: true);
        var box = (await open.Page.Locator(".clip canvas").BoundingBoxAsync())!;
        Assert.Equal(1.5, box.Width / box.Height, 0.01);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Fact]
    public async Task A_long_clip_wraps_into_columns_and_shows_every_frame_right()
    {
        // 300 frames of 30 rows are taller than one column may be; the frame's number is its grey level.
        var pixels = new byte[300 * 30 * 8 * 4];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(i % 4 == 3 ? 255 : i / (30 * 8 * 4) % 251);
        var video = new VideoFrames(pixels, 300, 30, 8);
        Assert.Equal(2, SpriteSheet.Of(video).Columns);

        var page = new HtmlPage("Long clip", "A test.");
        page.Add(HtmlPage.Player(new PlayerOptions("long", 300), page.Tile(new ClipTile(video, "long", ClipRole.Real, "grey levels"))));
        string file = Path.Combine(Directory.CreateTempSubdirectory("anisora-page-").FullName, "long.html");
        await File.WriteAllTextAsync(file, page.Render());
        await using var open = await browser.OpenAsync(file, calm: true);
        foreach (int frame in new[] { 1, 150, 299 })
        {
            await open.Page.Locator(".scrub").FillAsync(frame.ToString(System.Globalization.CultureInfo.InvariantCulture));
            int level = await open.Page.EvaluateAsync<int>("""
                () => {
                  const copy = new OffscreenCanvas(8, 30).getContext("2d", { willReadFrequently: true });
                  copy.drawImage(document.querySelector(".clip canvas"), 0, 0);
                  return copy.getImageData(7, 29, 1, 1).data[0];
                }
                """);
            Assert.Equal(frame % 251, level);
        }
        Assert.False(await open.Page.EvaluateAsync<bool>("'Plotly' in window")); // a page without figures stays light
        Assert.Empty(open.Problems);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }
}
