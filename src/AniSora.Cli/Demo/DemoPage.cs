using System.Text;
using AniSora.Display;

namespace AniSora.Cli.Demo;

/// <summary>
/// The page that <c>make demo</c> leaves: real held-out clips and what the model makes of them, playing in step, with the
/// numbers behind it. One self-contained file, and the same numbers as JSON beside it.
/// </summary>
public static partial class DemoPage
{
    /// <summary>Writes <c>index.html</c> and <c>report.json</c>, each whole or not at all.</summary>
    /// <param name="results">What to show.</param>
    /// <param name="outFolder">The folder; made if it is missing.</param>
    /// <returns>The page's path.</returns>
    /// <exception cref="InputException">plotly.js is not installed, there is nothing to show, or a file cannot be written.</exception>
    public static string Write(DemoResults results, string outFolder)
    {
        ArgumentNullException.ThrowIfNull(results);
        string page = Path.Combine(outFolder, "index.html");
        string html = Render(results);
        AtomicFile.Write(Path.Combine(outFolder, "report.json"), stream => stream.Write(DemoReport.ToJson(results)));
        AtomicFile.Write(page, stream => stream.Write(Encoding.UTF8.GetBytes(html)));
        return page;
    }

    private static string Render(DemoResults results)
    {
        if (results.Controls.Count == 0 || results.Controls.Any(c => c.Examples.Count == 0))
            throw new InputException("demo: no results to show; every control needs at least one example");
        var page = new HtmlPage("AniSora demo", "Animation made by a small model from key frames and motion masks, beside the real clips it never saw.");
        page.Add(Html.Of($"""<main>{Hero(page, results)}"""));
        page.Add(Guide());
        foreach (var control in results.Controls)
            page.Add(Control(page, control));
        page.Add(Numbers(page, results));
        page.Add(Inside(page, results));
        page.Add(Cost(results));
        page.Add(About(results));
        page.Add(Html.Of($"</main>"));
        try
        {
            return page.Render();
        }
        catch (FileNotFoundException e)
        {
            throw new InputException(e.Message);
        }
    }
}
