using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace AniSora.Display;

/// <summary>The style sheets and scripts that travel inside this assembly.</summary>
internal static partial class Assets
{
    /// <summary>One of them, fit to stand in a style or script element.</summary>
    public static string Text(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not embedded in AniSora.Display");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return PlotlyLibrary.ForScriptElement(reader.ReadToEnd());
    }

    /// <summary>Scripts that share their names with each other and with nobody else.</summary>
    public static string Script(params IEnumerable<string> names) => "(() => {\n\"use strict\";\n" + string.Concat(names.Select(Text)) + "})();\n";

    /// <summary>A script without its comment lines and indentation: notebooks hold one in each output.</summary>
    public static string Compact(string script) => Blank().Replace(script, "");

    [GeneratedRegex(@"^[ \t]*(//.*)?\n|^[ \t]+", RegexOptions.Multiline)]
    private static partial Regex Blank();
}
