using System.Text.Json.Nodes;

namespace AniSora.Jupyter.Notebooks;

/// <summary>
/// What cells have shown, as a notebook file keeps it: made of the messages that a front end would get, in the way of Jupyter's own
/// nbclient, but that text which a stream got in pieces is one output. Thread-safe.
/// </summary>
internal sealed class NotebookOutputs
{
    private readonly Lock _lock = new();
    private readonly Dictionary<byte[], JsonArray> _cells = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<JsonArray> _toBeCleared = [];
    private readonly Dictionary<string, List<JsonObject>> _displays = [];

    /// <summary>Begins to keep what belongs to a cell; what belongs to none is dropped.</summary>
    /// <param name="cell">The raw header of its request.</param>
    public void Add(byte[] cell)
    {
        lock (_lock)
            _cells[cell] = [];
    }

    /// <summary>A cell's outputs until now.</summary>
    public JsonArray Of(byte[] cell)
    {
        lock (_lock)
            return (JsonArray)_cells[cell].DeepClone();
    }

    /// <summary>Takes a message.</summary>
    /// <param name="type">Such as <c>stream</c>; those that show nothing are passed over.</param>
    /// <param name="cell">The raw header of the request that it belongs to.</param>
    /// <param name="content">What it says.</param>
    public void Take(string type, byte[]? cell, JsonObject content)
    {
        lock (_lock)
        {
            if (cell is null || !_cells.TryGetValue(cell, out var outputs))
                return;
            switch (type)
            {
                case "clear_output" when content["wait"]!.GetValue<bool>():
                    _toBeCleared.Add(outputs);
                    break;
                case "clear_output":
                    outputs.Clear();
                    break;
                case "update_display_data":
                    foreach (var shown in _displays.GetValueOrDefault(Display(content) ?? "") ?? [])
                        (shown["data"], shown["metadata"]) = (content["data"]!.DeepClone(), content["metadata"]!.DeepClone());
                    break;
                case "stream" or "display_data" or "execute_result" or "error":
                    if (_toBeCleared.Remove(outputs))
                        outputs.Clear();
                    Append(outputs, type, content);
                    break;
            }
        }
    }

    private void Append(JsonArray outputs, string type, JsonObject content)
    {
        if (type == "stream" && outputs.LastOrDefault() is JsonObject last && (string?)last["name"] == (string?)content["name"])
        {
            last["text"] = (string?)last["text"] + (string?)content["text"];
            return;
        }
        var output = new JsonObject { ["output_type"] = type };
        foreach (var (field, value) in content.Where(field => field.Key != "transient"))
            output[field] = value?.DeepClone();
        outputs.Add((JsonNode)output);
        if (Display(content) is { } id)
            (_displays.TryGetValue(id, out var same) ? same : _displays[id] = []).Add(output);
    }

    private static string? Display(JsonObject content) => (string?)content["transient"]?["display_id"];
}
