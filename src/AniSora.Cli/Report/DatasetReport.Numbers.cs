using System.Globalization;
using AniSora.Data.Pipeline.Reporting;
using AniSora.Display;
using Plotly.NET;

namespace AniSora.Cli.Report;

internal static partial class DatasetReport
{
    private static readonly (string Column, string Title, string Says)[] _measures =
    [
        ("motion_score", "Motion score", "Mean optical flow, pixels per frame interval at 480 pixels height."),
        ("seconds", "Duration in seconds", "From the first to the last frame."),
        ("text_cover", "Text cover in %", "Area of readable text."),
        ("sharpness", "Sharpness", "Variance of the Laplacian of the brightness, grey levels²."),
        ("contrast", "Contrast", "Standard deviation of the brightness, grey levels."),
        ("colourfulness", "Colourfulness", "Hasler and Süsstrunk's measure: 0 grey, 33 moderate, 82 very colourful."),
        ("exposure", "Exposure", "Share of pixels that are clipped neither to black nor to white."),
        ("mask_union_cover", "Moving area", "Share of the picture that the mask covers in at least one frame."),
        ("border_share", "Black borders", "Share of the source's frame that is border; it is cropped."),
    ];

    private static Html Distributions(HtmlPage page, DatasetSummary summary)
    {
        var figures = _measures.Select(measure => page.Figure(Draw(summary.Histogram(measure.Column), measure.Title), $"{measure.Title}. {measure.Says}"));
        return HtmlPage.Section("distributions", "How the clips are spread", Html.Of($"""
            <p class="what">Kept clips in colour, removed ones in grey; the outermost half percent is in the last bins.</p><div class="plots">{figures}</div>
            """));
    }

    private static GenericChart Draw(Histogram histogram, string title)
    {
        // As many digits as the bins' width has: bins of one rounded name would be drawn as one bar.
        int digits = (int)Math.Clamp(Math.Ceiling(-Math.Log10(histogram.Width)), 0, 9);
        string[] bins = [.. histogram.Kept.Select((_, i) => (histogram.From + i * histogram.Width).ToString("F" + digits, CultureInfo.InvariantCulture))];
        return Charts.Together(
            Charts.Bars(bins, [.. histogram.Kept.Select(c => (double)c)], "kept", "var(--real)"),
            Charts.Bars(bins, [.. histogram.Removed.Select(c => (double)c)], "removed", "var(--hold)")).Styled(x: title, y: "clips", height: 260);
    }

    private static Html Balance(HtmlPage page, DatasetSummary summary)
    {
        var labels = summary.Shares("label", 40);
        long kept = Math.Max(1, labels.Sum(l => l.Kept));
        string[] names = [.. labels.Select(l => l.Name.Length > 0 ? l.Name : "(no label)")];
        var shares = Charts.Together(
            Charts.Bars(names, [.. labels.Select(l => 100.0 * l.Kept / kept)], "of the clips", "var(--hold)"),
            Charts.Bars(names, [.. labels.Select(l => 100 * l.Draws)], "of the draws", "var(--model)")).Styled(y: "share in %", height: 380);
        var camera = summary.Shares("camera_motion", 10);
        var cameras = Charts.Bars([.. camera.Select(c => c.Name)], [.. camera.Select(c => (double)c.Kept)], color: "var(--real)").Styled(y: "clips kept", legend: false, height: 300);
        return HtmlPage.Section("balance", "How labels and camera motion are balanced", Html.Of($"""
            <p class="what">Rare labels and motions weigh more when an epoch draws by weight (<code>data.epoch_clips</code>); the labels with the most clips are shown.</p>
            {page.Figure(shares, "Share of each label among the kept clips, and among what training draws by weight.")}
            {page.Figure(cameras, "Camera motion of the kept clips.")}
            """));
    }
}
