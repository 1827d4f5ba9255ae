using System.Text.Json;

namespace AniSora.Display;

/// <summary>How often values occur. Counted here, so that a million values make a light figure.</summary>
/// <param name="Values">In any order; what is not finite is left out.</param>
public sealed record HistogramTrace(IReadOnlyList<double> Values) : Trace
{
    /// <summary>Number of bins; from the data's spread (Freedman and Diaconis 1981) when null, at most 100.</summary>
    public int? Bins { get; init; }

    /// <summary>Shares of the whole instead of counts.</summary>
    public bool Shares { get; init; }

    /// <summary>The first bin's lower end, the bins' width, and how many values (or which share) each holds.</summary>
    internal (double Start, double Width, double[] Heights) Count()
    {
        double[] values = [.. Values.Where(double.IsFinite)];
        if (values.Length == 0)
            return (0, 1, [0]);
        if (Bins is < 1)
            throw new ArgumentException($"a histogram of {Bins} bins; give at least 1, or none to have it chosen");
        Array.Sort(values);
        double low = values[0], high = values[^1];
        if (low == high)
            (low, high) = (low - 0.5, high + 0.5);
        int bins = Bins ?? Chosen(values, high - low);
        double width = (high - low) / bins;
        var heights = new double[bins];
        foreach (double value in values)
            heights[Math.Min(bins - 1, (int)((value - low) / width))] += Shares ? 1.0 / values.Length : 1;
        return (low, width, heights);
    }

    private static int Chosen(double[] sorted, double range)
    {
        double spread = BoxTrace.Quantile(sorted, 0.75) - BoxTrace.Quantile(sorted, 0.25);
        double width = 2 * spread / Math.Cbrt(sorted.Length);
        return width > 0 ? (int)Math.Clamp(Math.Ceiling(range / width), 1, 100) : (int)Math.Clamp(Math.Ceiling(Math.Sqrt(sorted.Length)), 1, 100);
    }

    private protected override void WriteOwn(Utf8JsonWriter json)
    {
        var (start, width, heights) = Count();
        json.WriteString("type", "bar");
        WriteNumbers(json, "x", heights.Select((_, i) => start + (i + 0.5) * width));
        WriteNumbers(json, "y", heights);
        json.WriteNumber("width", width);
        json.WriteNumber("offset", -width / 2);
        json.WriteStartObject("marker");
        if (Color is not null)
            json.WriteString("color", Color);
        json.WriteNumber("opacity", 0.85);
        json.WriteEndObject();
    }
}

/// <summary>A distribution in five numbers: quartiles as a box, whiskers to the farthest values within 1.5 box lengths (Tukey 1977), the rest as points.</summary>
/// <param name="Values">In any order; what is not finite is left out.</param>
public sealed record BoxTrace(IReadOnlyList<double> Values) : Trace
{
    private const int MaximumOutliers = 60;

    internal readonly record struct Summary(double Low, double Q1, double Median, double Q3, double High, IReadOnlyList<double> Outliers);

    internal Summary Summarise()
    {
        double[] values = [.. Values.Where(double.IsFinite)];
        if (values.Length == 0)
            throw new ArgumentException($"the box \"{Name}\" has no values");
        Array.Sort(values);
        double q1 = Quantile(values, 0.25), q3 = Quantile(values, 0.75), reach = 1.5 * (q3 - q1);
        double low = values.First(v => v >= q1 - reach), high = values.Last(v => v <= q3 + reach);
        double[] outside = [.. values.Where(v => v < low || v > high)];
        // The extremes say most; of a large crowd every n-th stands for the rest.
        int step = Math.Max(1, (outside.Length + MaximumOutliers - 1) / MaximumOutliers);
        return new Summary(low, q1, Quantile(values, 0.5), q3, high, [.. outside.Where((_, i) => i % step == 0 || i == outside.Length - 1)]);
    }

    /// <summary>Linear between the two nearest values.</summary>
    internal static double Quantile(double[] sorted, double q)
    {
        double at = q * (sorted.Length - 1);
        int below = (int)at;
        return below + 1 < sorted.Length ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }

    private protected override void WriteOwn(Utf8JsonWriter json)
    {
        var s = Summarise();
        json.WriteString("type", "box");
        WriteTexts(json, "x", [Name ?? ""]);
        foreach (var (name, value) in new[] { ("lowerfence", s.Low), ("q1", s.Q1), ("median", s.Median), ("q3", s.Q3), ("upperfence", s.High) })
            WriteNumbers(json, name, [value]);
        json.WriteStartArray("y");
        json.WriteStartArray();
        foreach (double value in s.Outliers)
            WriteNumber(json, value);
        json.WriteEndArray();
        json.WriteEndArray();
        json.WriteString("boxpoints", "all");
        json.WriteNumber("pointpos", 0);
        json.WriteNumber("jitter", 0);
        if (Color is null)
            return;
        foreach (string part in new[] { "line", "marker" })
        {
            json.WriteStartObject(part);
            json.WriteString("color", Color);
            json.WriteEndObject();
        }
    }
}
