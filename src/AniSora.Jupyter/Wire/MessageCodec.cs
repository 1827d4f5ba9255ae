using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AniSora.Jupyter.Wire;

/// <summary>Turns messages into frames and back, signed with HMAC-SHA256 as Jupyter's protocol 5.3 has it.</summary>
/// <param name="key">Key of the signatures; empty: unsigned.</param>
internal sealed class MessageCodec(byte[] key)
{
    /// <summary>The version of the protocol that is spoken.</summary>
    public const string ProtocolVersion = "5.3";

    private static readonly JsonWriterOptions s_writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _session = Guid.NewGuid().ToString();

    private static ReadOnlySpan<byte> Delimiter => "<IDS|MSG>"u8;

    /// <summary>Reads frames.</summary>
    /// <exception cref="FormatException">They are no message, or not signed with our key; the message says which.</exception>
    public JupyterMessage Decode(List<byte[]> frames)
    {
        int delimiter = frames.FindIndex(frame => frame.AsSpan().SequenceEqual(Delimiter));
        if (delimiter < 0 || frames.Count < delimiter + 6)
            throw new FormatException($"{frames.Count} frames that are no Jupyter message");
        var (header, parent, metadata, content) = (frames[delimiter + 2], frames[delimiter + 3], frames[delimiter + 4], frames[delimiter + 5]);
        if (key.Length > 0 && !CryptographicOperations.FixedTimeEquals(frames[delimiter + 1], Sign(header, parent, metadata, content)))
            throw new FormatException("a message with a wrong signature: the client has another key");
        return new JupyterMessage(frames[..delimiter], header, Parse("header", header), Parse("content", content));
    }

    /// <summary>Writes a message.</summary>
    /// <param name="identities">Routing frames, or the topic.</param>
    /// <param name="type">Such as <c>stream</c>.</param>
    /// <param name="parent">Raw header of the message that caused this one; null for none.</param>
    /// <param name="content">What it says.</param>
    /// <param name="metadata">Null for none.</param>
    public List<byte[]> Encode(IEnumerable<byte[]> identities, string type, byte[]? parent, JsonNode content, JsonNode? metadata = null)
    {
        byte[] header = Serialize(new JsonObject
        {
            ["msg_id"] = Guid.NewGuid().ToString(),
            ["session"] = _session,
            ["username"] = "kernel",
            ["date"] = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", System.Globalization.CultureInfo.InvariantCulture),
            ["msg_type"] = type,
            ["version"] = ProtocolVersion,
        });
        byte[] parentHeader = parent ?? "{}"u8.ToArray(), meta = metadata is null ? "{}"u8.ToArray() : Serialize(metadata), body = Serialize(content);
        return [.. identities, Delimiter.ToArray(), Sign(header, parentHeader, meta, body), header, parentHeader, meta, body];
    }

    private byte[] Sign(params ReadOnlySpan<byte[]> frames)
    {
        if (key.Length == 0)
            return [];
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        foreach (byte[] frame in frames)
            hash.AppendData(frame);
        return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static byte[] Serialize(JsonNode json)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, s_writing))
            json.WriteTo(writer);
        return buffer.WrittenSpan.ToArray();
    }

    private static JsonObject Parse(string part, byte[] json)
    {
        try
        {
            return JsonNode.Parse(json) as JsonObject ?? throw new FormatException($"a message whose {part} is no JSON object");
        }
        catch (JsonException e)
        {
            throw new FormatException($"a message whose {part} is malformed JSON: {e.Message}", e);
        }
    }
}
