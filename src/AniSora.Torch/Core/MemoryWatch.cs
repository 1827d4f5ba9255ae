namespace AniSora.Torch;

/// <summary>
/// Makes the garbage collector aware of native memory, so that a forgotten <c>Dispose</c> costs memory for a moment and not
/// the process: 300 forgotten tensors of 4 MB would otherwise hold 1.2 GB behind 300 tiny objects that give no reason to collect.
/// </summary>
/// <remarks>
/// <para>Implementation note. <see cref="GC.AddMemoryPressure"/> is not used: its budget starts at 4 MB and it spends up to a
/// fifth of the time on full collections in a training step that allocates gigabytes and disposes all of it properly.
/// Here the collector runs when the bytes held by tensors exceed a mark by <see cref="Slack"/> or half the mark, and the mark
/// rises with them. Only bytes freed by finalizers, that is by forgetting, bring the mark down again. So a program that
/// disposes collects a few times while it first grows, and never again; one that forgets collects every few hundred MB.</para>
/// </remarks>
internal static class MemoryWatch
{
    /// <summary>Growth that is tolerated before a collection, in KiB.</summary>
    private const long Slack = 256 * 1024;

    private static long _heldKib;
    private static long _markKib;
    private static int _collecting;

    /// <summary>KiB of storage that tensors made by operators hold now.</summary>
    internal static long HeldKib => Volatile.Read(ref _heldKib);

    internal static void Grow(int kib)
    {
        var held = Interlocked.Add(ref _heldKib, kib);
        var mark = Volatile.Read(ref _markKib);
        if (held > mark + Math.Max(Slack, mark / 2))
            Collect();
    }

    internal static void Shrink(int kib, bool forgotten)
    {
        Interlocked.Add(ref _heldKib, -kib);
        if (forgotten)
            Interlocked.Add(ref _markKib, -kib);
    }

    private static void Collect()
    {
        if (Interlocked.Exchange(ref _collecting, 1) != 0)
            return;
        try
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
            GC.WaitForPendingFinalizers();
            Volatile.Write(ref _markKib, Math.Max(0, HeldKib));
        }
        finally
        {
            Volatile.Write(ref _collecting, 0);
        }
    }
}
