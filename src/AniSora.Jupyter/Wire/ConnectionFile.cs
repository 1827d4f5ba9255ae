using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AniSora.Jupyter.Wire;

/// <summary>Where a kernel listens and the key that signs its messages: the file that Jupyter starts a kernel with.</summary>
/// <param name="Transport"><c>tcp</c> or <c>ipc</c>.</param>
/// <param name="Ip">Address, or path prefix for ipc.</param>
/// <param name="Ports">By channel.</param>
/// <param name="Key">Key of the signatures; empty: messages are not signed.</param>
internal sealed record ConnectionFile(string Transport, string Ip, IReadOnlyDictionary<Channel, int> Ports, byte[] Key)
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="FormatException">It is not a connection file; the message names the field.</exception>
    public static ConnectionFile Read(string path)
    {
        JsonObject json;
        try
        {
            json = JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new FormatException($"{path}: not a JSON object");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{path}: {e.Message}", e);
        }
        string scheme = Text("signature_scheme") ?? "hmac-sha256";
        if (scheme != "hmac-sha256")
            throw new FormatException($"{path}: signature_scheme is {scheme}; only hmac-sha256 is known");
        var ports = Enum.GetValues<Channel>().ToDictionary(channel => channel, Port);
        return new ConnectionFile(Text("transport") ?? "tcp", Text("ip") ?? "127.0.0.1", ports, Encoding.UTF8.GetBytes(Text("key") ?? ""));

        string? Text(string field) => json[field] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

        int Port(Channel channel)
        {
            string field = channel switch
            {
                Channel.Shell => "shell_port",
                Channel.Control => "control_port",
                Channel.IOPub => "iopub_port",
                Channel.Stdin => "stdin_port",
                _ => "hb_port",
            };
            return json[field] is JsonValue value && value.TryGetValue(out int port) && port is > 0 and < 65536
                ? port
                : throw new FormatException($"{path}: {field} must be a port");
        }
    }

    /// <summary>The channel's address for libzmq.</summary>
    public string Endpoint(Channel channel) =>
        Transport == "ipc" ? $"ipc://{Ip}-{Ports[channel]}" : $"{Transport}://{Ip}:{Ports[channel]}";
}

/// <summary>The five sockets of a kernel.</summary>
internal enum Channel
{
    /// <summary>Requests that wait for each other.</summary>
    Shell,

    /// <summary>Requests that overtake: interrupt, shutdown.</summary>
    Control,

    /// <summary>Outputs and states, to everyone who listens.</summary>
    IOPub,

    /// <summary>Questions to the user.</summary>
    Stdin,

    /// <summary>Sends back what it gets, so that the front end sees the process is there.</summary>
    Heartbeat,
}
