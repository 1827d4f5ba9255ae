using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AniSora.Display;
using AniSora.Jupyter.Notebooks;
using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace AniSora.Cli.Notebook;

/// <summary>A notebook as one page: text, coloured code, outputs as they were saved; scripts of outputs run, and nothing is fetched.</summary>
internal static partial class NotebookPage
{
    // What a page can show of an output, the best first.
    private static readonly string[] s_forms = ["text/html", "image/svg+xml", "image/png", "image/jpeg", "image/gif", "text/markdown", "text/plain"];

    private static readonly Dictionary<string, string> s_pictures = new()
    {
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".gif"] = "image/gif",
        [".webp"] = "image/webp",
        [".svg"] = "image/svg+xml",
    };

    private static readonly MarkdownPipeline s_markdown = new MarkdownPipelineBuilder().UsePipeTables().UseAutoLinks().UseEmphasisExtras().Build();

    private static readonly string s_style = """
        .notebook { max-width: 980px; padding-top: 48px; }
        .notebook h1 { font-size: 2.2rem; margin-bottom: 0.5em; } .notebook h2 { margin: 1.6em 0 0.4em; }
        .notebook .cell { display: grid; grid-template-columns: 4ch minmax(0, 1fr); gap: 4px 12px; margin: 14px 0; }
        .notebook .number { font: 0.8rem/1.9 var(--mono); color: var(--muted); text-align: right; }
        .notebook pre { margin: 0; font: 0.84rem/1.55 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }
        .notebook .source { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; }
        .notebook .output { grid-column: 2; overflow-x: auto; padding: 2px 14px; }
        .notebook .stderr, .notebook .error { border-left: 3px solid var(--model); }
        .notebook .keyword { color: var(--tint-3); } .notebook .string { color: var(--real); } .notebook .numeral { color: var(--model); } .notebook .comment { color: var(--muted); font-style: italic; }
        .notebook table { border-collapse: collapse; font-size: 0.9rem; } .notebook td, .notebook th { padding: 3px 12px 3px 0; text-align: left; border-bottom: 1px solid var(--line); }
        """;

    /// <summary>The page's HTML.</summary>
    /// <param name="notebook">With its outputs.</param>
    public static string Of(NotebookFile notebook)
    {
        string title = notebook.Cells.Select(cell => Heading().Match(cell.Source)).FirstOrDefault(match => match.Success)?.Groups[1].Value.Trim()
            ?? Path.GetFileNameWithoutExtension(notebook.Path);
        var page = new HtmlPage(title, $"The notebook {Path.GetFileName(notebook.Path)} with its outputs.");
        page.Add(Html.Of($"<style>{Html.Raw(s_style)}</style><main class=\"notebook\">{notebook.Cells.Select(cell => Cell(cell, notebook.Path))}</main>"));
        return page.Render();
    }

    private static Html Cell(NotebookCell cell, string file) => cell.Kind switch
    {
        "markdown" => Html.Of($"<div class=\"text\">{Rendered(cell.Source, address => Picture(address, cell, file))}</div>"),
        "code" when cell.Source.Length > 0 => Html.Of($"""
            <div class="cell"><span class="number">{cell.Json["execution_count"]?.ToString()}</span><pre class="source">{CodeColours.Of(cell.Source)}</pre>{cell.Outputs.OfType<JsonObject>().Select(Output)}</div>
            """),
        _ => Html.Empty,
    };

    private static Html Output(JsonObject output)
    {
        switch (output["output_type"]?.ToString())
        {
            case "stream":
                return Html.Of($"<pre class=\"output {output["name"]?.ToString()}\">{NotebookRunner.Plain(NotebookCell.TextOf(output["text"]))}</pre>");
            case "error":
                return Html.Of($"<pre class=\"output error\">{NotebookRunner.Plain(string.Join('\n', (output["traceback"] as JsonArray ?? []).Select(line => line?.ToString())))}</pre>");
            default:
                var data = output["data"] as JsonObject ?? [];
                string? form = s_forms.FirstOrDefault(data.ContainsKey);
                return form is null ? Html.Empty : Html.Of($"<div class=\"output\">{Shown(form, NotebookCell.TextOf(data[form]))}</div>");
        }
    }

    private static Html Shown(string form, string content) => form switch
    {
        "text/html" or "image/svg+xml" => Html.Raw(content),
        "text/markdown" => Rendered(content),
        "text/plain" => Html.Of($"<pre>{NotebookRunner.Plain(content)}</pre>"),
        _ => Html.Of($"<img alt=\"\" src=\"data:{form};base64,{content.ReplaceLineEndings("")}\">"),
    };

    /// <param name="markdown">The text.</param>
    /// <param name="picture">What stands in the place of a picture's address.</param>
    private static Html Rendered(string markdown, Func<string, string?>? picture = null)
    {
        var document = Markdown.Parse(markdown, s_markdown);
        foreach (var image in document.Descendants<LinkInline>().Where(link => link.IsImage))
            image.Url = picture?.Invoke(image.Url ?? "") ?? image.Url;
        return Html.Raw(document.ToHtml(s_markdown));
    }

    /// <summary>A picture that a text shows, inside of the page: attached to the cell, or a file beside the notebook; null if it is neither.</summary>
    private static string? Picture(string address, NotebookCell cell, string notebook)
    {
        if (address.StartsWith("attachment:", StringComparison.Ordinal))
            return cell.Json["attachments"]?[Uri.UnescapeDataString(address["attachment:".Length..])] is JsonObject { Count: > 0 } forms
                ? $"data:{forms.First().Key};base64,{NotebookCell.TextOf(forms.First().Value).ReplaceLineEndings("")}"
                : null;
        string path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(notebook))!, Uri.UnescapeDataString(address.Split('?', '#')[0]));
        return s_pictures.GetValueOrDefault(Path.GetExtension(path).ToLowerInvariant()) is { } type && File.Exists(path)
            ? $"data:{type};base64,{Convert.ToBase64String(File.ReadAllBytes(path))}"
            : null;
    }

    [GeneratedRegex(@"^#\s+(.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
