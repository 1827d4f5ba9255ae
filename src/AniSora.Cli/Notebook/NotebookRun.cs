using System.Text.Json.Nodes;
using AniSora.Cli.Hosting;
using AniSora.Jupyter.Kernel;
using AniSora.Jupyter.Notebooks;

namespace AniSora.Cli.Notebook;

/// <summary>Runs a notebook from top to bottom and writes its outputs after every cell, so that what ran is kept whatever comes.</summary>
/// <param name="File">The notebook.</param>
/// <param name="Output">Where it is written, an absolute path.</param>
/// <param name="Values">Names and values of its parameters.</param>
/// <param name="Limit">How long a cell may take.</param>
internal sealed record NotebookRun(string File, string Output, IReadOnlyList<(string Name, string Value)> Values, TimeSpan Limit)
{
    private const string Defaults = "parameters", Injected = "injected-parameters";

    /// <summary>Runs it.</summary>
    /// <param name="cancel">Interrupts the running cell.</param>
    /// <returns>Whether every cell ran; those that may fail (tagged <c>raises-exception</c>) count as well.</returns>
    /// <exception cref="InputException">The notebook or a parameter is wrong, or the file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted; what ran is written.</exception>
    public bool Execute(CancellationToken cancel)
    {
        var notebook = NotebookFile.Read(File);
        // Cells name files as they see them from the notebook's folder.
        Environment.CurrentDirectory = Path.GetDirectoryName(Path.GetFullPath(File))!;
        if (Values.Count > 0)
            Inject(notebook);
        foreach (var cell in notebook.Cells.Where(cell => cell.Kind == "code"))
            cell.Set(null, []);
        notebook.SetLanguage(KernelInfo.Content()["language_info"]!);
        NotebookCell[] cells = [.. notebook.Cells.Where(cell => cell.Runs)];

        CellFailure? failure;
        int done;
        using (var progress = new ConsoleProgress(Path.GetFileName(File), cells.Length, "cells"))
        using (var runner = new NotebookRunner())
            failure = Run(cells, runner, progress, () => notebook.Save(Output), out done, cancel);
        if (failure is not null)
            Console.Error.WriteLine(Describe(failure, done + 1, cells.Length));
        cancel.ThrowIfCancellationRequested();
        return failure is null;
    }

    private CellFailure? Run(NotebookCell[] cells, NotebookRunner runner, ConsoleProgress progress, Action save, out int done, CancellationToken cancel)
    {
        save();
        for (done = 0; done < cells.Length && !cancel.IsCancellationRequested; done++)
        {
            progress.Report(done, $"cell {done + 1}: {cells[done].Source.TrimStart().Split('\n')[0]}");
            var failure = runner.Run(cells[done].Source, Limit, cancel);
            // Cells before this one may have shown something meanwhile.
            foreach (var (outputs, i) in runner.Outputs().Select((outputs, i) => (outputs, i)))
                cells[i].Set(i + 1, outputs);
            save();
            if (failure is not null && (cancel.IsCancellationRequested || !cells[done].HasTag("raises-exception")))
                return failure;
        }
        progress.Report(done, "all ran");
        return null;
    }

    private void Inject(NotebookFile notebook)
    {
        var defaults = notebook.Cells.FirstOrDefault(cell => cell.Kind == "code" && cell.HasTag(Defaults))
            ?? throw new InputException($"{File}: --set: no cell is tagged '{Defaults}': give that tag to the cell that declares the defaults");
        try
        {
            notebook.Inject(defaults, Injected, NotebookParameters.Inject(defaults.Source, Values));
        }
        catch (FormatException e)
        {
            throw new InputException($"{File}: --set: {e.Message}", e);
        }
    }

    private string Describe(CellFailure failure, int cell, int cells)
    {
        string line = failure.Line is { } number ? $", line {number}" : "";
        string message = failure.Message.Split('\n')[0], place = $"cell {cell}{line}, column ";
        // The compiler's message begins with the place.
        if (message.StartsWith(place, StringComparison.Ordinal))
            message = message[(message.IndexOf(": ", place.Length, StringComparison.Ordinal) + 2)..];
        return $"error: {File}: cell {cell} of {cells}{line}: {failure.Name}: {message}\n{string.Concat(failure.Traceback.Skip(1).Select(l => $"    {l}\n"))}what ran is kept in {Output}";
    }
}
