namespace AniSora.Data.Pipeline;

/// <summary>What the scripts in <c>data-scripts/</c> have in common: one step of the pipeline on a data set, in a process of its own.</summary>
public static class StepScript
{
    /// <summary>Runs a step on the units of work of this worker.</summary>
    /// <param name="args">The data set's folder, then perhaps <c>i/n</c>.</param>
    /// <param name="step">Which step.</param>
    /// <returns>The exit code: 0, or 2 for wrong input, 130 when stopped.</returns>
    public static int Run(string[] args, Func<IngestPipeline, IStage> step) => Guard(args, (run, cancellation) =>
    {
        var stage = step(run.Pipeline);
        var share = WorkShare.Parse(args.Length > 1 ? args[1] : null);
        int made = run.Work(share, stage, cancellation: cancellation);
        Console.Error.WriteLine($"{stage.Title}: {made} parts made, the others were there");
    });

    /// <summary>Runs whatever is to be done with a data set.</summary>
    /// <param name="args">The data set's folder, then perhaps more.</param>
    /// <param name="action">What to do.</param>
    /// <returns>The exit code: 0, or 2 for wrong input, 130 when stopped.</returns>
    public static int Guard(string[] args, Action<IngestRun, CancellationToken> action)
    {
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            stop.Cancel();
        };
        try
        {
            if (args.Length == 0 || args[0].StartsWith('-'))
                throw new InputException("give the data set's folder (`anisora data ingest --plan-only` makes one), then perhaps i/n");
            action(IngestRun.Open(args[0]), stop.Token);
            return 0;
        }
        catch (InputException e)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return 2;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("stopped; run it again to go on");
            return 130;
        }
    }
}
