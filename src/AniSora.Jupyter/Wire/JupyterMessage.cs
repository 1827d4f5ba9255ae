using System.Text.Json.Nodes;

namespace AniSora.Jupyter.Wire;

/// <summary>A message that came in.</summary>
/// <param name="Identities">Routing frames: who sent it.</param>
/// <param name="RawHeader">The header as it came, which answers carry as their parent.</param>
/// <param name="Header">The header.</param>
/// <param name="Content">What it says.</param>
internal sealed record JupyterMessage(IReadOnlyList<byte[]> Identities, byte[] RawHeader, JsonObject Header, JsonObject Content)
{
    /// <summary>Such as <c>execute_request</c>; empty when the header names none.</summary>
    public string Type { get; } = TextOf(Header, "msg_type") ?? "";

    /// <summary>A field of the content, or null when it is absent or no text.</summary>
    public string? Text(string field) => TextOf(Content, field);

    /// <summary>A field of the content, or the default when it is absent or not true or false.</summary>
    public bool Flag(string field, bool otherwise) =>
        Content[field] is JsonValue value && value.TryGetValue(out bool flag) ? flag : otherwise;

    /// <summary>A field of the content, or the default when it is absent or no whole number.</summary>
    public int Number(string field, int otherwise) =>
        Content[field] is JsonValue value && value.TryGetValue(out int number) ? number : otherwise;

    private static string? TextOf(JsonObject json, string field) =>
        json[field] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
