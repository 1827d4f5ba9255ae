using System.Collections.Concurrent;

namespace AniSora.Data.Pipeline;

internal static class OneByOne
{
    /// <summary>
    /// Spreads items over all cores, each as soon as one is free, results in their order. PLINQ by itself gives every core its part of a list
    /// beforehand, and one part may hold everything large. Items that are still to be made are made one at a time, while the others are worked on.
    /// </summary>
    /// <param name="items">The items.</param>
    /// <param name="cancellation">Stops it.</param>
    public static ParallelQuery<T> Spread<T>(this IEnumerable<T> items, CancellationToken cancellation) =>
        Partitioner.Create(items, EnumerablePartitionerOptions.NoBuffering).AsParallel().AsOrdered().WithCancellation(cancellation);
}
