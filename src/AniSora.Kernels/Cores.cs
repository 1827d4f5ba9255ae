namespace AniSora.Kernels;

/// <summary>Spreads independent pieces of work over threads; what they compute must not depend on which thread does it.</summary>
internal static class Cores
{
    /// <summary>Work on fewer bytes than this stays on the calling thread: handing it over would cost more than it takes.</summary>
    private const long LeastBytes = 128 << 10;

    /// <summary>Calls <paramref name="body"/> for 0 … <paramref name="pieces"/>−1, in any order.</summary>
    /// <param name="pieces">Pieces of work.</param>
    /// <param name="bytes">Bytes that all pieces together read or write, roughly.</param>
    /// <param name="threads">Threads at most; 0 = one on every core.</param>
    /// <param name="body">One piece.</param>
    public static void For(int pieces, long bytes, int threads, Action<int> body)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        if (pieces <= 1 || threads == 1 || bytes < LeastBytes)
        {
            for (int i = 0; i < pieces; i++)
                body(i);
            return;
        }

        Parallel.For(0, pieces, new ParallelOptions { MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads }, body);
    }
}
