using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace AniSora.Display.Svg;

/// <summary>Values of plotly.js's JSON; null where there is none of this kind.</summary>
internal static class PlotJson
{
    public static JsonElement? At(this JsonElement element, params ReadOnlySpan<string> path) => ((JsonElement?)element).At(path);

    public static JsonElement? At(this JsonElement? element, params ReadOnlySpan<string> path)
    {
        foreach (string name in path)
            element = element is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(name, out var child) ? child : null;
        return element;
    }

    public static string? Text(this JsonElement? element) => element is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    public static double? Number(this JsonElement? element) => element is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;

    /// <summary>An array of numbers, in digits or as a typed array; a gap is NaN. Null when it holds other texts.</summary>
    public static double[]? Numbers(this JsonElement? element)
    {
        if (element is not { ValueKind: JsonValueKind.Array } array)
            return Packed(element);
        var numbers = new double[array.GetArrayLength()];
        int at = 0;
        foreach (var item in array.EnumerateArray())
        {
            switch (item.ValueKind)
            {
                case JsonValueKind.Number:
                    numbers[at++] = item.GetDouble();
                    break;
                case JsonValueKind.Null:
                case JsonValueKind.String when item.GetString() is "NaN" or "Infinity" or "-Infinity":
                    numbers[at++] = double.NaN;
                    break;
                default:
                    return null;
            }
        }
        return numbers;
    }

    /// <summary>An array as texts; numbers as they are written.</summary>
    public static string[]? Strings(this JsonElement? element) => element is { ValueKind: JsonValueKind.Array } array
        ? [.. array.EnumerateArray().Select(i => i.ValueKind == JsonValueKind.Number ? i.GetDouble().ToString(CultureInfo.InvariantCulture) : i.ToString())] : null;

    private static double[]? Packed(JsonElement? element)
    {
        if (element.At("bdata").Text() is not { } data)
            return null;
        byte[] bytes = Convert.FromBase64String(data);
        return element.At("dtype").Text() switch
        {
            "f8" or "float64" => MemoryMarshal.Cast<byte, double>(bytes).ToArray(),
            "f4" or "float32" => [.. MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(v => (double)v)],
            "i4" or "int32" => [.. MemoryMarshal.Cast<byte, int>(bytes).ToArray().Select(v => (double)v)],
            "u1" or "uint8" => [.. bytes.Select(v => (double)v)],
            _ => null,
        };
    }
}
