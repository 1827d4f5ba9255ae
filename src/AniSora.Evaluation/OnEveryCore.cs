namespace AniSora.Evaluation;

/// <summary>Independent pieces of work, one on each core.</summary>
internal static class OnEveryCore
{
    /// <summary>Does them all.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="work">Does one.</param>
    /// <param name="cancellation">Stops it between two.</param>
    /// <exception cref="InputException">The first that a piece threw; the others are stopped.</exception>
    public static void Run(int count, Action<int> work, CancellationToken cancellation)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount }, work);
        }
        catch (AggregateException e) when (e.InnerExceptions.OfType<InputException>().FirstOrDefault() is { } first)
        {
            throw new InputException(first.Message, e);
        }
    }
}
