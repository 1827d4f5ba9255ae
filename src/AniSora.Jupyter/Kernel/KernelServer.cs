using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using AniSora.Jupyter.Assistance;
using AniSora.Jupyter.Output;
using AniSora.Jupyter.Wire;

namespace AniSora.Jupyter.Kernel;

/// <summary>
/// The kernel: hands requests to the threads that answer them. Cells run one at a time; questions (completion, inspection), pages'
/// messages and control requests do not wait for the running cell.
/// </summary>
internal sealed class KernelServer : IDisposable
{
    private readonly KernelSockets _sockets;
    private readonly CrashMarker _marker;
    private readonly CellEngine _engine;
    private readonly CodeQuestions _questions;
    private readonly IdleMemory _memory;
    private readonly RequestQueue _cells, _asides, _pages, _control;
    private readonly ManualResetEventSlim _shutdown = new();
    private volatile JupyterMessage? _running;

    /// <summary>Listens and takes over the process's input and output; answers from <see cref="Run"/> on.</summary>
    /// <param name="connectionFile">Jupyter's.</param>
    public KernelServer(string connectionFile)
    {
        _sockets = new KernelSockets(ConnectionFile.Read(connectionFile), Receive);
        _marker = new CrashMarker(connectionFile);
        _engine = new CellEngine(
            (type, parent, content) => _sockets.Send(Channel.IOPub, [Encoding.UTF8.GetBytes(type)], type, parent, content),
            cell => _sockets.Send(Channel.Stdin, cell.Identities, "input_request", cell.ParentHeader, new JsonObject { ["prompt"] = "", ["password"] = false }),
            _marker);
        _questions = new CodeQuestions(_engine.Session);
        _memory = new IdleMemory(() => _running is not null);
        _cells = new RequestQueue("cells", RunCell, CellEngine.CellStack);
        _asides = new RequestQueue("questions", message => Answer(Channel.Shell, message));
        _pages = new RequestQueue("pages", message => Attended(message, () => _engine.Comms.Handle(message)));
        _control = new RequestQueue("control", message => Answer(Channel.Control, message));
    }

    /// <summary>Answers until a shutdown is asked or the front end is gone.</summary>
    public void Run()
    {
        ParentWatch.Start(_shutdown.Set);
        _engine.Publisher.Status("starting", null);
        _sockets.Start();
        WarmUp.Start(_engine.Session.Packages);
        _shutdown.Wait();
    }

    /// <summary>Sends what is still to be sent and leaves no marker: this is no crash.</summary>
    public void Dispose()
    {
        _engine.Flush();
        _memory.Dispose();
        _sockets.Dispose();
        _marker.Dispose();
        _engine.Dispose();
    }

    private void Receive(Channel channel, JupyterMessage message)
    {
        if (channel == Channel.Stdin)
        {
            if (message.Type == "input_reply")
                _engine.Input.Answer(message);
            return;
        }
        var queue = channel == Channel.Control ? _control : message.Type switch
        {
            "execute_request" => _cells,
            "comm_open" or "comm_msg" or "comm_close" => _pages,
            _ => _asides,
        };
        queue.Add(message);
    }

    private void RunCell(JupyterMessage request)
    {
        _running = request;
        _engine.Publisher.Status("busy", request.RawHeader);
        var reply = _engine.Runner.Run(request);
        _running = null;
        // Cells that were sent after this one expected it to succeed.
        var aborted = reply["status"]!.GetValue<string>() != "ok" && request.Flag("stop_on_error", true) ? _cells.TakeAll() : [];
        Reply(Channel.Shell, request, "execute_reply", reply);
        _engine.Publisher.Status("idle", request.RawHeader);
        _memory.CellEnded();
        foreach (var other in aborted)
        {
            _engine.Publisher.Status("busy", other.RawHeader);
            Reply(Channel.Shell, other, "execute_reply", new JsonObject { ["status"] = "aborted", ["execution_count"] = reply["execution_count"]!.GetValue<int>() });
            _engine.Publisher.Status("idle", other.RawHeader);
        }
    }

    private void Attended(JupyterMessage message, Action handle)
    {
        _engine.Publisher.Status("busy", message.RawHeader);
        try
        {
            handle();
        }
        finally
        {
            _engine.Flush();
            _engine.Publisher.Status("idle", message.RawHeader);
            // Front ends show the latest state as the kernel's: a cell that still runs keeps it busy.
            if (_running is { } running)
                _engine.Publisher.Status("busy", running.RawHeader);
        }
    }

    private void Answer(Channel channel, JupyterMessage request) => Attended(request, () =>
    {
        JsonObject? content = request.Type switch
        {
            "kernel_info_request" => KernelInfo.Content(),
            "complete_request" => _questions.Complete(request.Text("code") ?? "", request.Number("cursor_pos", 0)),
            "inspect_request" => _questions.Inspect(request.Text("code") ?? "", request.Number("cursor_pos", 0)),
            "is_complete_request" => CodeQuestions.IsComplete(request.Text("code") ?? ""),
            "history_request" => _engine.History.Answer(request),
            "comm_info_request" => _engine.Comms.Info(request.Text("target_name")),
            "interrupt_request" => Interrupt(),
            "shutdown_request" => new JsonObject { ["status"] = "ok", ["restart"] = request.Flag("restart", false) },
            _ => null,
        };
        if (content is null)
        {
            KernelLog.Write($"ignored an unknown message: {request.Type}");
            return;
        }
        Reply(channel, request, request.Type.Replace("_request", "_reply", StringComparison.Ordinal), content);
        if (request.Type == "shutdown_request")
        {
            _engine.Notebook.Running?.Request();
            _shutdown.Set();
        }
    });

    private JsonObject Interrupt()
    {
        _engine.Notebook.Running?.Request();
        return new JsonObject { ["status"] = "ok" };
    }

    private void Reply(Channel channel, JupyterMessage request, string type, JsonObject content) =>
        _sockets.Send(channel, request.Identities, type, request.RawHeader, content);

    /// <summary>Requests that are handled one after the other on a thread of their own.</summary>
    private sealed class RequestQueue
    {
        private readonly BlockingCollection<JupyterMessage> _messages = [];

        public RequestQueue(string name, Action<JupyterMessage> handle, int stack = 0) =>
            new Thread(() => Work(handle), stack) { IsBackground = true, Name = name }.Start();

        public void Add(JupyterMessage message) => _messages.Add(message);

        public List<JupyterMessage> TakeAll()
        {
            var all = new List<JupyterMessage>();
            while (_messages.TryTake(out var message))
                all.Add(message);
            return all;
        }

        private void Work(Action<JupyterMessage> handle)
        {
            foreach (var message in _messages.GetConsumingEnumerable())
            {
                try
                {
                    handle(message);
                }
                catch (Exception e)
                {
                    KernelLog.Write($"{message.Type} failed: {e}");
                }
            }
        }
    }
}
