using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using AniSora.Display.Notebook;
using AniSora.Jupyter.Output;
using AniSora.Jupyter.Wire;

namespace AniSora.Jupyter.Kernel;

/// <summary>Channels between the kernel and code on the notebook's page.</summary>
/// <param name="publisher">By which the kernel speaks.</param>
internal sealed class Comms(Publisher publisher)
{
    private readonly ConcurrentDictionary<string, Action<IComm, JsonNode>> _targets = new();
    private readonly ConcurrentDictionary<string, Comm> _open = new();

    /// <summary>Who handles channels of a target; a cell that is run again replaces its handler.</summary>
    public void Accept(string target, Action<IComm, JsonNode> opened) => _targets[target] = opened;

    /// <summary>Opens a channel to the page.</summary>
    /// <param name="target">Name that the page knows.</param>
    /// <param name="data">First message.</param>
    public IComm Open(string target, JsonNode data)
    {
        var comm = new Comm(this, Guid.NewGuid().ToString("N"), target);
        _open[comm.Id] = comm;
        publisher.Publish("comm_open", CellContext.Current?.ParentHeader, new JsonObject { ["comm_id"] = comm.Id, ["target_name"] = target, ["data"] = data.DeepClone() });
        return comm;
    }

    /// <summary>Handles <c>comm_open</c>, <c>comm_msg</c> and <c>comm_close</c> from the page. A handler that fails says so below its cell.</summary>
    public void Handle(JupyterMessage message)
    {
        string id = message.Text("comm_id") ?? "";
        var data = message.Content["data"] ?? new JsonObject();
        switch (message.Type)
        {
            case "comm_open":
                string target = message.Text("target_name") ?? "";
                if (!_targets.TryGetValue(target, out var opened))
                {
                    KernelLog.Write($"comm_open: nobody handles the target \"{target}\"");
                    Refuse(message, id);
                    return;
                }
                var comm = new Comm(this, id, target);
                _open[id] = comm;
                Guarded(() => opened(comm, data));
                break;
            case "comm_msg" when _open.TryGetValue(id, out var to):
                Guarded(() => to.OnReceived(data));
                break;
            case "comm_close" when _open.TryRemove(id, out var closed):
                Guarded(closed.OnClosed);
                break;
            default:
                KernelLog.Write($"{message.Type}: there is no comm \"{id}\"");
                if (message.Type == "comm_msg") // of a page that did not see this kernel start
                    Refuse(message, id);
                break;
        }
    }

    private void Refuse(JupyterMessage message, string id) =>
        publisher.Publish("comm_close", message.RawHeader, new JsonObject { ["comm_id"] = id, ["data"] = new JsonObject() });

    /// <summary>Answers a <c>comm_info_request</c>.</summary>
    public JsonObject Info(string? target)
    {
        var comms = new JsonObject();
        foreach (var comm in _open.Values.Where(comm => string.IsNullOrEmpty(target) || comm.Target == target))
            comms[comm.Id] = new JsonObject { ["target_name"] = comm.Target };
        return new JsonObject { ["status"] = "ok", ["comms"] = comms };
    }

    private static void Guarded(Action handler)
    {
        try
        {
            handler();
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"a handler of the page's messages failed: {e.GetType().Name}: {e.Message}");
            KernelLog.Write($"a comm handler failed: {e}");
        }
    }

    private sealed class Comm(Comms owner, string id, string target) : IComm
    {
        // Messages belong to the cell that set the channel up, also when the page sends them much later.
        private readonly CellContext? _cell = CellContext.Current;

        public event Action<JsonNode>? Received;

        public event Action? Closed;

        public string Id { get; } = id;

        public string Target { get; } = target;

        public void OnReceived(JsonNode data)
        {
            CellContext.Borrow(_cell);
            Received?.Invoke(data);
        }

        public void OnClosed()
        {
            CellContext.Borrow(_cell);
            Closed?.Invoke();
        }

        public void Send(JsonNode data)
        {
            ArgumentNullException.ThrowIfNull(data);
            owner.Say("comm_msg", Id, data);
        }

        public void Dispose()
        {
            if (owner._open.TryRemove(Id, out _))
                owner.Say("comm_close", Id, new JsonObject());
        }
    }

    private void Say(string type, string id, JsonNode data) =>
        publisher.Publish(type, CellContext.Current?.ParentHeader, new JsonObject { ["comm_id"] = id, ["data"] = data.DeepClone() });
}
