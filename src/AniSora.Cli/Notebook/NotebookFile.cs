using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AniSora.Cli.Notebook;

/// <summary>A Jupyter notebook of the format 4 (<c>.ipynb</c>) with cells in C#.</summary>
internal sealed class NotebookFile
{
    private readonly JsonObject _json;
    private readonly JsonArray _cells;

    private NotebookFile(string path, JsonObject json)
    {
        (Path, _json) = (path, json);
        int format = json["nbformat"] is JsonValue number && number.TryGetValue(out int version) ? version : throw Bad("nbformat: no whole number, so this is no notebook");
        if (format != 4)
            throw Bad($"nbformat: {format}; only format 4 is read: convert it with 'jupyter nbconvert --to notebook'");
        _cells = json["cells"] as JsonArray ?? throw Bad("cells: no list, so this is no notebook");
        for (int i = 0; i < _cells.Count; i++)
            CheckCell(i);
        CheckLanguage();
        Cells = [.. _cells.Select(cell => new NotebookCell((JsonObject)cell!))];
    }

    /// <summary>Where it was read.</summary>
    public string Path { get; }

    /// <summary>The cells, in order.</summary>
    public IReadOnlyList<NotebookCell> Cells { get; private set; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It cannot be read, is no notebook of format 4, or is one of another language.</exception>
    public static NotebookFile Read(string path)
    {
        try
        {
            string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path)).TrimStart('\ufeff');
            var json = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject;
            var notebook = new NotebookFile(path, json ?? throw new InputException($"{path}: no JSON object, so this is no notebook"));
            _ = NotebookJson.Text(notebook._json); // every text in it can be read
            return notebook;
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}, line {e.LineNumber + 1}: damaged JSON: {e.Message.Split(" LineNumber:")[0]} Restore the file, or save it again from Jupyter", e);
        }
        catch (Exception e) when (e is InvalidOperationException or DecoderFallbackException)
        {
            throw new InputException($"{path}: damaged text: {e.Message} Restore the file, or save it again from Jupyter", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>A notebook that was not saved yet.</summary>
    /// <param name="json">All of it.</param>
    public static NotebookFile Of(JsonObject json) => new("notebook", json);

    /// <summary>Puts a cell of code behind another, in the place of the one with the same tag where there is one.</summary>
    /// <param name="before">The cell that it follows.</param>
    /// <param name="tag">Its tag, and its id unless that is taken.</param>
    /// <param name="source">Its text.</param>
    public void Inject(NotebookCell before, string tag, string source)
    {
        foreach (var old in Cells.Where(cell => cell.HasTag(tag)))
            _cells.Remove(old.Json);
        var cell = new JsonObject
        {
            ["cell_type"] = "code",
            ["execution_count"] = null,
            ["id"] = FreeId(tag),
            ["metadata"] = new JsonObject { ["tags"] = new JsonArray(tag) },
            ["outputs"] = new JsonArray(),
            ["source"] = source,
        };
        _cells.Insert(_cells.IndexOf(before.Json) + 1, (JsonNode)cell);
        Cells = [.. _cells.Select(c => new NotebookCell((JsonObject)c!))];
    }

    /// <summary>Says what ran the cells.</summary>
    /// <param name="language">The kernel's <c>language_info</c>.</param>
    public void SetLanguage(JsonNode language)
    {
        if (_json["metadata"] is not JsonObject)
            _json["metadata"] = new JsonObject();
        _json["metadata"]!["language_info"] = language.DeepClone();
    }

    /// <summary>Writes it as nbformat 4.5, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Save(string path)
    {
        // Since 4.5 cells have ids.
        if (_json["nbformat_minor"] is not JsonValue minor || !minor.TryGetValue(out int number) || number < 5)
            _json["nbformat_minor"] = 5;
        foreach (var (cell, i) in Cells.Select((cell, i) => (cell, i)))
        {
            if (cell.Json["id"] is null)
                cell.Json["id"] = FreeId($"cell-{i + 1}");
            cell.SplitLines();
        }
        AtomicFile.WriteText(path, NotebookJson.Text(_json));
    }

    private string FreeId(string wanted) => Enumerable.Range(1, int.MaxValue).Select(i => i == 1 ? wanted : $"{wanted}-{i}")
        .First(id => _cells.All(cell => (cell!["id"] as JsonValue)?.ToString() != id));

    private void CheckCell(int index)
    {
        var cell = _cells[index] as JsonObject ?? throw Bad($"cells[{index}]: no JSON object");
        if ((cell["cell_type"] as JsonValue)?.ToString() is not ("code" or "markdown" or "raw"))
            throw Bad($"cells[{index}].cell_type: {cell["cell_type"]?.ToJsonString() ?? "missing"}; code, markdown and raw are known");
        if (!NotebookCell.IsText(cell["source"]))
            throw Bad($"cells[{index}].source: neither text nor a list of lines");
        if (cell["cell_type"]!.ToString() == "code" && cell["outputs"] is not (null or JsonArray))
            throw Bad($"cells[{index}].outputs: no list");
    }

    private void CheckLanguage()
    {
        var metadata = _json["metadata"] as JsonObject;
        var kernel = metadata?["kernelspec"] as JsonObject;
        string?[] said = [.. new[] { kernel?["language"], metadata?["language_info"]?["name"] }.Select(name => (name as JsonValue)?.ToString())];
        // One that says nothing of its language is taken at its cells' word.
        if (said.Any(name => name is not null) && !said.Any(name => name?.ToUpperInvariant() is "C#" or "CSHARP"))
            throw Bad($"metadata.kernelspec: a notebook in {said.First(name => name is not null)} (kernel {kernel?["name"] ?? "unknown"}); only C# runs here: use 'jupyter nbconvert --execute' for this one");
    }

    private InputException Bad(string what) => new($"{Path}: {what}");
}
