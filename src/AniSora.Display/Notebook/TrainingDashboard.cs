using System.Diagnostics;

namespace AniSora.Display.Notebook;

/// <summary>How a training is followed.</summary>
public sealed record DashboardOptions
{
    /// <summary>Time between two looks at the files.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a run may be without a writer before it counts as ended: it may be starting, or about to be taken up again.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long to wait for a run that has not begun; without end when null.</summary>
    public TimeSpan? WaitForStart { get; init; }

    /// <summary>Steps over which the loss is averaged; a fiftieth of the run, at least 5, when null.</summary>
    public int? Smoothing { get; init; }
}

/// <summary>
/// A training's curves, speed and newest samples, live below the running cell, while the run goes on in this process or
/// another. Reads the run's files only: <c>metrics.jsonl</c>, <c>samples/*.png</c> and who writes there.
/// </summary>
public static partial class TrainingDashboard
{
    /// <summary>Shows a run once, as it is now.</summary>
    /// <param name="runFolder">The folder of the run.</param>
    /// <param name="options">How the loss is averaged.</param>
    public static IDisplayable Of(string runFolder, DashboardOptions? options = null)
    {
        var tail = new MetricsTail(Path.Combine(runFolder, "metrics.jsonl"));
        tail.Read();
        return new DashboardView(runFolder, tail, RunWriter.IsThere(runFolder) == true ? RunPhase.Running : RunPhase.Ended, options ?? new());
    }

    /// <summary>
    /// Follows a run until it ends, the cell is interrupted or the token is cancelled. A run that is rewound or taken up again
    /// is followed on. Where nobody can tell whether the run goes on (its process is on another host), it is followed until interrupted.
    /// </summary>
    /// <param name="runFolder">The folder of the run; it need not be there yet.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <param name="options">Intervals; the defaults suit most.</param>
    /// <returns>The last step that was seen.</returns>
    /// <exception cref="TimeoutException">The run did not begin within <see cref="DashboardOptions.WaitForStart"/>.</exception>
    public static long Follow(string runFolder, CancellationToken cancellation = default, DashboardOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(runFolder);
        options ??= new();
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, CurrentNotebook.Value?.Interrupted ?? default);
        var tail = new MetricsTail(Path.Combine(runFolder, "metrics.jsonl"));
        DisplayedOutput? output = null;
        string? shown = null;
        long began = Stopwatch.GetTimestamp(), alive = began;
        while (true)
        {
            bool? writer = RunWriter.IsThere(runFolder);
            bool news = tail.Read();
            if (news || writer == true)
                alive = Stopwatch.GetTimestamp();
            var quiet = Stopwatch.GetElapsedTime(alive);
            var phase = both.IsCancellationRequested ? RunPhase.Left
                : writer is false && quiet >= options.Patience && tail.Step > 0 ? RunPhase.Ended
                : tail.Step == 0 ? RunPhase.Waiting
                : writer is false ? RunPhase.Pausing : RunPhase.Running;
            var view = new DashboardView(runFolder, tail, phase, options);
            // Nothing new, nothing sent: an output that is replaced every second makes a page restless.
            string state = $"{phase} {tail.Step} {tail.Restarts} {view.LatestSample}";
            if (state != shown)
            {
                shown = state;
                if (output is null)
                    output = new DisplayedOutput(view);
                else
                    output.Update(view);
            }
            if (phase is RunPhase.Ended or RunPhase.Left)
                return (long)tail.Step;
            if (phase == RunPhase.Waiting && options.WaitForStart is { } limit && Stopwatch.GetElapsedTime(began) >= limit)
                throw new TimeoutException($"{runFolder}: no metrics.jsonl with a step after {limit.TotalSeconds:0} s; is this the run's folder?");
            both.Token.WaitHandle.WaitOne(options.Every);
        }
    }
}
