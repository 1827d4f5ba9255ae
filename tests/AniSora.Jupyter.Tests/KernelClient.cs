using System.Text;
using System.Text.Json.Nodes;
using AniSora.Jupyter.Wire;

namespace AniSora.Jupyter.Tests;

/// <summary>A message from the kernel.</summary>
internal sealed record Reply(string Type, JsonObject Content, string ParentId)
{
    /// <summary>A text of the content by its path, such as <c>data/text\/plain</c>; empty when it is absent.</summary>
    public string Text(params string[] path)
    {
        JsonNode? node = Content;
        foreach (string step in path)
            node = node?[step];
        return node?.ToString() ?? "";
    }
}

/// <summary>What came of a cell.</summary>
internal sealed record CellResult(JsonObject Reply, IReadOnlyList<Reply> Outputs)
{
    /// <summary>"ok", "error" or "aborted".</summary>
    public string Status => Reply["status"]!.GetValue<string>();

    /// <summary>Its value as text; empty when it has none.</summary>
    public string Value => Outputs.FirstOrDefault(o => o.Type == "execute_result")?.Text("data", "text/plain") ?? "";

    /// <summary>Its value as HTML.</summary>
    public string Html => Outputs.FirstOrDefault(o => o.Type == "execute_result")?.Text("data", "text/html") ?? "";

    /// <summary>All text of a stream.</summary>
    public string Stream(string name = "stdout") => string.Concat(Outputs.Where(o => o.Type == "stream" && o.Text("name") == name).Select(o => o.Text("text")));

    /// <summary>The error's lines without colours; empty when there is none.</summary>
    public string Error => string.Join("\n", (Reply["traceback"] as JsonArray ?? []).Select(line => line!.ToString())).Replace("\e[31m", "").Replace("\e[0m", "");

    /// <summary>Asserts that it ran.</summary>
    public CellResult Ok()
    {
        Assert.True(Status == "ok", Error);
        return this;
    }
}

/// <summary>A front end over the kernel's own calls of libzmq; used from one thread.</summary>
internal sealed class KernelClient : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly Dictionary<Channel, ZmqSocket> _sockets = [];
    private readonly MessageCodec _codec;
    private readonly Queue<Reply> _published = new();

    /// <summary>Connects and waits until the kernel answers.</summary>
    /// <param name="connectionFile">The kernel's.</param>
    /// <param name="key">Another key than the file's.</param>
    /// <param name="wait">Whether to wait.</param>
    public KernelClient(string connectionFile, string? key = null, bool wait = true)
    {
        var connection = ConnectionFile.Read(connectionFile);
        _codec = new MessageCodec(key is null ? connection.Key : Encoding.UTF8.GetBytes(key));
        byte[] identity = Guid.NewGuid().ToByteArray();
        identity[0] = 1; // a name that begins with zero is libzmq's own
        foreach (var channel in Enum.GetValues<Channel>())
        {
            var socket = new ZmqSocket(channel switch { Channel.IOPub => Zmq.Sub, Channel.Heartbeat => Zmq.Req, _ => Zmq.Dealer });
            if (channel == Channel.IOPub)
                socket.SetOption(Zmq.OptionSubscribe, ReadOnlySpan<byte>.Empty).SetOption(Zmq.OptionReceiveHighWater, 0);
            else
                socket.SetOption(Zmq.OptionIdentity, identity);
            socket.SetOption(Zmq.OptionLinger, 0);
            _sockets[channel] = socket.Connect(connection.Endpoint(channel));
        }
        if (wait)
            WaitUntilReady();
    }

    /// <summary>Sends a request.</summary>
    /// <returns>Its identity.</returns>
    public string Send(Channel channel, string type, JsonObject content)
    {
        var frames = _codec.Encode([], type, null, content);
        _sockets[channel].Send(frames);
        return JsonNode.Parse(frames[2])!["msg_id"]!.GetValue<string>();
    }

    /// <summary>Sends frames as they are.</summary>
    public void SendRaw(Channel channel, IReadOnlyList<byte[]> frames) => _sockets[channel].Send(frames);

    /// <summary>The frames of a message, for spoiling.</summary>
    public List<byte[]> Encode(string type, JsonObject content) => _codec.Encode([], type, null, content);

    /// <summary>Sends a request and waits for its reply.</summary>
    public JsonObject Ask(string type, JsonObject? content = null, Channel channel = Channel.Shell)
    {
        string id = Send(channel, type, content ?? []);
        return Await(channel, reply => reply.ParentId == id).Content;
    }

    /// <summary>Waits for a message of a channel; earlier ones of other requests are passed over.</summary>
    public Reply Await(Channel channel, Func<Reply, bool> wanted)
    {
        long until = Environment.TickCount64 + (long)s_limit.TotalMilliseconds;
        while (Environment.TickCount64 < until)
        {
            if (Next(channel, TimeSpan.FromMilliseconds(200)) is { } reply && wanted(reply))
                return reply;
        }
        throw new TimeoutException($"no such message on {channel} within {s_limit.TotalSeconds:0} s");
    }

    /// <summary>Sends a cell; <see cref="Finish"/> waits for it.</summary>
    public string Begin(string code, JsonObject? more = null)
    {
        var content = new JsonObject { ["code"] = code, ["silent"] = false, ["store_history"] = true, ["allow_stdin"] = true, ["stop_on_error"] = true };
        foreach (var (field, value) in more ?? [])
            content[field] = value?.DeepClone();
        return Send(Channel.Shell, "execute_request", content);
    }

    /// <summary>Waits for a cell's reply and for its last output.</summary>
    public CellResult Finish(string id)
    {
        var outputs = new List<Reply>();
        while (true)
        {
            var output = AwaitPublished(reply => reply.ParentId == id);
            if (output.Type == "status" && output.Text("execution_state") == "idle")
                break;
            if (output.Type != "status")
                outputs.Add(output);
        }
        return new CellResult(Await(Channel.Shell, reply => reply.ParentId == id).Content, outputs);
    }

    /// <summary>Runs a cell.</summary>
    public CellResult Run(string code, JsonObject? more = null) => Finish(Begin(code, more));

    /// <summary>Waits for a message on iopub, keeping those of others for later.</summary>
    public Reply AwaitPublished(Func<Reply, bool> wanted)
    {
        for (int i = _published.Count; i > 0; i--)
        {
            var kept = _published.Dequeue();
            if (wanted(kept))
                return kept;
            _published.Enqueue(kept);
        }
        return Await(Channel.IOPub, reply =>
        {
            if (wanted(reply))
                return true;
            _published.Enqueue(reply);
            return false;
        });
    }

    /// <summary>Interrupts the running cell.</summary>
    public void Interrupt() => Ask("interrupt_request", channel: Channel.Control);

    /// <summary>Whether the kernel's heart beats.</summary>
    public bool Beats()
    {
        _sockets[Channel.Heartbeat].Send(["ping"u8.ToArray()]);
        return _sockets[Channel.Heartbeat].Wait(TimeSpan.FromSeconds(10)) && Encoding.UTF8.GetString(_sockets[Channel.Heartbeat].Receive()![0]) == "ping";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var socket in _sockets.Values)
            socket.Dispose();
    }

    private Reply? Next(Channel channel, TimeSpan limit)
    {
        if (!_sockets[channel].Wait(limit) || _sockets[channel].Receive() is not { } frames)
            return null;
        var message = _codec.Decode(frames);
        int header = frames.Count - 4;
        string parent = (JsonNode.Parse(frames[header + 1]) as JsonObject)?["msg_id"]?.ToString() ?? "";
        return new Reply(message.Type, message.Content, parent);
    }

    // A subscription takes effect some time after it was made: requests are repeated until one's outputs come through.
    private void WaitUntilReady()
    {
        long until = Environment.TickCount64 + (long)s_limit.TotalMilliseconds;
        while (Environment.TickCount64 < until)
        {
            string id = Send(Channel.Shell, "kernel_info_request", []);
            long tryUntil = Environment.TickCount64 + 1000;
            while (Environment.TickCount64 < tryUntil)
            {
                if (Next(Channel.IOPub, TimeSpan.FromMilliseconds(100)) is { } published && published.ParentId == id)
                {
                    Await(Channel.Shell, reply => reply.ParentId == id);
                    return;
                }
            }
        }
        throw new TimeoutException("the kernel does not answer");
    }
}
