namespace AniSora.Jupyter.Execution;

/// <summary>
/// Runs what a cell does after an <c>await</c>, on threads of the pool, so that an interrupt reaches it there too. (A
/// synchronization context would do the same on one thread, and lock up on <c>task.Result</c>.)
/// </summary>
/// <param name="interruption">The cell's.</param>
internal sealed class CellScheduler(Interruption interruption) : TaskScheduler
{
    private Task? _first;

    /// <summary>Runs a cell on the calling thread, and waits for all that it awaits.</summary>
    /// <param name="cell">The cell.</param>
    /// <returns>Its value.</returns>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public object? Run(Func<Task<object?>> cell)
    {
        var start = new Task<Task<object?>>(cell);
        _first = start;
        start.Start(this);
        // (RunSynchronously would wait for ever for a task that was aborted.)
        interruption.Run(() => TryExecuteTask(start));
        if (!start.IsCompleted)
            throw new OperationCanceledException("aborted");
        var task = start.GetAwaiter().GetResult();
        try
        {
            task.Wait(interruption.GivenUp);
        }
        catch (AggregateException)
        {
            // Rethrown below as it was.
        }
        return task.GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    protected override void QueueTask(Task task)
    {
        if (ReferenceEquals(task, _first))
            return; // runs on the cell's own thread
        ThreadPool.UnsafeQueueUserWorkItem(
            state =>
            {
                // What an abandoned cell still wanted to do is dropped.
                if (!interruption.GivenUp.IsCancellationRequested)
                    interruption.Run(() => TryExecuteTask(state));
            },
            task, preferLocal: false);
    }

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        // Only where it can be stopped as the rest of the cell.
        Interruption.Inside && TryExecuteTask(task);

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
