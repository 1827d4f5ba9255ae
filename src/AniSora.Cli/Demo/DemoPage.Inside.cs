using AniSora.Display;
using AniSora.Training.Distributed;
using Plotly.NET;

namespace AniSora.Cli.Demo;

public static partial class DemoPage
{
    private static Html Inside(HtmlPage page, DemoResults results) => Html.Of($"""
        {Learning(page, results)}
        {Autoencoder(page, results.Reconstruction)}
        {World(page, results.Data)}
        """);

    /// <summary>What this run itself trained, beside the long training of the shipped weights where that is known.</summary>
    private static Html Learning(HtmlPage page, DemoResults results)
    {
        if (results.Learning.Count == 0)
            return Html.Empty;
        var plots = new List<Html>();
        foreach (var curve in results.Learning)
        {
            plots.Add(page.Figure(Curve(curve, decibel: false), $"{curve.Name}, loss. {curve.Meaning}"));
            if (curve.Points.Any(p => double.IsFinite(p.Psnr)))
                plots.Add(page.Figure(Curve(curve, decibel: true), $"{curve.Name}, PSNR of what comes out, in decibels. Higher is sharper."));
        }
        string hours = results.Model.VaeTraining == TimeSpan.Zero || results.Model.DitTraining == TimeSpan.Zero ? ""
            : $"{DemoText.Duration(results.Model.VaeTraining)} (autoencoder) and {DemoText.Duration(results.Model.DitTraining)} (transformer)";
        return HtmlPage.Section("learning", "Watching it learn", Html.Of($"""
            <p class="what">During this run a fresh model was trained from nothing for a short while, to show learning happen. It is
            not the one that made the clips above: that is <b>{results.Model.Name}</b>, which comes with the repository and was
            trained by the same commands for longer{(hours == "" ? "" : $": {hours}")}. <code>{results.Model.Recipe}</code> trains it again.</p>
            <div class="plots">{plots}</div>
            """));
    }

    private static GenericChart Curve(LearningCurve curve, bool decibel)
    {
        Func<LearningPoint, double> value = decibel ? p => p.Psnr : p => p.Loss;
        bool timed = curve.Points.All(p => double.IsFinite(p.Seconds)) && curve.Shipped.All(p => double.IsFinite(p.Seconds));
        Func<LearningPoint, double> at = timed ? p => p.Seconds / 60 : p => p.Step;
        bool longRun = timed && curve.Shipped.Count > 0;
        var charts = new List<GenericChart>();
        Add(curve.Shipped, "shipped model", "var(--muted)");
        Add(curve.Points, "this run", "var(--model)");
        foreach (var points in decibel ? new[] { curve.Shipped, curve.Points } : [])
        {
            var measured = points.Where(p => double.IsFinite(p.HeldOutPsnr)).ToArray();
            bool own = points == curve.Points;
            if (measured.Length > 0)
                charts.Add(Charts.Scatter([.. measured.Select(at)], [.. measured.Select(p => p.HeldOutPsnr)], "held-out clips", own ? "var(--real)" : "var(--muted)", size: 5.5, inLegend: own));
        }
        // Minutes beside hours: only powers of ten show both.
        return Charts.Together(charts).Styled(
            x: new Axis(timed ? "training time, minutes" : "step", Logarithmic: longRun, TickStep: longRun ? 1 : null),
            y: new Axis(decibel ? "PSNR, dB" : "loss", Logarithmic: !decibel));

        void Add(IReadOnlyList<LearningPoint> points, string name, string color)
        {
            if (points.Count == 0)
                return;
            double[] each = [.. points.Select(value)], smooth = Samples.Smoothed(each), x = [.. points.Select(at)];
            int[] kept = Thin(points.Count, longRun);
            charts.Add(Charts.LossCurve([.. kept.Select(i => x[i])], [.. kept.Select(i => each[i])], name, color, [.. kept.Select(i => smooth[i])]));
        }
    }

    /// <summary>Which of a curve's points to draw: at most 600, evenly spaced on the axis; more than the figure has pixels only makes the page heavy.</summary>
    private static int[] Thin(int points, bool logarithmic)
    {
        const int most = 600;
        int last = points - 1;
        return points <= most
            ? [.. Enumerable.Range(0, points)]
            : [.. Enumerable.Range(0, most).Select(k => k / (most - 1.0)).Select(s => (int)Math.Round(logarithmic ? Math.Pow(last + 1, s) - 1 : last * s)).Distinct()];
    }

    private static Html Autoencoder(HtmlPage page, Reconstruction reconstruction)
    {
        if (reconstruction.Examples.Count == 0)
            return Html.Empty;
        int frames = reconstruction.Examples[0].Real.Frames;
        var pairs = reconstruction.Examples.Select(e => Html.Of($"""
            <div class="pair">
            {page.Tile(new ClipTile(e.Real, "real", ClipRole.Real, $"The real clip: {e.Caption}"))}
            {page.Tile(new ClipTile(e.Rebuilt, "rebuilt", ClipRole.Model, $"The clip after compression: {e.Caption}"))}
            </div>
            """));
        double ratio = (double)reconstruction.PixelValues / reconstruction.LatentValues;
        return HtmlPage.Section("autoencoder", "The lens it sees through", Html.Of($"""
            <p class="what">The model never works on pixels. An autoencoder first packs each clip of {DemoText.Grouped(reconstruction.PixelValues)}
            numbers into {DemoText.Grouped(reconstruction.LatentValues)}, {ratio:0}&#8239;times fewer, and unpacks the result at the end.
            This round trip bounds how sharp a result can be: {DemoText.PlusMinus(reconstruction.Psnr, "0.0", "\u00A0dB")},
            SSIM {DemoText.PlusMinus(reconstruction.Ssim, "0.000")} over {reconstruction.Psnr.Count} held-out clips.</p>
            {HtmlPage.Player(new PlayerOptions("Held-out clips and their reconstruction", frames), Html.Of($"""<div class="pairs narrow">{pairs}</div>"""))}
            """));
    }

    private static Html World(HtmlPage page, DataSummary data)
    {
        if (data.Peek.Count == 0)
            return Html.Empty;
        var tiles = data.Peek.Select(p => page.Tile(new ClipTile(p.Video, p.Caption, ClipRole.Real, p.Caption)));
        return HtmlPage.Section("world", "The world it learned from", Html.Of($"""
            <p class="what">{DemoText.Grouped(data.TrainingClips)} clips from {DemoText.Grouped(data.TrainingSequences)} sequences, on plain and
            textured grounds; {DemoText.Grouped(data.HeldOutClips)} clips from {DemoText.Grouped(data.HeldOutSequences)} other sequences are
            held out. Whole sequences are held out, never single clips, and a sequence in another team's colours counts as the same.</p>
            {HtmlPage.Player(new PlayerOptions("Real clips from the training data", data.Peek[0].Video.Frames), Html.Of($"""<div class="tiles peek">{tiles}</div>"""))}
            """));
    }
}
