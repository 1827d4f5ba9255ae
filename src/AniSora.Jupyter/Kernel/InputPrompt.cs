using System.Collections.Concurrent;
using AniSora.Jupyter.Output;
using AniSora.Jupyter.Wire;

namespace AniSora.Jupyter.Kernel;

/// <summary>Asks the user for a line, by the front end that runs the cell.</summary>
/// <param name="ask">Sends the question.</param>
/// <param name="notebook">Knows whether the cell was interrupted.</param>
/// <param name="flush">Brings text that was written before into its place.</param>
internal sealed class InputPrompt(Action<CellContext> ask, KernelNotebook notebook, Action flush)
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
            ask(cell);
            return _answers.Take(notebook.Interrupted);
        }
    }

    /// <summary>Takes an <c>input_reply</c>.</summary>
    public void Answer(JupyterMessage reply) => _answers.Add(reply.Text("value"));
}
