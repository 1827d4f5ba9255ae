using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using AniSora.Models.Fast;

namespace AniSora.Training.Train;

/// <summary>
/// Where the time of a few training steps goes: phases and operators, as a Chrome trace (chrome://tracing, Perfetto) and as a table. The
/// first steps are left out, since they also compile and warm up.
/// </summary>
public sealed class StepProfile
{
    /// <summary>Steps before the record begins.</summary>
    public const int WarmUp = 3;

    /// <summary>Steps that are recorded.</summary>
    public const int Steps = 5;

    private readonly string _path;
    private readonly Device _device;
    private readonly List<(string Name, long Start, long End)> _phases = [];
    private readonly List<(long Time, long Bytes)> _memory = [];
    private int _seen;
    private bool _recording;

    /// <summary>A profile that will be written to a file.</summary>
    /// <param name="path">The trace (JSON).</param>
    /// <param name="device">What the steps run on; null = the CPU. A GPU works on behind: phases wait for it, operators show their launch.</param>
    public StepProfile(string path, Device? device = null) => (_path, _device) = (path, device ?? CPU);

    /// <summary>To be called before each step.</summary>
    public void BeforeStep()
    {
        if (_seen++ != WarmUp)
            return;
        // The trace's time begins here, before the first operator that is recorded on any thread.
        Remember();
        OperatorProfiler.Start();
        _recording = true;
    }

    /// <summary>To be called after each step.</summary>
    /// <returns>After the last recorded one a table for people, otherwise null.</returns>
    public string? AfterStep()
    {
        if (!_recording)
            return null;
        Remember();
        if (_seen < WarmUp + Steps)
            return null;
        _recording = false;
        var (events, incomplete) = OperatorProfiler.Stop();
        AtomicFile.WriteText(_path, Trace(events));
        return Table(events) + (incomplete ? "\n(there were more operators than a record holds; the last ones are missing)" : "") + $"\ntrace: {_path} (open it in chrome://tracing or ui.perfetto.dev)";
    }

    /// <summary>Names what happens until disposed.</summary>
    public IDisposable? Phase(string name) => _recording ? new OpenPhase(this, name) : null;

    /// <summary>The time that each event takes by itself, without what it runs inside.</summary>
    internal static double[] OwnSeconds(IReadOnlyList<OperatorEvent> events)
    {
        var own = new double[events.Count];
        var open = new Dictionary<long, Stack<int>>();
        for (int i = 0; i < events.Count; i++)
        {
            var e = events[i];
            own[i] = (e.End - e.Start) * 1e-9;
            if (!open.TryGetValue(e.Thread, out var stack))
                open[e.Thread] = stack = new();
            while (stack.TryPeek(out int outer) && events[outer].End <= e.Start)
                stack.Pop();
            if (stack.TryPeek(out int around))
                own[around] -= (e.End - e.Start) * 1e-9;
            stack.Push(i);
        }
        return own;
    }

    private void Remember()
    {
        // The second number of statm is the resident set in pages.
        long pages = long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture);
        _memory.Add((Stopwatch.GetTimestamp(), pages * Environment.SystemPageSize));
    }

    private string Table(IReadOnlyList<OperatorEvent> events)
    {
        double total = (_memory[^1].Time - _memory[0].Time) * 1e-9;
        var own = OwnSeconds(events);
        var text = new StringBuilder();
        double flops = events.Sum(e => e.Flops);
        text.AppendLine(CultureInfo.InvariantCulture, $"{Steps} steps in {total:0.00} s, {flops / total / 1e9:0.0} GFLOP/s in matrix products and convolutions, {_memory.Max(m => m.Bytes) / 1048576.0:0} MiB resident at most");
        text.AppendLine();
        text.AppendLine("phase                      ms a step   share");
        foreach (var phase in _phases.GroupBy(p => p.Name))
        {
            double seconds = phase.Sum(p => (p.End - p.Start) * 1e-9);
            text.AppendLine(CultureInfo.InvariantCulture, $"{phase.Key,-24}{1000 * seconds / Steps,12:0.0}{seconds / total,8:0.0%}");
        }
        text.AppendLine();
        text.AppendLine("operator, by itself                       ms a step   share   calls a step   GFLOP/s");
        var rows = events.Select((e, i) => (e.Name, Own: own[i], e.Flops)).GroupBy(e => e.Name)
            .Select(g => (g.Key, Own: g.Sum(e => e.Own), Calls: g.Count(), Flops: g.Sum(e => e.Flops)))
            .OrderByDescending(r => r.Own).Take(20);
        foreach (var (name, seconds, calls, rowFlops) in rows)
        {
            string rate = rowFlops > 0 ? (rowFlops / seconds / 1e9).ToString("0.0", CultureInfo.InvariantCulture) : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"{name,-38}{1000 * seconds / Steps,13:0.0}{seconds / total,8:0.0%}{calls / (double)Steps,15:0}{rate,10}");
        }
        return text.ToString().TrimEnd();
    }

    private string Trace(IReadOnlyList<OperatorEvent> events)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            long origin = _memory[0].Time;
            double Micro(long time) => (time - origin) / 1000.0;
            json.WriteStartObject();
            json.WriteStartArray("traceEvents");
            void Complete(string name, string category, long thread, long start, long end, double flops = 0)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteString("cat", category);
                json.WriteString("ph", "X");
                json.WriteNumber("pid", 1);
                json.WriteNumber("tid", thread);
                json.WriteNumber("ts", Micro(start));
                json.WriteNumber("dur", (end - start) / 1000.0);
                if (flops > 0)
                {
                    json.WriteStartObject("args");
                    json.WriteNumber("GFLOP", flops / 1e9);
                    json.WriteNumber("GFLOP/s", flops / Math.Max(1, end - start));
                    json.WriteEndObject();
                }
                json.WriteEndObject();
            }
            foreach (var (name, start, end) in _phases)
                Complete(name, "phase", 0, start, end);
            foreach (var e in events)
                Complete(e.Name, e.IsBackwardNode ? "backward" : "operator", e.Thread, e.Start, e.End, e.Flops);
            foreach (var (time, bytes) in _memory)
            {
                json.WriteStartObject();
                json.WriteString("name", "resident memory");
                json.WriteString("ph", "C");
                json.WriteNumber("pid", 1);
                json.WriteNumber("ts", Micro(time));
                json.WriteStartObject("args");
                json.WriteNumber("MiB", bytes / 1048576.0);
                json.WriteEndObject();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("displayTimeUnit", "ms");
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private sealed class OpenPhase(StepProfile profile, string name) : IDisposable
    {
        private readonly long _start = Stopwatch.GetTimestamp();

        public void Dispose()
        {
            if (profile._device.type == DeviceType.CUDA)
                cuda.synchronize(profile._device);
            profile._phases.Add((name, _start, Stopwatch.GetTimestamp()));
        }
    }
}
