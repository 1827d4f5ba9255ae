using System.Globalization;

namespace AniSora.Display.Svg;

/// <summary>From data to pixels along one axis, and where its ticks are.</summary>
internal sealed class AxisScale
{
    private readonly Axis _axis;
    private readonly double _low, _high, _from, _to;

    /// <summary>Lays an axis over values.</summary>
    /// <param name="axis">What the figure says of it.</param>
    /// <param name="values">What must be visible; what is not finite (or not positive on a logarithmic axis) is passed over.</param>
    /// <param name="from">Pixel of the low end.</param>
    /// <param name="to">Pixel of the high end.</param>
    /// <param name="margin">Free space at both ends, as a share of the range.</param>
    public AxisScale(Axis axis, IEnumerable<double> values, double from, double to, double margin = 0.04)
    {
        (_axis, _from, _to) = (axis, from, to);
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double value in values)
        {
            if (!double.IsFinite(value) || (axis.Logarithmic && value <= 0))
                continue;
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }
        if (low > high)
            (low, high) = axis.Logarithmic ? (1, 10) : (0, 1);
        (low, high) = (Own(low), Own(high));
        if (low == high)
            (low, high) = (low - 0.5, high + 0.5);
        double free = (high - low) * margin;
        (_low, _high) = axis is { Minimum: { } least, Maximum: { } most } ? (Own(least), Own(most)) : (low - free, high + free);
    }

    /// <summary>The pixel of a value; NaN where the axis has none for it.</summary>
    public double At(double value) => _from + (Own(value) - _low) / (_high - _low) * (_to - _from);

    /// <summary>Round values, with their texts.</summary>
    /// <param name="wanted">About how many.</param>
    public List<(double Value, string Text)> Ticks(int wanted)
    {
        double step = _axis.TickStep is { } given and > 0 && (_high - _low) / given <= 50 ? given : NiceStep((_high - _low) / Math.Max(1, wanted));
        if (_axis.Logarithmic)
            step = Math.Max(1, Math.Round(step));
        var ticks = new List<double>();
        for (double at = Math.Ceiling(_low / step - 1e-9) * step; at <= _high + step * 1e-9; at += step)
            ticks.Add(Math.Abs(at) < step * 1e-9 ? 0 : at);
        bool logarithmic = _axis.Logarithmic;
        if (logarithmic && ticks.Count < 3)
        {
            ticks = [.. Enumerable.Range((int)Math.Floor(_low), (int)Math.Ceiling(_high) - (int)Math.Floor(_low) + 1)
                .SelectMany(power => new[] { 1.0, 2, 5 }.Select(m => power + Math.Log10(m))).Where(at => at >= _low - 1e-9 && at <= _high + 1e-9)];
        }
        if (logarithmic && ticks.Count < 3)
        {
            // Not even 1, 2 and 5 fall into so narrow a range: it has equal steps, as a linear one.
            double low = Math.Pow(10, _low), high = Math.Pow(10, _high);
            (logarithmic, step) = (false, NiceStep((high - low) / Math.Max(1, wanted)));
            ticks = [.. Enumerable.Range(0, 50).Select(i => (Math.Ceiling(low / step) + i) * step).TakeWhile(value => value <= high).Select(Math.Log10)];
        }
        double[] values = [.. ticks.Select(at => _axis.Logarithmic ? Math.Pow(10, at) : at)];
        string[] texts = [.. values.Select(value => Text(_axis.TickFormat, value, logarithmic ? Math.Abs(value) : step))];
        // A format with too few digits for values this close would name several ticks alike.
        if (texts.Distinct().Count() < texts.Length)
            texts = [.. values.Select(value => Text(null, value, logarithmic ? Math.Abs(value) : step))];
        return [.. values.Zip(texts)];
    }

    private double Own(double value) => !_axis.Logarithmic ? value : value > 0 ? Math.Log10(value) : double.NaN;

    private static double NiceStep(double rough)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double mantissa = rough / power;
        return power * (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 2.5 ? 2.5 : mantissa <= 5 ? 5 : 10);
    }

    private string Text(string? d3Format, double value, double step)
    {
        string text = d3Format switch
        {
            [.., 'f'] format when Digits(format) is { } digits => value.ToString("F" + digits, CultureInfo.InvariantCulture),
            [.., '%'] format when Digits(format) is { } digits => (value * 100).ToString("F" + digits, CultureInfo.InvariantCulture) + "%",
            _ => Plain(value, step),
        };
        return text.Replace('-', '−') + _axis.TickSuffix;
    }

    /// <summary>The number in a format such as <c>.2f</c>.</summary>
    private static string? Digits(string format) =>
        format.Length >= 2 && format.TrimStart(',') is ['.', .. var rest] && int.TryParse(rest.AsSpan(0, rest.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int digits) && digits < 15
            ? digits.ToString(CultureInfo.InvariantCulture) : null;

    private static string Plain(double value, double step)
    {
        double size = Math.Abs(value);
        if (size >= 1e9 || (size > 0 && size < 1e-4))
            return value.ToString("0." + new string('#', Math.Max(2, Digits(step / Math.Pow(10, Math.Floor(Math.Log10(size)))))) + "e0", CultureInfo.InvariantCulture);
        var (unit, letter) = size >= 1e6 ? (1e6, "M") : size >= 1e4 ? (1e3, "k") : (1, "");
        int digits = Digits(step / unit);
        return (value / unit).ToString(letter.Length > 0 ? "0." + new string('#', digits) : "F" + digits, CultureInfo.InvariantCulture) + letter;
    }

    /// <summary>How many digits behind the point tell multiples of a step apart.</summary>
    private static int Digits(double step)
    {
        int digits = (int)Math.Clamp(Math.Ceiling(-Math.Log10(step) - 1e-9), 0, 12);
        // A step such as 0.25 needs one digit more than its power of ten says.
        return Math.Abs(Math.Round(step, digits) - step) > step * 1e-6 ? digits + 1 : digits;
    }
}
