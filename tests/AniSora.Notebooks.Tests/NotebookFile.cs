using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AniSora.Notebooks.Tests;

/// <summary>A notebook's code cells with their outputs.</summary>
/// <param name="Cells">In order.</param>
/// <param name="Bytes">The file's size.</param>
public sealed partial record NotebookFile(IReadOnlyList<NotebookFile.Cell> Cells, long Bytes)
{
    /// <summary>A code cell.</summary>
    /// <param name="Source">Its text.</param>
    /// <param name="Shown">What it shows without a browser: text of streams and results.</param>
    /// <param name="Rich">What it shows in one: the kinds of elements in its markup, by name.</param>
    /// <param name="Errors">What went wrong.</param>
    public sealed record Cell(string Source, string Shown, string Rich, IReadOnlyList<string> Errors);

    /// <summary>All that is shown.</summary>
    public string Shown => string.Join('\n', Cells.Select(cell => cell.Shown));

    /// <summary>Reads a file.</summary>
    public static NotebookFile Read(string path)
    {
        var cells = JsonNode.Parse(File.ReadAllText(path))!["cells"]!.AsArray().Where(cell => (string)cell!["cell_type"]! == "code");
        return new([.. cells.Select(cell =>
        {
            var outputs = cell!["outputs"]!.AsArray();
            return new Cell(
                Text(cell["source"]),
                string.Join('\n', outputs.Select(output => Text(output!["text"] ?? output["data"]?["text/plain"]))),
                string.Join(' ', outputs.SelectMany(output => Elements().Matches(Text(output!["data"]?["text/html"]))).Select(element => element.Groups[1].Value).Distinct().Order()),
                [.. outputs.Where(output => (string)output!["output_type"]! == "error").Select(output => $"{output!["ename"]}: {output["evalue"]}")]);
        })], new FileInfo(path).Length);
    }

    [GeneratedRegex("<(anisora-[a-z]+|svg|table)")]
    private static partial Regex Elements();

    private static string Text(JsonNode? node) => node is JsonArray lines ? string.Concat(lines.Select(line => (string?)line)) : (string?)node ?? "";
}
