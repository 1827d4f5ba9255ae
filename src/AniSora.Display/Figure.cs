using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AniSora.Display;

/// <summary>One axis of a figure. Everything is optional.</summary>
/// <param name="Title">What is measured, with its unit.</param>
/// <param name="Logarithmic">Powers of ten at equal distances.</param>
/// <param name="Minimum">Lower end of the range, in data units; given together with <paramref name="Maximum"/>.</param>
/// <param name="Maximum">Upper end of the range, in data units.</param>
/// <param name="TickStep">Distance of the ticks in data units; on a logarithmic axis in powers of ten.</param>
/// <param name="TickFormat">A d3 format such as <c>.1f</c>.</param>
/// <param name="TickSuffix">Text after each tick, such as <c> dB</c>.</param>
public sealed record Axis(
    string? Title = null, bool Logarithmic = false, double? Minimum = null, double? Maximum = null,
    double? TickStep = null, string? TickFormat = null, string? TickSuffix = null);

/// <summary>
/// A plotly.js figure as a typed value. Colours may name a variable of the page, such as <c>var(--model)</c>: the page's script
/// resolves them when it draws, so a figure follows the light and the dark theme.
/// </summary>
/// <param name="Traces">What is drawn, the first at the bottom.</param>
public sealed record Figure(IReadOnlyList<Trace> Traces) : Notebook.IDisplayable
{
    /// <summary>A heading inside the figure; pages mostly put it in the text instead.</summary>
    public string? Title { get; init; }

    /// <summary>The horizontal axis.</summary>
    public Axis X { get; init; } = new();

    /// <summary>The left vertical axis.</summary>
    public Axis Y { get; init; } = new();

    /// <summary>A second vertical axis on the right, for traces with <see cref="Trace.OnRight"/>.</summary>
    public Axis? Right { get; init; }

    /// <summary>The axis upwards in a figure of <see cref="Scatter3DTrace"/>s.</summary>
    public Axis Z { get; init; } = new();

    /// <summary>Height on the page, in CSS pixels.</summary>
    public int Height { get; init; } = 320;

    /// <summary>Whether the traces are named beside the plot.</summary>
    public bool Legend { get; init; } = true;

    /// <summary>The figure as JSON: <c>{"data": […], "layout": {…}}</c>, as <c>Plotly.newPlot</c> takes it.</summary>
    /// <remarks>NaN and infinities become null, which plotly.js shows as a gap.</remarks>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        // The default encoder writes <, > and & as \u003C …: the JSON can stand in a script element as it is.
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.Default }))
        {
            json.WriteStartObject();
            json.WriteStartArray("data");
            foreach (var trace in Traces)
                trace.Write(json);
            json.WriteEndArray();
            WriteLayout(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    /// <summary>How the figure looks in a notebook.</summary>
    public Notebook.MimeBundle ToMime() => new Notebook.FigureOutput(this).ToMime();

    /// <summary>Points in space and polygons around a centre have no axes to share with other traces.</summary>
    internal void CheckKinds()
    {
        foreach (var kind in new[] { typeof(Scatter3DTrace), typeof(RadarTrace) })
        {
            if (Traces.Any(t => t.GetType() == kind) && Traces.Any(t => t.GetType() != kind))
                throw new ArgumentException($"a {kind.Name} shares its figure with other kinds of traces; give it a figure of its own");
        }
    }

    private void WriteLayout(Utf8JsonWriter json)
    {
        json.WriteStartObject("layout");
        if (Title is not null)
        {
            json.WriteStartObject("title");
            json.WriteString("text", Title);
            json.WriteEndObject();
        }
        json.WriteNumber("height", Height);
        json.WriteBoolean("showlegend", Legend);
        if (Traces.Any(t => t is BarTrace))
            json.WriteString("barmode", "group");
        else if (Traces.Any(t => t is HistogramTrace))
            json.WriteString("barmode", "overlay");
        CheckKinds();
        if (Traces.Any(t => t is Scatter3DTrace))
        {
            json.WriteStartObject("scene");
            foreach (var (name, axis) in new[] { ("xaxis", X), ("yaxis", Y), ("zaxis", Z) })
                WriteAxis(json, name, axis, right: false);
            json.WriteEndObject();
            json.WriteEndObject();
            return;
        }
        if (Traces.Any(t => t is RadarTrace))
        {
            json.WriteStartObject("polar");
            WriteAxis(json, "radialaxis", Y, right: false);
            json.WriteEndObject();
            json.WriteEndObject();
            return;
        }
        WriteAxis(json, "xaxis", X, right: false);
        WriteAxis(json, "yaxis", Y, right: false);
        if (Right is not null)
            WriteAxis(json, "yaxis2", Right, right: true);
        json.WriteEndObject();
    }

    private static void WriteAxis(Utf8JsonWriter json, string name, Axis axis, bool right)
    {
        json.WriteStartObject(name);
        if (axis.Title is not null)
        {
            json.WriteStartObject("title");
            json.WriteString("text", axis.Title);
            json.WriteEndObject();
        }
        if (axis.Logarithmic)
            json.WriteString("type", "log");
        if (axis is { Minimum: { } low, Maximum: { } high })
        {
            json.WriteStartArray("range");
            Trace.WriteNumber(json, axis.Logarithmic ? Math.Log10(low) : low); // plotly.js wants exponents here
            Trace.WriteNumber(json, axis.Logarithmic ? Math.Log10(high) : high);
            json.WriteEndArray();
        }
        if (axis.TickStep is { } step)
            json.WriteNumber("dtick", step);
        if (axis.TickFormat is not null)
            json.WriteString("tickformat", axis.TickFormat);
        if (axis.TickSuffix is not null)
            json.WriteString("ticksuffix", axis.TickSuffix);
        if (right)
        {
            json.WriteString("overlaying", "y");
            json.WriteString("side", "right");
            json.WriteBoolean("showgrid", false);
        }
        json.WriteEndObject();
    }
}
