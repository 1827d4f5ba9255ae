using AniSora.Display;
using AniSora.Evaluation;
using Plotly.NET;

namespace AniSora.Cli.Demo;

public static partial class DemoPage
{
    private static Html Numbers(HtmlPage page, DemoResults results)
    {
        int clips = results.Controls.Max(c => c.Scores.Clips.Count);
        var rows = results.Controls.Select(c => Html.Of($"""
            <tbody><tr><th rowspan="4" scope="rowgroup">{ShortName(c.Control)}<small>{c.Scores.Clips.Count} clips</small></th>
            {Row("model", "Model", c.Scores.Model)}</tr>
            <tr>{Row("cross", "Cross-fade", c.Scores.CrossFade)}</tr>
            <tr>{Row("flow", "Optical flow", c.Scores.Flow)}</tr>
            <tr>{Row("hold", "Hold first", c.Scores.Hold)}</tr></tbody>
            """));
        return HtmlPage.Section("numbers", "The numbers", Html.Of($"""
            <p class="what"><b>PSNR</b> says how far each open pixel is from the real one, in decibels: 6 dB more is half the error.
            <b>SSIM</b> compares structure and ends at 1. Both against the one real clip, without the given pixels; ± is one standard
            error, with clips of the same sequence counted as one. Every held-out clip is in; none was picked.</p>
            <div class="plots">
            {page.Figure(Bars(results), $"Mean PSNR over up to {clips} held-out clips, with standard errors. Higher is closer to the real clip.")}
            {page.Figure(ClipByClip(results), "Each dot is one held-out clip. Above the dotted line, the model is closer to the real clip than a cross-fade is.")}
            </div>
            <div class="scroll"><table class="scores"><thead><tr><th scope="col">Given</th><th scope="col">Made by</th><th scope="col">PSNR, dB</th><th scope="col">SSIM</th></tr></thead>
            {rows}</table></div>
            """));
    }

    private static Html Row(string style, string name, ScoreSummary scores) => Html.Of($"""
        <th scope="row" class="{style}">{name}</th><td>{DemoText.PlusMinus(scores.Psnr, "0.00")}</td><td>{DemoText.PlusMinus(scores.Ssim, "0.000")}</td>
        """);

    private static string ShortName(DemoControl control) => control switch
    {
        DemoControl.FirstFrame => "First",
        DemoControl.FirstLast => "First + last",
        DemoControl.FirstMiddleLast => "First + middle + last",
        _ => "Motion mask",
    };

    private static GenericChart Bars(DemoResults results)
    {
        string[] names = [.. results.Controls.Select(c => ShortName(c.Control).Replace(" + ", " +<br>"))];
        return Charts.Together(
            Bar("Model", "var(--model)", c => c.Model.Psnr),
            Bar("Cross-fade", "var(--cross)", c => c.CrossFade.Psnr),
            Bar("Optical flow", "var(--flow)", c => c.Flow.Psnr),
            Bar("Hold first", "var(--hold)", c => c.Hold.Psnr)).Styled(y: "PSNR, dB", height: 360);

        GenericChart Bar(string name, string color, Func<TaskReport, Statistic> select) => Charts.Bars(
            names, [.. results.Controls.Select(c => select(c.Scores).Mean)], name, color,
            [.. results.Controls.Select(c => select(c.Scores).StandardError)], hover: "%{y:.1f} dB<extra>" + name + "</extra>");
    }

    private static GenericChart ClipByClip(DemoResults results)
    {
        double[] all = [.. results.Controls.SelectMany(c => c.Scores.Clips)
            .SelectMany(c => new[] { c.Model.Psnr, c.CrossFade.Psnr }).Where(double.IsFinite)];
        double low = Math.Floor(all.DefaultIfEmpty(10).Min() - 1), high = Math.Ceiling(all.DefaultIfEmpty(40).Max() + 1);
        string[] colors = ["var(--tint-1)", "var(--tint-2)", "var(--model)", "var(--tint-3)"];
        var equal = Charts.Line([low, high], [low, high], color: "var(--muted)", width: 1.2, dashed: true, inLegend: false, hover: "<extra></extra>");
        return Charts.Together([equal, .. results.Controls.Select(c => Charts.Scatter(
            [.. c.Scores.Clips.Select(s => s.CrossFade.Psnr)], [.. c.Scores.Clips.Select(s => s.Model.Psnr)],
            ShortName(c.Control), colors[(int)c.Control % colors.Length], size: 6.5, labels: [.. c.Scores.Clips.Select(s => Html.Escape(s.Clip))],
            hover: "%{text}<br>cross-fade %{x:.1f} dB, model %{y:.1f} dB<extra></extra>"))])
            .Styled(x: new Axis("cross-fade, dB", Minimum: low, Maximum: high), y: new Axis("model, dB", Minimum: low, Maximum: high), height: 360);
    }
}
