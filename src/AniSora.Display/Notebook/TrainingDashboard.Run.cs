using System.Runtime.ExceptionServices;

namespace AniSora.Display.Notebook;

/// <content>Training in this process.</content>
public static partial class TrainingDashboard
{
    /// <summary>
    /// Trains in the background and shows the run while it goes on. Interrupting the cell stops the training, which leaves its
    /// checkpoint as it does at Ctrl-C.
    /// </summary>
    /// <typeparam name="T">What the training returns.</typeparam>
    /// <param name="runFolder">The folder where it will write.</param>
    /// <param name="train">Starts it; the token is cancelled when the cell is interrupted.</param>
    /// <param name="options">Intervals; the defaults suit most.</param>
    /// <returns>What the training returned. An exception of the training is passed on.</returns>
    public static T Run<T>(string runFolder, Func<CancellationToken, T> train, DashboardOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(runFolder);
        ArgumentNullException.ThrowIfNull(train);
        using var interrupted = CancellationTokenSource.CreateLinkedTokenSource(CurrentNotebook.Value?.Interrupted ?? default);
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = train(interrupted.Token);
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        })
        {
            IsBackground = true,
            Name = "training",
        };
        thread.Start();
        options ??= new();
        var watch = new Watch(runFolder, options);
        try
        {
            while (!thread.Join(options.Every))
                watch.Show(RunPhase.Running);
        }
        catch
        {
            // The kernel insists on its thread: the training is told, and saves by itself.
            interrupted.Cancel();
            throw;
        }
        if (failure is null)
            watch.Show(RunPhase.Ended);
        failure?.Throw();
        return result;
    }

    /// <summary>The output of a run; it changes when there is something new.</summary>
    private sealed class Watch(string folder, DashboardOptions options)
    {
        private readonly MetricsTail _tail = new(Path.Combine(folder, "metrics.jsonl"));
        private DisplayedOutput? _output;
        private string? _shown;

        public void Show(RunPhase phase)
        {
            _tail.Read();
            var view = new DashboardView(folder, _tail, _tail.Step == 0 ? RunPhase.Waiting : phase, options);
            string state = $"{phase} {_tail.Step} {_tail.Restarts} {view.LatestSample}";
            if (state == _shown)
                return;
            _shown = state;
            if (_output is null)
                _output = new DisplayedOutput(view);
            else
                _output.Update(view);
        }
    }
}
