using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

using AniSora.Models.Runtime;

namespace AniSora.Models.Fast;

/// <summary>A loop over the threads that libtorch's operators use, of which the caller is one.</summary>
/// <remarks>
/// .NET's own thread pool would be further threads on the same cores, while libtorch's wait for their next work by spinning.
/// </remarks>
internal static unsafe class ParallelLoop
{
    /// <summary>Calls <paramref name="body"/> with parts of [0, <paramref name="count"/>), in any order and at the same time.</summary>
    /// <param name="count">How many iterations there are.</param>
    /// <param name="grain">Iterations that one part should at least have.</param>
    /// <param name="body">Is given the beginning and the end of a part; which parts there are depends on the number of threads.</param>
    public static void Run(long count, long grain, Action<long, long> body)
    {
        if (count <= Math.Max(grain, 1))
        {
            if (count > 0)
                body(0, count);
            return;
        }
        var loop = new Loop(body);
        var handle = GCHandle.Alloc(loop);
        try
        {
            StableApi.ParallelFor(count, Math.Max(grain, 1), &Part, (void*)GCHandle.ToIntPtr(handle));
        }
        finally
        {
            handle.Free();
        }
        loop.Error?.Throw();
    }

    [UnmanagedCallersOnly]
    private static void Part(long begin, long end, void* context)
    {
        var loop = (Loop)GCHandle.FromIntPtr((nint)context).Target!;
        try
        {
            loop.Body(begin, end);
        }
        catch (Exception e)
        {
            loop.Error = ExceptionDispatchInfo.Capture(e);
        }
    }

    private sealed class Loop(Action<long, long> body)
    {
        public readonly Action<long, long> Body = body;
        public volatile ExceptionDispatchInfo? Error;
    }
}
