namespace AniSora.Kernels.Flow;

/// <summary>Work on independent rows, shared among the cores where there is enough of it.</summary>
internal static class Stripes
{
    /// <summary>Calls <paramref name="work"/>(state, from, to) until rows 0 … <paramref name="rows"/> are done.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="grain">Fewer rows than this are not worth a thread.</param>
    /// <param name="state">Handed through.</param>
    /// <param name="work">May not depend on how the rows are divided.</param>
    public static void Run<TState>(int rows, int grain, TState state, Action<TState, int, int> work)
    {
        int stripes = Math.Min(Environment.ProcessorCount, rows / Math.Max(1, grain));
        if (stripes < 2)
            work(state, 0, rows);
        else
            Parallel.For(0, stripes, k => work(state, rows * k / stripes, rows * (k + 1) / stripes));
    }
}
