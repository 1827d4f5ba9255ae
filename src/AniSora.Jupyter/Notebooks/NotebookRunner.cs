using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AniSora.Jupyter.Kernel;
using AniSora.Jupyter.Wire;

namespace AniSora.Jupyter.Notebooks;

/// <summary>Why a cell came to no good end.</summary>
/// <param name="Line">Line of the cell, from 1; null when it is known of none.</param>
/// <param name="Name">Kind of error, such as <c>CompilationError</c> or an exception's type.</param>
/// <param name="Message">What went wrong.</param>
/// <param name="Traceback">All that a front end shows.</param>
internal sealed record CellFailure(int? Line, string Name, string Message, IReadOnlyList<string> Traceback);

/// <summary>Runs the cells of a notebook in this process, as the kernel does, and keeps their outputs. A process has one.</summary>
internal sealed partial class NotebookRunner : IDisposable
{
    // An interrupted cell gets this long to end; after it, the cell is left behind with what it has shown.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly NotebookOutputs _outputs = new();
    private readonly List<byte[]> _cells = [];
    private readonly CellEngine _engine;

    /// <summary>Takes over the process's input and output.</summary>
    public NotebookRunner() => _engine = new CellEngine(_outputs.Take, _ => throw new InvalidOperationException("no cell here allows input"));

    /// <summary>Runs a cell to its end.</summary>
    /// <param name="code">Its text.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="cancel">Interrupts it.</param>
    /// <returns>Null when it ran.</returns>
    public CellFailure? Run(string code, TimeSpan limit, CancellationToken cancel)
    {
        byte[] header = "{}"u8.ToArray(); // known by its reference
        _cells.Add(header);
        _outputs.Add(header);
        var request = new JupyterMessage([], header, [], new JsonObject { ["code"] = code });
        var running = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Answer(request, running), CellEngine.CellStack) { IsBackground = true, Name = $"cell {_cells.Count}" }.Start();
        if (Ends(running.Task, limit, cancel))
            return FailureOf(running.Task.Result);

        // It may only be beginning.
        SpinWait.SpinUntil(() => running.Task.IsCompleted || _engine.Notebook.Running is not null, s_patience);
        _engine.Notebook.Running?.Request();
        bool ended = running.Task.Wait(s_patience);
        if (ended && (string?)running.Task.Result["ename"] != "Interrupted")
            return FailureOf(running.Task.Result); // it came to an end of its own
        var failure = cancel.IsCancellationRequested
            ? new CellFailure(null, "Interrupted", "the cell was interrupted", [])
            : new CellFailure(null, "Timeout", string.Create(CultureInfo.InvariantCulture, $"the cell took longer than {limit.TotalSeconds:0.###} s"), []);
        if (!ended)
        {
            _engine.Flush();
            failure = failure with { Message = $"{failure.Message}, and is inside a library's call that cannot be interrupted" };
            _outputs.Take("error", header, new JsonObject { ["ename"] = failure.Name, ["evalue"] = failure.Message, ["traceback"] = new JsonArray($"{failure.Name}: {failure.Message}") });
        }
        return failure;
    }

    /// <summary>The outputs of the cells that were run, in their order, as the format has them.</summary>
    public IEnumerable<JsonArray> Outputs()
    {
        _engine.Flush();
        return _cells.Select(_outputs.Of);
    }

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();

    /// <summary>Text without a terminal's colours.</summary>
    public static string Plain(string text) => ColourCodes().Replace(text, "");

    private void Answer(JupyterMessage request, TaskCompletionSource<JsonObject> running)
    {
        try
        {
            running.SetResult(_engine.Runner.Run(request));
        }
        catch (Exception e)
        {
            running.SetException(e); // a fault of the runner's own
        }
    }

    private static bool Ends(Task cell, TimeSpan limit, CancellationToken cancel)
    {
        try
        {
            return cell.Wait(limit, cancel);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private CellFailure? FailureOf(JsonObject reply)
    {
        if ((string?)reply["status"] == "ok")
            return null;
        string[] traceback = [.. ((JsonArray)reply["traceback"]!).Select(line => Plain((string)line!))];
        var place = traceback.Select(line => Place().Match(line)).FirstOrDefault(match => match.Success && match.Groups[1].ValueSpan.SequenceEqual($"{_cells.Count}"));
        return new CellFailure(place is null ? null : int.Parse(place.Groups[2].ValueSpan, CultureInfo.InvariantCulture), (string)reply["ename"]!, (string)reply["evalue"]!, traceback);
    }

    [GeneratedRegex(@"\bcell (\d+), line (\d+)")]
    private static partial Regex Place();

    [GeneratedRegex(@"\e\[[\d;]*m")]
    private static partial Regex ColourCodes();
}
