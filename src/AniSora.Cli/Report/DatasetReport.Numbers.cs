using System.Globalization;
using AniSora.Data.Pipeline.Reporting;
using AniSora.Display;

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
        return Section("distributions", "How the clips are spread", Html.Of($"""
            <p class="what">Kept clips in colour, removed ones in grey; the outermost half percent is in the last bins.</p><div class="plots">{figures}</div>
            """));
    }

    private static Figure Draw(Histogram histogram, string title)
    {
        string digits = histogram.Width >= 1 ? "0" : histogram.Width >= 0.1 ? "0.0" : "0.00";
        string[] bins = [.. histogram.Kept.Select((_, i) => (histogram.From + i * histogram.Width).ToString(digits, CultureInfo.InvariantCulture))];
        // Two bins of one rounded name would be drawn as one bar.
        bins = [.. bins.Select((name, i) => i > 0 && bins[i - 1] == name ? name + new string('\u200B', i) : name)];
        return new Figure([
            new BarTrace(bins, [.. histogram.Kept.Select(c => (double)c)]) { Name = "kept", Color = "var(--real)" },
            new BarTrace(bins, [.. histogram.Removed.Select(c => (double)c)]) { Name = "removed", Color = "var(--hold)" },
        ])
        { X = new Axis(title), Y = new Axis("clips"), Height = 260 };
    }

    private static Html Balance(HtmlPage page, DatasetSummary summary)
    {
        var labels = summary.Shares("label", 40);
        long kept = Math.Max(1, labels.Sum(l => l.Kept));
        string[] names = [.. labels.Select(l => l.Name.Length > 0 ? l.Name : "(no label)")];
        var shares = new Figure([
            new BarTrace(names, [.. labels.Select(l => 100.0 * l.Kept / kept)]) { Name = "of the clips", Color = "var(--hold)" },
            new BarTrace(names, [.. labels.Select(l => 100 * l.Draws)]) { Name = "of the draws", Color = "var(--model)" },
        ])
        { Y = new Axis("share in %"), Height = 380 };
        var camera = summary.Shares("camera_motion", 10);
        var cameras = new Figure([new BarTrace([.. camera.Select(c => c.Name)], [.. camera.Select(c => (double)c.Kept)]) { Color = "var(--real)" }]) { Y = new Axis("clips kept"), Legend = false, Height = 300 };
        return Section("balance", "How labels and camera motion are balanced", Html.Of($"""
            <p class="what">Rare labels and motions weigh more when an epoch draws by weight (<code>data.epoch_clips</code>); the labels with the most clips are shown.</p>
            {page.Figure(shares, "Share of each label among the kept clips, and among what training draws by weight.")}
            {page.Figure(cameras, "Camera motion of the kept clips.")}
            """));
    }
}
