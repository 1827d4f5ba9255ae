using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AniSora.Display.Svg;
using AniSora.Pictures;
using Plotly.NET;

namespace AniSora.Display.Notebook;

internal enum RunPhase
{
    Waiting,
    Running,
    Pausing,
    Ended,
    Left,
}

/// <summary>A run as it stands: facts, curves and the newest sample. Static HTML: a notebook that is saved half-way shows half the run.</summary>
internal sealed class DashboardView : IDisplayable
{
    private readonly string _folder;
    private readonly MetricsTail _tail;
    private readonly RunPhase _phase;
    private readonly DashboardOptions _options;

    public DashboardView(string folder, MetricsTail tail, RunPhase phase, DashboardOptions options)
    {
        (_folder, _tail, _phase, _options) = (folder, tail, phase, options);
        try
        {
            LatestSample = Directory.EnumerateFiles(Path.Combine(folder, "samples"), "*.png").Where(f => !Path.GetFileName(f).StartsWith('.')).Max(StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LatestSample = null; // no measurement yet
        }
    }

    /// <summary>The newest picture's file.</summary>
    public string? LatestSample { get; }

    /// <inheritdoc/>
    public MimeBundle ToMime()
    {
        var facts = Facts();
        string text = $"{Name}: {PhaseText()}{string.Concat(facts.Select(f => $", {f.Label} {f.Value}"))}";
        var curves = Curves();
        var figures = curves.Count == 0 ? Html.Empty : new Subplots(curves).Element([.. curves.Select(PlotFigure.Of)], [.. curves.Select((_, i) => $"{Path.GetFullPath(_folder).GetHashCode(StringComparison.Ordinal):x8}-{i}")]);
        var list = facts.Select(f => Html.Of($"""
            <div style="border-top:2px solid currentColor;padding-top:6px"><div style="font-size:21px;font-weight:700;letter-spacing:-.02em;line-height:1.2;font-variant-numeric:tabular-nums;white-space:nowrap">{f.Value}</div><div style="opacity:.7;font-size:12.5px">{f.Label}</div></div>
            """));
        string dot = _phase switch { RunPhase.Running => "var(--model,#d9481c)", RunPhase.Ended => "var(--real,#0f7f74)", _ => "currentColor" };
        var content = Html.Of($"""
            <div style="max-width:960px;font-family:Inter,system-ui,'Segoe UI',Roboto,'Liberation Sans',Arial,sans-serif;line-height:1.4">
            <div style="display:flex;gap:10px;align-items:baseline;margin-bottom:14px"><span style="width:9px;height:9px;border-radius:50%;background:{dot}"></span><b style="font-size:15px">{Name}</b><span style="opacity:.7;font-size:13px">{PhaseText()}</span></div>
            <div style="display:grid;grid-template-columns:repeat(auto-fit,minmax(112px,1fr));gap:14px 22px;margin-bottom:20px">{list}</div>
            {figures}{Sample()}</div>
            """);
        return Formatters.TextAndHtml(text, content);
    }

    private string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(_folder)));

    private string PhaseText() => _phase switch
    {
        RunPhase.Waiting => "waiting for the first step",
        RunPhase.Running => "training",
        RunPhase.Pausing => "nobody trains here just now",
        RunPhase.Ended => "ended",
        _ => "no longer followed; the run itself goes on",
    } + (_tail.Restarts > 0 ? $" (taken up again {(_tail.Restarts == 1 ? "once" : $"{_tail.Restarts} times")})" : "");

    private List<(string Label, string Value)> Facts()
    {
        var facts = new List<(string, string)>();
        if (_tail.Step == 0)
            return facts;
        facts.Add((PlannedSteps() is { } steps ? $"of {steps:N0} steps" : "steps", _tail.Step.ToString("N0", CultureInfo.InvariantCulture)));
        if (_tail.Series.TryGetValue("loss", out var loss))
            facts.Add(("loss, smoothed", Smoothed(loss.Values)[^1].ToString("G3", CultureInfo.InvariantCulture)));
        if (double.IsFinite(_tail.Last("heldout_psnr")))
            facts.Add(("dB on held-out clips", _tail.Last("heldout_psnr").ToString("0.0", CultureInfo.InvariantCulture)));
        if (_tail.Series.TryGetValue("seconds", out var seconds))
        {
            double median = Median(seconds.Values.TakeLast(50));
            facts.Add(("per step, lately", median < 1 ? string.Create(CultureInfo.InvariantCulture, $"{median * 1000:0} ms") : string.Create(CultureInfo.InvariantCulture, $"{median:0.0} s")));
        }
        if (double.IsFinite(_tail.Last("trained")))
            facts.Add(("trained", Duration(_tail.Last("trained"))));
        if (double.IsFinite(_tail.Last("memory_mib")))
            facts.Add(("memory", string.Create(CultureInfo.InvariantCulture, $"{_tail.Last("memory_mib") / 1024:0.0} GiB")));
        if (double.IsFinite(_tail.Last("lr")))
            facts.Add(("learning rate", _tail.Last("lr").ToString("0.0e-0", CultureInfo.InvariantCulture)));
        return facts;
    }

    private List<GenericChart> Curves()
    {
        var figures = new List<GenericChart>();
        if (_tail.Series.TryGetValue("loss", out var loss) && loss.Values.Count > 0)
        {
            bool positive = loss.Values.All(v => !double.IsFinite(v) || v > 0);
            double[] smooth = Smoothed(loss.Values);
            var charts = new List<GenericChart> { Charts.LossCurve(loss.Steps, loss.Values, "training, smoothed", smoothed: smooth) };
            if (_tail.Series.TryGetValue("heldout_loss", out var heldOut))
                charts.Add(Charts.Scatter(heldOut.Steps, heldOut.Values, "held out", "var(--real)"));
            figures.Add(Curve("Loss", charts, new Axis(Logarithmic: positive && Wide(smooth))));
        }
        // A diffusion model's loss where noise is little and where it is much: hard and easy places learn at their own pace.
        const string timestep = "heldout_loss_t";
        var byTimestep = _tail.Series.Where(s => s.Key.StartsWith(timestep, StringComparison.Ordinal) && int.TryParse(s.Key.AsSpan(timestep.Length), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .OrderBy(s => int.Parse(s.Key.AsSpan(timestep.Length), CultureInfo.InvariantCulture)).ToList();
        if (byTimestep.Count > 0)
        {
            figures.Add(Curve("Held-out loss by timestep", [.. byTimestep.Select((s, i) => Drawn(s.Value, $"t = {s.Key[timestep.Length..]}", Palette.Series[i % Palette.Series.Length]))],
                new Axis(Logarithmic: Wide(byTimestep.SelectMany(s => s.Value.Values)))));
        }
        var psnr = new List<GenericChart>();
        if (_tail.Series.TryGetValue("psnr", out var own))
            psnr.Add(Charts.Line(own.Steps, Smoothed(own.Values), "training, smoothed", "var(--model)"));
        if (_tail.Series.TryGetValue("heldout_psnr", out var held))
            psnr.Add(Drawn(held, "held out", "var(--real)"));
        if (psnr.Count > 0)
            figures.Add(Curve("PSNR, dB", psnr, new Axis()));
        if (_tail.Series.TryGetValue("seconds", out var seconds))
            figures.Add(Curve("Seconds per step", [Charts.Line(seconds.Steps, seconds.Values, color: "var(--flow)", width: 1.4)], Above(seconds.Values)));
        if (_tail.Series.TryGetValue("grad_norm", out var gradients))
            figures.Add(Curve("Gradient norm", [Charts.Line(gradients.Steps, gradients.Values, color: "var(--tint-3)", width: 1.4)], Above(gradients.Values)));
        return figures;
    }

    /// <summary>Whether values differ so much that equal ratios should look alike.</summary>
    private static bool Wide(IEnumerable<double> values) =>
        values.Where(double.IsFinite).ToList() is { Count: > 0 } finite && finite.Min() > 0 && finite.Max() > 4 * finite.Min();

    /// <summary>A line; a single measurement is a point.</summary>
    private static GenericChart Drawn((List<double> Steps, List<double> Values) series, string name, string color) => series.Values.Count < 2
        ? Charts.Scatter(series.Steps, series.Values, name, color)
        : Charts.Line(series.Steps, series.Values, name, color);

    private static GenericChart Curve(string title, IEnumerable<GenericChart> charts, Axis y) => Charts.Together(charts).Styled(title, "step", y, height: 236);

    /// <summary>From zero to what nearly all values stay below: the first step, which compiles and warms up, would flatten the rest.</summary>
    private static Axis Above(List<double> values)
    {
        double[] sorted = [.. values.Where(double.IsFinite).Order()];
        return sorted.Length == 0 ? new Axis() : new Axis(Minimum: 0, Maximum: Math.Max(1e-9, 1.15 * Samples.Quantile(sorted, 0.97)));
    }

    private Html Sample()
    {
        const int largest = 2 << 20, sampleColours = 128; // it is sent again and again, and stays in the notebook
        if (LatestSample is null)
            return Html.Empty;
        try
        {
            if (new FileInfo(LatestSample).Length > largest)
                return Html.Of($"""<p style="opacity:.7;font-size:13px">{Path.GetFileName(LatestSample)} is too large to show here.</p>""");
            string step = Path.GetFileNameWithoutExtension(LatestSample).TrimStart('0');
            return Html.Of($"""
                <figure style="margin:18px 0 0"><img alt="Samples of step {step}" src="data:image/png;base64,{Convert.ToBase64String(ColourReduction.Lighter(File.ReadAllBytes(LatestSample), sampleColours))}" style="max-width:100%;border-radius:4px;image-rendering:pixelated"><figcaption style="font-size:13px;opacity:.7;margin-top:4px">Samples of step {step}</figcaption></figure>
                """);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Html.Empty; // pruned since it was listed
        }
    }

    /// <summary>The number of steps in the run's configuration, when it names one.</summary>
    private long? PlannedSteps()
    {
        try
        {
            var config = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "config.json"))) as JsonObject;
            return config?["schedule"] is JsonObject schedule && schedule["steps"] is JsonValue value && value.TryGetValue(out long steps) ? steps : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private double[] Smoothed(IReadOnlyList<double> values) => Samples.Smoothed(values, _options.Smoothing);

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Where(double.IsFinite).Order()];
        return sorted.Length == 0 ? double.NaN : Samples.Quantile(sorted, 0.5);
    }

    private static string Duration(double seconds) => TimeSpan.FromSeconds(seconds) is var time && time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes:00} min")
        : time.TotalMinutes >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds:00} s") : string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s");
}
