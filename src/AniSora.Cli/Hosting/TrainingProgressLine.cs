using AniSora.Training.Distributed;
using AniSora.Training.Train;

namespace AniSora.Cli.Hosting;

/// <summary>Runs a training with a progress line on standard error: steps, speed, what is left, loss, time lost waiting for data.</summary>
internal static class TrainingProgressLine
{
    /// <summary>Runs it.</summary>
    /// <param name="title">What is trained.</param>
    /// <param name="train">The run.</param>
    /// <param name="options">Its options; <c>Say</c> and <c>Progress</c> are filled in.</param>
    public static TrainingOutcome Run(string title, Func<RunOptions, TrainingOutcome> train, RunOptions options)
    {
        ConsoleProgress? progress = null;
        try
        {
            return train(options with
            {
                Say = options.World.IsFirst ? line => Console.Error.WriteLine(line) : null,
                Progress = new Reporter(news =>
                {
                    progress ??= new ConsoleProgress($"train {title}", news.Steps);
                    progress.Report(news.Step, $"loss {news.Loss:0.00000} · {1000 * news.SecondsPerStep:0} ms a step · {100 * news.WaitShare:0.0}% waiting for data");
                    if (news.Note is not null)
                        progress.Note($"step {news.Step}: {news.Note}");
                }),
            });
        }
        finally
        {
            progress?.Dispose();
        }
    }

    /// <summary>Reports at once, on the thread that trains: <see cref="Progress{T}"/> would reorder lines.</summary>
    private sealed class Reporter(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
