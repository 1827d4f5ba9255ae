using System.Text.Json;

namespace AniSora.Display;

/// <summary>Several measures of one thing as a polygon around a centre. A figure with one holds radar traces only.</summary>
/// <param name="Measures">Names around the circle, from the top clockwise; the same for all radar traces of a figure.</param>
/// <param name="Values">Distances from the centre, from 0; as many as <paramref name="Measures"/>.</param>
public sealed record RadarTrace(IReadOnlyList<string> Measures, IReadOnlyList<double> Values) : Trace
{
    private protected override void WriteOwn(Utf8JsonWriter json)
    {
        CheckSameLength(Measures.Count, Values.Count, "radar");
        json.WriteString("type", "scatterpolar");
        json.WriteString("mode", "lines");
        json.WriteString("fill", "toself");
        // plotly.js does not close the polygon by itself.
        WriteTexts(json, "theta", Measures.Append(Measures.FirstOrDefault() ?? ""));
        WriteNumbers(json, "r", Values.Append(Values.FirstOrDefault()));
        json.WriteNumber("opacity", 0.75);
        if (Color is null)
            return;
        json.WriteStartObject("line");
        json.WriteString("color", Color);
        json.WriteEndObject();
    }
}

/// <summary>Points in space, for example latents after a projection. A figure with one holds such traces only.</summary>
/// <param name="X">Positions to the right.</param>
/// <param name="Y">Positions into the depth; as many.</param>
/// <param name="Z">Heights; as many.</param>
public sealed record Scatter3DTrace(IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<double> Z) : Trace
{
    /// <summary>Diameter of a point, in CSS pixels.</summary>
    public double Size { get; init; } = 4;

    private protected override void WriteOwn(Utf8JsonWriter json)
    {
        Check();
        json.WriteString("type", "scatter3d");
        json.WriteString("mode", "markers");
        WriteNumbers(json, "x", X);
        WriteNumbers(json, "y", Y);
        WriteNumbers(json, "z", Z);
        json.WriteStartObject("marker");
        json.WriteNumber("size", Size * 0.6); // plotly.js draws its spheres larger than its circles
        if (Color is not null)
            json.WriteString("color", Color);
        json.WriteEndObject();
    }

    internal void Check()
    {
        CheckSameLength(X.Count, Y.Count, "3D scatter");
        if (Z.Count != X.Count)
            throw new ArgumentException($"a 3D scatter trace has {X.Count} x values and {Z.Count} z values; give as many of each");
    }
}
