using System.Text.Json.Nodes;
using AniSora.Display.Notebook;

namespace AniSora.Jupyter.Output;

/// <summary>Sends outputs to every front end that listens.</summary>
/// <param name="send">Sends one: its type, the raw header of the request that it belongs to, its content.</param>
internal sealed class Publisher(Action<string, byte[]?, JsonObject> send)
{
    /// <summary>Publishes a message.</summary>
    /// <param name="type">Such as <c>status</c>.</param>
    /// <param name="parent">Raw header of the request that it belongs to.</param>
    /// <param name="content">What it says.</param>
    public void Publish(string type, byte[]? parent, JsonObject content) => send(type, parent, content);

    /// <summary>Says whether the kernel works.</summary>
    public void Status(string state, byte[]? parent) => Publish("status", parent, new JsonObject { ["execution_state"] = state });

    /// <summary>Publishes text of a stream.</summary>
    public void Stream(CellContext? cell, string name, string text) =>
        Publish("stream", cell?.ParentHeader, new JsonObject { ["name"] = name, ["text"] = text });

    /// <summary>The bundle's forms as a message has them.</summary>
    public static JsonObject DataOf(MimeBundle bundle)
    {
        var data = new JsonObject();
        foreach (var (type, content) in bundle.Data)
            data[type] = content is JsonNode json ? json.DeepClone() : JsonValue.Create(content.ToString());
        return data;
    }

    /// <summary>The bundle's facts as a message has them.</summary>
    public static JsonObject MetadataOf(MimeBundle bundle) => (JsonObject?)bundle.Metadata?.DeepClone() ?? [];
}
