using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AniSora.Benchmarks.Stock;

namespace AniSora.Benchmarks;

/// <summary>What a program reports of a row.</summary>
/// <param name="Seconds">Of each step.</param>
/// <param name="PeakMib">Most memory that the process had resident, in MiB.</param>
/// <param name="Gflop">Of a step, in matrix products and convolutions as the plain algorithms have them; 0 where they are not counted.</param>
internal sealed record Timing(double[] Seconds, double PeakMib, double Gflop);

/// <summary>One side of a row, in a process of its own.</summary>
internal static class Worker
{
    /// <summary>What our side computed in its first step, in the row's folder.</summary>
    public const string OursFile = "ours.safetensors";

    /// <summary>The same of the stock side.</summary>
    public const string StockFile = "stock.safetensors";

    public static void Ours(Row row, string folder, double seconds)
    {
        using var inputs = SafeTensorsFile.Open(Path.Combine(folder, "inputs.safetensors"));
        var (times, peak) = Measure(row.Ours(inputs), Path.Combine(folder, OursFile), seconds);
        Report(new(times, peak, 0));
    }

    public static void Stock(Row row, string folder, double seconds)
    {
        using var inputs = SafeTensorsFile.Open(Path.Combine(folder, "inputs.safetensors"));
        var side = row.Stock(inputs);
        var (times, peak) = Measure(side.Step, Path.Combine(folder, StockFile), seconds);
        var count = new FlopCount(side.Models);
        using (NewDisposeScope())
            side.Step();
        Report(new(times, peak, row.Passes * (row.Gflop > 0 ? row.Gflop : count.Flops / 1e9)));
    }

    private static (double[] Times, double Peak) Measure(Step step, string file, double seconds)
    {
        using (NewDisposeScope())
            TensorFile.Save(file, step().Select(o => (o.Key, o.Value.detach().contiguous())));
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
        return ([.. times], PeakMib());
    }

    private static void Report(Timing timing) => Console.WriteLine(JsonSerializer.Serialize(timing, Driver.Json));

    private static double PeakMib() => double.Parse(
        File.ReadLines("/proc/self/status").Single(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;
}
