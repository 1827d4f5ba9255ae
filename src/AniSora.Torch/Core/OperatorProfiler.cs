using System.Runtime.InteropServices;
using AniSora.Torch.Interop;

namespace AniSora.Torch;

/// <summary>One run of an operator, or of a node of the backward graph.</summary>
/// <param name="Name">Such as <c>aten::addmm</c> or <c>AddmmBackward0</c>.</param>
/// <param name="Start">On the clock of <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>, in nanoseconds.</param>
/// <param name="End">On the same clock.</param>
/// <param name="Thread">libtorch's number of the thread.</param>
/// <param name="Flops">Floating-point operations of a matrix product or convolution; 0 for others.</param>
/// <param name="IsBackwardNode">Whether it is a node of the backward graph, around the operators it runs.</param>
public readonly record struct OperatorEvent(string Name, long Start, long End, long Thread, double Flops, bool IsBackwardNode);

/// <summary>
/// Records the operators that libtorch runs in this process, on every thread and in backward passes too. Costs about a microsecond an
/// operator while it records and nothing otherwise.
/// </summary>
public static unsafe class OperatorProfiler
{
    /// <summary>Begins to record.</summary>
    /// <exception cref="TorchException">A record is being made already.</exception>
    public static void Start() => TorchException.Check(NativeMethods.ani_profile_start(), "profile");

    /// <summary>Ends the record.</summary>
    /// <returns>The events by their start, and whether some were left out because there were more than four million.</returns>
    /// <exception cref="TorchException">Nothing is being recorded.</exception>
    public static (IReadOnlyList<OperatorEvent> Events, bool Incomplete) Stop()
    {
        TorchException.Check(NativeMethods.ani_profile_stop(out var native, out long count, out int incomplete), "profile");
        var names = new Dictionary<nint, string>();
        var events = new OperatorEvent[count];
        for (long i = 0; i < count; i++)
        {
            ref readonly var e = ref native[i];
            if (!names.TryGetValue(e.Name, out string? name))
                names[e.Name] = name = Marshal.PtrToStringUTF8(e.Name)!;
            events[i] = new OperatorEvent(name, e.Start, e.End, e.Thread, e.Flops, e.Scope == 1);
        }
        // An operator ends before the one it runs in: by start, the outer one first.
        Array.Sort(events, (a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : b.End.CompareTo(a.End));
        return (events, incomplete != 0);
    }
}
