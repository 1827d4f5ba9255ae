using System.Text.Json;

namespace AniSora.Display;

/// <summary>Something drawn in a <see cref="Figure"/>.</summary>
public abstract record Trace
{
    /// <summary>Its name in the legend and when pointed at.</summary>
    public string? Name { get; init; }

    /// <summary>Any CSS colour, or a variable of the page such as <c>var(--model)</c>; plotly.js chooses when null.</summary>
    public string? Color { get; init; }

    /// <summary>Measured on the figure's right axis.</summary>
    public bool OnRight { get; init; }

    /// <summary>False leaves it out of the legend.</summary>
    public bool InLegend { get; init; } = true;

    /// <summary>What the pointer shows, in plotly.js's template language.</summary>
    public string? Hover { get; init; }

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        if (Name is not null)
            json.WriteString("name", Name);
        if (!InLegend)
            json.WriteBoolean("showlegend", false);
        if (OnRight)
            json.WriteString("yaxis", "y2");
        if (Hover is not null)
            json.WriteString("hovertemplate", Hover);
        WriteOwn(json);
        json.WriteEndObject();
    }

    private protected abstract void WriteOwn(Utf8JsonWriter json);

    /// <summary>JSON has no NaN; null is a gap to plotly.js.</summary>
    internal static void WriteNumber(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteNullValue();
    }

    private protected static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<double> values)
    {
        json.WriteStartArray(name);
        foreach (double value in values)
            WriteNumber(json, value);
        json.WriteEndArray();
    }

    private protected static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private protected static void WriteError(Utf8JsonWriter json, IReadOnlyList<double>? error)
    {
        if (error is null)
            return;
        json.WriteStartObject("error_y");
        json.WriteString("type", "data");
        WriteNumbers(json, "array", error);
        json.WriteString("color", "var(--ink)");
        json.WriteNumber("thickness", 1.2);
        json.WriteNumber("width", 3);
        json.WriteEndObject();
    }

    private protected static void CheckSameLength(int x, int y, string trace)
    {
        if (x != y)
            throw new ArgumentException($"a {trace} trace has {x} x values and {y} y values; give as many of each");
    }
}

/// <summary>Points joined by a line.</summary>
/// <param name="X">Positions; as many as <paramref name="Y"/>.</param>
/// <param name="Y">Values; NaN leaves a gap.</param>
public sealed record LineTrace(IReadOnlyList<double> X, IReadOnlyList<double> Y) : Trace
{
    /// <summary>Width of the line, in CSS pixels.</summary>
    public double Width { get; init; } = 2;

    /// <summary>0 (invisible) … 1, for example for the unsmoothed curve behind a smoothed one.</summary>
    public double Opacity { get; init; } = 1;

    /// <summary>Dashed instead of solid.</summary>
    public bool Dashed { get; init; }

    private protected override void WriteOwn(Utf8JsonWriter json)
    {
        CheckSameLength(X.Count, Y.Count, "line");
        json.WriteString("type", "scatter");
        json.WriteString("mode", "lines");
        WriteNumbers(json, "x", X);
        WriteNumbers(json, "y", Y);
        json.WriteNumber("opacity", Opacity);
        json.WriteStartObject("line");
        json.WriteNumber("width", Width);
        if (Color is not null)
            json.WriteString("color", Color);
        if (Dashed)
            json.WriteString("dash", "dot");
        json.WriteEndObject();
    }
}

/// <summary>Points by themselves.</summary>
/// <param name="X">Positions; as many as <paramref name="Y"/>.</param>
/// <param name="Y">Values.</param>
public sealed record ScatterTrace(IReadOnlyList<double> X, IReadOnlyList<double> Y) : Trace
{
    /// <summary>Diameter of a point, in CSS pixels.</summary>
    public double Size { get; init; } = 7;

    /// <summary>Half the length of each point's error bar, in data units; none when null.</summary>
    public IReadOnlyList<double>? Error { get; init; }

    /// <summary>A text per point, shown when pointed at.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    private protected override void WriteOwn(Utf8JsonWriter json)
    {
        CheckSameLength(X.Count, Y.Count, "scatter");
        json.WriteString("type", "scatter");
        json.WriteString("mode", "markers");
        WriteNumbers(json, "x", X);
        WriteNumbers(json, "y", Y);
        if (Labels is not null)
            WriteTexts(json, "text", Labels);
        WriteError(json, Error);
        json.WriteStartObject("marker");
        json.WriteNumber("size", Size);
        if (Color is not null)
            json.WriteString("color", Color);
        json.WriteEndObject();
    }
}

/// <summary>A bar per category; several bar traces stand side by side.</summary>
/// <param name="Categories">Names along the horizontal axis.</param>
/// <param name="Values">Heights; as many as <paramref name="Categories"/>.</param>
public sealed record BarTrace(IReadOnlyList<string> Categories, IReadOnlyList<double> Values) : Trace
{
    /// <summary>Half the length of each error bar, in data units; none when null.</summary>
    public IReadOnlyList<double>? Error { get; init; }

    private protected override void WriteOwn(Utf8JsonWriter json)
    {
        CheckSameLength(Categories.Count, Values.Count, "bar");
        json.WriteString("type", "bar");
        WriteTexts(json, "x", Categories);
        WriteNumbers(json, "y", Values);
        WriteError(json, Error);
        if (Color is null)
            return;
        json.WriteStartObject("marker");
        json.WriteString("color", Color);
        json.WriteEndObject();
    }
}

/// <summary>A table of numbers as colours.</summary>
/// <param name="Values">Row by row, the first row at the bottom; all rows equally long.</param>
public sealed record HeatmapTrace(IReadOnlyList<IReadOnlyList<double>> Values) : Trace
{
    /// <summary>Names of the columns; numbered when null.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>Names of the rows; numbered when null.</summary>
    public IReadOnlyList<string>? Rows { get; init; }

    /// <summary>A colour scale known to plotly.js.</summary>
    public string ColorScale { get; init; } = "Viridis";

    private protected override void WriteOwn(Utf8JsonWriter json)
    {
        json.WriteString("type", "heatmap");
        json.WriteString("colorscale", ColorScale);
        if (Columns is not null)
            WriteTexts(json, "x", Columns);
        if (Rows is not null)
            WriteTexts(json, "y", Rows);
        json.WriteStartArray("z");
        foreach (var row in Values)
        {
            if (row.Count != Values[0].Count)
                throw new ArgumentException($"a heatmap row has {row.Count} values, the first has {Values[0].Count}; make them equal");
            json.WriteStartArray();
            foreach (double value in row)
                WriteNumber(json, value);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }
}
