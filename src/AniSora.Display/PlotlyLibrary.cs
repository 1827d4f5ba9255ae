using System.Text;

namespace AniSora.Display;

/// <summary>Finds the plotly.js bundle (npm <c>plotly.js-dist-min</c>, MIT licence) that pages embed.</summary>
public static class PlotlyLibrary
{
    private const string FileName = "plotly.min.js";
    private static readonly string InPackages = Path.Combine("node_modules", "plotly.js-dist-min", FileName);

    /// <summary>
    /// The bundle's file. Looked for in the folder that <c>ANISORA_NATIVE</c> names, beside the application, and in the
    /// <c>node_modules</c> of the application's folder, of the current folder, and of every folder above them.
    /// </summary>
    /// <exception cref="FileNotFoundException">It is nowhere; the message says where was looked and that <c>make setup</c> mends it.</exception>
    public static string Find() =>
        Find(Candidates(Environment.GetEnvironmentVariable("ANISORA_NATIVE"), AppContext.BaseDirectory, Directory.GetCurrentDirectory()));

    /// <summary>The bundle's text, ready to stand inside a script element.</summary>
    /// <exception cref="FileNotFoundException">As for <see cref="Find()"/>.</exception>
    public static string Read() => ForScriptElement(File.ReadAllText(Find(), Encoding.UTF8));

    /// <summary>JavaScript in which nothing ends the surrounding script element early.</summary>
    internal static string ForScriptElement(string script) => script.Replace("</script", "<\\/script", StringComparison.OrdinalIgnoreCase);

    internal static string Find(IEnumerable<string> places) => places.FirstOrDefault(File.Exists) ?? throw new FileNotFoundException(
        $"{FileName} (plotly.js, for the figures) was not found in ANISORA_NATIVE, beside the application " +
        "or in any node_modules above it: run `make setup`, which installs the npm packages");

    internal static IEnumerable<string> Candidates(string? native, string application, string current)
    {
        if (!string.IsNullOrEmpty(native))
        {
            yield return Path.Combine(native, FileName);
            yield return Path.Combine(native, InPackages);
        }
        yield return Path.Combine(application, FileName);
        foreach (string start in new[] { application, current })
        {
            for (string? folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
                yield return Path.Combine(folder, InPackages);
        }
    }
}
