using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using AniSora.Jupyter.Output;
using AniSora.Jupyter.Wire;

namespace AniSora.Jupyter.Kernel;

/// <summary>Asks the user for a line, by the front end that runs the cell.</summary>
internal sealed class InputPrompt(KernelSockets sockets, KernelNotebook notebook, Action flush)
{
    private readonly BlockingCollection<string?> _answers = [];
    private readonly Lock _one = new();

    /// <summary>Asks, and waits for the answer.</summary>
    /// <exception cref="InvalidOperationException">The front end cannot ask, as when a notebook runs unattended.</exception>
    /// <exception cref="OperationCanceledException">The cell was interrupted meanwhile.</exception>
    public string? Ask()
    {
        var cell = CellContext.Current;
        if (cell is not { AllowsInput: true })
            throw new InvalidOperationException("this front end cannot ask for input: the notebook runs unattended");
        lock (_one)
        {
            flush();
            while (_answers.TryTake(out _))
            {
                // Answers to a question whose cell was interrupted.
            }
            sockets.Send(Channel.Stdin, cell.Identities, "input_request", cell.ParentHeader, new JsonObject { ["prompt"] = "", ["password"] = false });
            return _answers.Take(notebook.Interrupted);
        }
    }

    /// <summary>Takes an <c>input_reply</c>.</summary>
    public void Answer(JupyterMessage reply) => _answers.Add(reply.Text("value"));
}
