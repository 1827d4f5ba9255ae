using System.Runtime.InteropServices;

namespace AniSora.Jupyter.Kernel;

/// <summary>Gives memory back to the system when a kernel has had nothing to do for a while: notebooks stay open for days.</summary>
internal sealed partial class IdleMemory : IDisposable
{
    private const long WorthIt = 24L << 20;
    private static readonly TimeSpan s_delay = TimeSpan.FromSeconds(2);

    private readonly Timer _timer;

    /// <summary>Nothing is given back until <see cref="CellEnded"/>.</summary>
    /// <param name="busy">Whether a cell runs.</param>
    public IdleMemory(Func<bool> busy) => _timer = new Timer(_ =>
    {
        var memory = GC.GetGCMemoryInfo();
        if (busy() || memory.TotalCommittedBytes - memory.HeapSizeBytes < WorthIt)
            return;
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _ = TrimNativeHeap(0);
    }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Begins to wait.</summary>
    public void CellEnded() => _timer.Change(s_delay, Timeout.InfiniteTimeSpan);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimNativeHeap(nuint keep);
}
