using System.Text.Json.Nodes;

namespace AniSora.Cli.Notebook;

/// <summary>A cell of a notebook.</summary>
/// <param name="json">As the file has it.</param>
internal sealed class NotebookCell(JsonObject json)
{
    /// <summary>As the file has it.</summary>
    public JsonObject Json => json;

    /// <summary><c>code</c>, <c>markdown</c> or <c>raw</c>.</summary>
    public string Kind { get; } = json["cell_type"]!.ToString();

    /// <summary>Its text.</summary>
    public string Source { get; } = TextOf(json["source"]);

    /// <summary>Whether it is code, and has any: an empty cell is not run and gets no number.</summary>
    public bool Runs => Kind == "code" && !string.IsNullOrWhiteSpace(Source);

    /// <summary>What it has shown.</summary>
    public JsonArray Outputs => json["outputs"] as JsonArray ?? [];

    /// <summary>Whether it has a tag.</summary>
    public bool HasTag(string tag) => json["metadata"]?["tags"] is JsonArray tags && tags.Any(t => t?.ToString() == tag);

    /// <summary>Takes the outputs of a run, or none.</summary>
    /// <param name="number">The execution count; null: it has not run.</param>
    /// <param name="outputs">What it has shown.</param>
    public void Set(int? number, JsonArray outputs)
    {
        (json["execution_count"], json["outputs"]) = (number, outputs);
        (json["metadata"] as JsonObject)?.Remove("execution"); // when an earlier run was
    }

    /// <summary>Whether a field is text, at once or by lines.</summary>
    public static bool IsText(JsonNode? node) => node switch
    {
        JsonValue value => value.TryGetValue(out string? _),
        JsonArray lines => lines.All(line => line is JsonValue value && value.TryGetValue(out string? _)),
        _ => false,
    };

    /// <summary>A text field, which is text at once or by lines.</summary>
    public static string TextOf(JsonNode? node) => node is JsonArray lines ? string.Concat(lines.Select(line => (string?)line)) : (string?)node ?? "";

    /// <summary>Brings long text into the form that files have: lists of lines.</summary>
    public void SplitLines()
    {
        Split(json, "source");
        foreach (var output in Outputs.OfType<JsonObject>())
        {
            if (output["output_type"]?.ToString() == "stream")
                Split(output, "text");
            var data = output["data"] as JsonObject ?? [];
            foreach (string type in data.Select(form => form.Key).Where(type => type.StartsWith("text/", StringComparison.Ordinal) || type is "image/svg+xml" or "application/javascript").ToList())
                Split(data, type);
        }
    }

    private static void Split(JsonObject owner, string field)
    {
        if (owner[field] is JsonValue value && value.TryGetValue(out string? text))
            owner[field] = NotebookJson.Lines(text);
    }
}
