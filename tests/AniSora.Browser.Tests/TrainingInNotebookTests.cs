using AniSora.Display.Notebook;

namespace AniSora.Browser.Tests;

/// <summary>A training that a cell starts and shows.</summary>
[Collection(NotebookCollection.Name)]
public sealed class TrainingInNotebookTests : IDisposable
{
    private static readonly DashboardOptions Quick = new() { Every = TimeSpan.FromMilliseconds(20) };
    private readonly string _run = Directory.CreateTempSubdirectory("anisora-run-").FullName;

    public void Dispose() => Directory.Delete(_run, recursive: true);

    [Fact]
    public void It_is_shown_while_it_runs_and_its_result_returned()
    {
        using var notebook = new RecordingNotebook();
        int steps = TrainingDashboard.Run(_run, _ =>
        {
            for (int step = 1; step <= 5; step++)
            {
                Log($$"""{"step": {{step}}, "loss": {{6 - step}}, "heldout_loss_t100": 0.5, "heldout_loss_t900": {{10 - step}}}""");
                int before = notebook.Shown.Count;
                SpinWait.SpinUntil(() => notebook.Shown.Count > before, TimeSpan.FromSeconds(60));
            }
            return 5;
        }, Quick);
        Assert.Equal(5, steps);
        Assert.Contains(notebook.Shown, s => Text(s.Bundle).Contains(": training, steps 3", StringComparison.Ordinal));
        Assert.Contains(": ended, steps 5", Text(notebook.Shown[^1].Bundle), StringComparison.Ordinal);
        Assert.Single(notebook.Shown.Select(s => s.Id).Distinct());
        string html = (string)notebook.Shown[^1].Bundle.Data["text/html"];
        Assert.Contains("Held-out loss by timestep", html, StringComparison.Ordinal);
        Assert.Contains("t = 900", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_failure_is_the_cells()
    {
        using var notebook = new RecordingNotebook();
        var e = Assert.Throws<InputException>(() => TrainingDashboard.Run<int>(_run, _ => throw new InputException("data/none: no such clip index"), Quick));
        Assert.Contains("no such clip index", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Interrupting_the_cell_lets_it_save_and_return()
    {
        using var notebook = new RecordingNotebook();
        string result = TrainingDashboard.Run(_run, stop =>
        {
            Log("""{"step": 1, "loss": 1}""");
            notebook.Interrupt();
            Assert.True(stop.WaitHandle.WaitOne(TimeSpan.FromSeconds(60)));
            return "saved";
        }, Quick);
        Assert.Equal("saved", result);
    }

    private static string Text(MimeBundle bundle) => (string)bundle.Data["text/plain"];

    private void Log(string line) => File.AppendAllText(Path.Combine(_run, "metrics.jsonl"), line + "\n");
}
