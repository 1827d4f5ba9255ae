using System.Text.Json.Nodes;
using AniSora.Display.Notebook;

namespace AniSora.Browser.Tests;

/// <summary>Notebook outputs on a page as nbconvert writes them: one after the other, in black on white, without a kernel.</summary>
internal sealed class NotebookPage : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("anisora-page-").FullName;

    private NotebookPage(IEnumerable<IDisplayable> outputs, string background, string script)
    {
        File = Path.Combine(_folder, "notebook.html");
        var cells = outputs.Select(output => $"<div class=\"output_subarea\">{output.ToMime().Data["text/html"]}</div>");
        string color = background is "#fff" ? "#000" : "#ddd";
        System.IO.File.WriteAllText(File, $$"""
            <!doctype html><html><head><meta charset="utf-8"><style>body { background: {{background}}; color: {{color}}; font: 14px/1.4 "Helvetica Neue", Helvetica, Arial, sans-serif; margin: 24px; }
            .output_subarea { margin: 0 0 24px; } </style><script>{{script}}</script></head><body>{{string.Concat(cells)}}</body></html>
            """);
    }

    public string File { get; }

    public static NotebookPage Of(params IEnumerable<IDisplayable> outputs) => new(outputs, "#fff", "");

    public static NotebookPage Dark(params IEnumerable<IDisplayable> outputs) => new(outputs, "#111", "");

    public static NotebookPage With(string script, bool dark, params IEnumerable<IDisplayable> outputs) => new(outputs, dark ? "#111" : "#fff", script);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}

/// <summary>A notebook that keeps what it is shown, and whose channels a test holds the other end of.</summary>
internal sealed class RecordingNotebook : INotebook, IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<(MimeBundle Bundle, string? Id, bool Update)> _shown = [];
    private readonly Dictionary<string, Action<IComm, JsonNode>> _targets = [];
    private readonly CancellationTokenSource _interruption = new();
    private readonly INotebook? _before = CurrentNotebook.Value;

    public RecordingNotebook() => CurrentNotebook.Value = this;

    public IReadOnlyList<(MimeBundle Bundle, string? Id, bool Update)> Shown
    {
        get
        {
            lock (_lock)
                return [.. _shown];
        }
    }

    public CancellationToken Interrupted => _interruption.Token;

    public void AddLanguage(string name, Func<string, object?> run) => throw new NotSupportedException();

    public void Interrupt() => _interruption.Cancel();

    public void Show(MimeBundle bundle, string? id = null, bool update = false)
    {
        lock (_lock)
            _shown.Add((bundle, id, update));
    }

    public void Clear(bool wait)
    {
    }

    public void AcceptComms(string target, Action<IComm, JsonNode> opened) => _targets[target] = opened;

    public Channel Open(string target, JsonNode data)
    {
        var channel = new Channel();
        _targets[target](channel, data);
        return channel;
    }

    public void Dispose()
    {
        CurrentNotebook.Value = _before;
        _interruption.Dispose();
    }

    internal sealed class Channel : IComm
    {
        public List<JsonNode> Sent { get; } = [];

        public bool Disposed { get; private set; }

        public string Id => "test";

        public event Action<JsonNode>? Received;

        public event Action? Closed;

        public void Send(JsonNode data) => Sent.Add(data.DeepClone());

        public void FromPage(JsonNode data) => Received?.Invoke(data);

        public void Close() => Closed?.Invoke();

        public void Dispose() => Disposed = true;
    }
}
