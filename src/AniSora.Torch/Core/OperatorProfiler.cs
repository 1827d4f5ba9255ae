using System.Diagnostics;
using System.Runtime.InteropServices;
using AniSora.Torch.Interop;

namespace AniSora.Torch;

/// <summary>One run of an operator, of a kernel written in C#, or of a node of the backward graph.</summary>
/// <param name="Name">Such as <c>aten::addmm</c>, <c>anisora::Attention</c> or <c>AddmmBackward0</c>.</param>
/// <param name="Start">On the clock of <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>, in nanoseconds.</param>
/// <param name="End">On the same clock.</param>
/// <param name="Thread">libtorch's number of the thread.</param>
/// <param name="Flops">Floating-point operations of a matrix product or convolution; 0 for others.</param>
/// <param name="IsBackwardNode">Whether it is a node of the backward graph, around the operators it runs.</param>
public readonly record struct OperatorEvent(string Name, long Start, long End, long Thread, double Flops, bool IsBackwardNode);

/// <summary>
/// Records what libtorch's operators and the kernels written in C# do in this process, on every thread and in backward passes too. Costs
/// about a microsecond an operator while it records and nothing otherwise.
/// </summary>
/// <remarks>
/// A new kernel shows up by itself if it is a <see cref="TorchFunction"/>: as <c>anisora::</c> and the class's name without "Function", its
/// backward pass with "Backward" behind. One that runs outside of such a function says <c>using var record =
/// OperatorProfiler.Record("Name");</c> around its work. Both tell matrix products that are not libtorch's operators to
/// <see cref="CountFlops"/>.
/// </remarks>
public static unsafe class OperatorProfiler
{
    private static readonly List<OperatorEvent> _kernels = [];
    private static volatile bool _recording;
    [ThreadStatic] private static Kernel? _innermost;

    /// <summary>Begins to record.</summary>
    /// <exception cref="TorchException">A record is being made already.</exception>
    public static void Start()
    {
        TorchException.Check(NativeMethods.ani_profile_start(), "profile");
        lock (_kernels)
            _kernels.Clear();
        _recording = true;
    }

    /// <summary>Ends the record.</summary>
    /// <returns>The events by their start, and whether some were left out because there were more than four million.</returns>
    /// <exception cref="TorchException">Nothing is being recorded.</exception>
    public static (IReadOnlyList<OperatorEvent> Events, bool Incomplete) Stop()
    {
        TorchException.Check(NativeMethods.ani_profile_stop(out var native, out long count, out int incomplete), "profile");
        _recording = false;
        var names = new Dictionary<nint, string>();
        var events = new List<OperatorEvent>((int)count);
        for (long i = 0; i < count; i++)
        {
            ref readonly var e = ref native[i];
            if (!names.TryGetValue(e.Name, out string? name))
                names[e.Name] = name = Marshal.PtrToStringUTF8(e.Name)!;
            events.Add(new OperatorEvent(name, e.Start, e.End, e.Thread, e.Flops, e.Scope == 1));
        }
        lock (_kernels)
            events.AddRange(_kernels);
        // An operator ends before the one it runs in: by start, the outer one first.
        events.Sort((a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : b.End.CompareTo(a.End));
        return (events, incomplete != 0);
    }

    /// <summary>Shows what this thread does until the result is disposed as a kernel, unless nothing is being recorded.</summary>
    /// <param name="name">Its name, which <c>anisora::</c> is put before.</param>
    public static IDisposable? Record(string name) => _recording ? new Kernel(name) : null;

    /// <summary>Adds to the operations of the innermost kernel that is being recorded on this thread.</summary>
    /// <param name="flops">Multiplications and additions of matrix products or convolutions, as the plain algorithm has them, so that
    /// rates of different algorithms compare.</param>
    public static void CountFlops(double flops) => _innermost?.Flops += flops;

    /// <summary>Shows a pass of a function in C#.</summary>
    internal static IDisposable? Record(TorchFunction function, string pass)
    {
        if (!_recording)
            return null;
        const string suffix = "Function";
        var type = function.GetType();
        string name = type.Name == suffix ? type.DeclaringType!.Name : type.Name;
        return new Kernel((name.EndsWith(suffix, StringComparison.Ordinal) ? name[..^suffix.Length] : name) + pass);
    }

    private sealed class Kernel : IDisposable
    {
        private readonly string _name;
        private readonly Kernel? _outer = _innermost;
        private readonly long _start;

        public Kernel(string name)
        {
            _name = $"anisora::{name}";
            _innermost = this;
            _start = Now();
        }

        public double Flops { get; set; }

        public void Dispose()
        {
            long end = Now();
            _innermost = _outer;
            lock (_kernels)
                _kernels.Add(new OperatorEvent(_name, _start, end, NativeMethods.ani_profile_thread(), Flops, false));
        }

        private static long Now() => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000_000);
    }
}
