using System.Diagnostics;
using System.Text.Json;

namespace AniSora.Benchmarks;

/// <summary>What a program reports of a row.</summary>
/// <param name="Seconds">Of each step.</param>
/// <param name="PeakMib">Most memory that the process had resident, in MiB.</param>
/// <param name="Gflop">Of a step, in matrix products and convolutions; 0 where they are not counted.</param>
internal sealed record Timing(double[] Seconds, double PeakMib, double Gflop);

/// <summary>Our side of a row, in a process of its own; <c>twin/worker.py</c> is the other side, in the same order.</summary>
internal static class Worker
{
    public static void Run(Row row, string folder, double seconds)
    {
        using var inputs = SafeTensorsFile.Open(Path.Combine(folder, "inputs.safetensors"));
        var step = row.Make(inputs);
        using (NewDisposeScope())
            SafeTensorsFile.Save(Path.Combine(folder, "ours.safetensors"), step().Select(o => (o.Key, o.Value.detach().contiguous())));
        for (int i = 0; i < 2; i++)
            using (NewDisposeScope())
                step();

        var times = new List<double>();
        var all = Stopwatch.StartNew();
        while (times.Count < 5 || all.Elapsed.TotalSeconds < seconds)
        {
            var watch = Stopwatch.StartNew();
            using (NewDisposeScope())
                step();
            times.Add(watch.Elapsed.TotalSeconds);
        }
        double peak = PeakMib();

        double flops = 0;
        if (row.CountsFlops)
        {
            // Counted in libtorch's own operators: the products of the plain computation, whatever a kernel saves or does twice.
            using var plain = FastOps.Plain();
            OperatorProfiler.Start();
            using (NewDisposeScope())
                step();
            flops = OperatorProfiler.Stop().Events.Sum(e => e.Flops);
        }
        Console.WriteLine(JsonSerializer.Serialize(new Timing([.. times], peak, flops / 1e9), Driver.Json));
    }

    private static double PeakMib() => double.Parse(
        File.ReadLines("/proc/self/status").Single(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        System.Globalization.CultureInfo.InvariantCulture) / 1024;
}
