using System.Diagnostics;

namespace AniSora.Models.Fast;

/// <summary>One run of an operator, of a kernel written in C#, or of a node of the backward graph.</summary>
/// <param name="Name">Such as <c>aten::addmm</c>, <c>anisora::Attention</c> or <c>AddmmBackward0</c>.</param>
/// <param name="Start">On the clock of <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>, in nanoseconds.</param>
/// <param name="End">On the same clock.</param>
/// <param name="Thread">A number of the thread.</param>
/// <param name="Flops">Floating-point operations of the matrix products and convolutions in a kernel written in C#; 0 for others.</param>
/// <param name="IsBackwardNode">Whether it is a node of the backward graph, around the operators it runs.</param>
public readonly record struct OperatorEvent(string Name, long Start, long End, long Thread, double Flops, bool IsBackwardNode);

/// <summary>
/// Records what libtorch's operators (see <see cref="SeesOperators"/>) and the kernels written in C# do in this process, on every thread and in
/// backward passes too.
/// </summary>
/// <remarks>
/// A new kernel shows up by itself if it is a <see cref="TorchFunction"/>: as <c>anisora::</c> and the class's name without "Function", its
/// backward pass with "Backward" behind. One that runs outside of such a function says <c>using var record =
/// OperatorProfiler.Record("Name");</c> around its work. Both tell their matrix products to <see cref="CountFlops"/>.
/// </remarks>
public static partial class OperatorProfiler
{
    private static readonly List<OperatorEvent> _events = [];
    private static volatile bool _recording;
    [ThreadStatic] private static Kernel? _innermost;

    /// <summary>Begins to record.</summary>
    /// <exception cref="InvalidOperationException">A record is being made already.</exception>
    public static void Start()
    {
        lock (_events)
        {
            if (_recording)
                throw new InvalidOperationException("a profile is being recorded already");
            _events.Clear();
            _recording = true;
            Listen();
        }
    }

    /// <summary>Ends the record.</summary>
    /// <returns>The events by their start, and whether some were left out.</returns>
    /// <exception cref="InvalidOperationException">Nothing is being recorded.</exception>
    public static (IReadOnlyList<OperatorEvent> Events, bool Incomplete) Stop()
    {
        lock (_events)
        {
            if (!_recording)
                throw new InvalidOperationException("no profile is being recorded");
            _recording = false;
            StopListening();
            // An operator ends before the one it runs in: by start, the outer one first.
            List<OperatorEvent> events = [.. _events];
            events.Sort((a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : b.End.CompareTo(a.End));
            return (events, false);
        }
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
            Add(new(_name, _start, end, Environment.CurrentManagedThreadId, Flops, false));
        }
    }

    private static void Add(OperatorEvent done)
    {
        lock (_events)
            if (_recording)
                _events.Add(done);
    }

    private static long Now() => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000_000);
}
