using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AniSora.Display.Notebook;

/// <summary>
/// How values are shown in a notebook. A type shows itself by being <see cref="IDisplayable"/>; for a type that cannot,
/// <see cref="Register{T}"/> says how. Everything else has a plain form: collections of records become tables.
/// </summary>
public static class Formatters
{
    private static readonly Lock s_lock = new();
    private static volatile (Type Type, Func<object, MimeBundle?> Format)[] s_registered = [];

    /// <summary>Says how a type, all that derive from it or implement it, are shown. The latest that fits is asked first.</summary>
    /// <typeparam name="T">A class, struct or interface.</typeparam>
    /// <param name="format">The forms, with <c>text/plain</c>; null to leave this value to the others.</param>
    public static void Register<T>(Func<T, MimeBundle?> format)
    {
        ArgumentNullException.ThrowIfNull(format);
        lock (s_lock)
            s_registered = [(typeof(T), value => format((T)value)), .. s_registered];
    }

    /// <summary>Text and markup together: the usual bundle.</summary>
    /// <param name="text">For consoles.</param>
    /// <param name="html">For pages.</param>
    public static MimeBundle TextAndHtml(string text, Html html)
    {
        ArgumentNullException.ThrowIfNull(html);
        return new(new Dictionary<string, object> { ["text/plain"] = text, ["text/html"] = html.ToString() });
    }

    /// <summary>The forms of any value. A value whose own code fails is shown as its type and the failure.</summary>
    /// <param name="value">Anything, null too.</param>
    public static MimeBundle Format(object? value)
    {
        try
        {
            return FormatUnguarded(value);
        }
        catch (Exception e) when (e is not OutOfMemoryException and not ThreadInterruptedException and not OperationCanceledException)
        {
            return Text($"{TextForm.NameOf(value!.GetType())} (cannot be shown: {e.GetType().Name}: {e.Message})");
        }
    }

    private static MimeBundle FormatUnguarded(object? value)
    {
        if (value is null)
            return Text("null");
        if (value is IDisplayable displayable)
            return displayable.ToMime();
        foreach (var (type, format) in s_registered)
        {
            if (type.IsInstanceOfType(value) && format(value) is { } bundle)
                return bundle;
        }
        return value switch
        {
            string text => Text(text),
            Html html => TextAndHtml("(HTML)", html),
            JsonNode json => Json(json),
            JsonDocument json => Json(JsonNode.Parse(json.RootElement.GetRawText())!),
            _ when value.GetType().Namespace == "Plotly.NET" && Chart(value) is { } figure => figure,
            _ when TableForm.Of(value) is { } table => TextAndHtml(TextForm.Of(value), table),
            _ => Text(TextForm.Of(value)),
        };
    }

    /// <summary>By itself, so that Plotly.NET (6 MB) is loaded for charts only.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static MimeBundle? Chart(object value) => value is Plotly.NET.GenericChart chart ? new FigureOutput(chart).ToMime() : null;

    private static MimeBundle Text(string text) => new(new Dictionary<string, object> { ["text/plain"] = text });

    private static MimeBundle Json(JsonNode json)
    {
        string text = json.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
        return new(new Dictionary<string, object> { ["text/plain"] = text, ["application/json"] = json });
    }
}
