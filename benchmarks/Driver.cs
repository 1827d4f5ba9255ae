using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AniSora.Models.Fast;

namespace AniSora.Benchmarks;

/// <summary>One row's result.</summary>
/// <param name="Name">The row.</param>
/// <param name="What">For people.</param>
/// <param name="Aim">The ratio aimed at.</param>
/// <param name="Ratio">Median over pairs of ours / stock.</param>
/// <param name="Ratios">Of every pair.</param>
/// <param name="OursMs">Median time of a step, in milliseconds.</param>
/// <param name="StockMs">The same.</param>
/// <param name="GflopPerSecond">Ours; 0 where not counted.</param>
/// <param name="RoofShare">Of the roof.</param>
/// <param name="Difference">Largest difference of outputs, relative to the largest output.</param>
/// <param name="MemoryRatio">Ours / stock of peak resident memory.</param>
/// <param name="MemoryAim">The ratio aimed at; null = none.</param>
internal sealed record RowResult(
    string Name, string What, double Aim, double Ratio, double[] Ratios, double OursMs, double StockMs, double GflopPerSecond, double RoofShare, double Difference, double MemoryRatio, double? MemoryAim);

/// <summary>Runs both programs in turn and compares what they computed before it compares their times.</summary>
/// <param name="threads">Of both.</param>
/// <param name="pairs">How often each runs.</param>
/// <param name="seconds">How long each is measured.</param>
/// <param name="against">Another build's <c>bench.dll</c>, whose own side is raced instead of stock TorchSharp; null = stock.</param>
/// <param name="roof">The machine's float32 roof in GFLOP/s; null = it is measured.</param>
internal sealed class Driver(int threads, int pairs, double seconds, string? against, double? roof)
{
    public static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = false };

    /// <summary>The machine's roof, in GFLOP/s.</summary>
    public double Roof { get; } = roof ?? MatrixPeak(threads);

    public IEnumerable<RowResult> Run(IEnumerable<Row> rows)
    {
        Console.Error.WriteLine($"roof on {threads} threads: {Roof:0} GFLOP/s");
        foreach (var row in rows)
        {
            var folder = Directory.CreateTempSubdirectory("anisora-bench-");
            try
            {
                manual_seed(1);
                using (NewDisposeScope())
                    TensorFile.Save(Path.Combine(folder.FullName, "inputs.safetensors"), row.Inputs().Select(i => (i.Key, i.Value)));
                var measured = Enumerable.Range(0, pairs).Select(_ => (Stock: Peer(row, folder.FullName), Ours: Ours(row, folder.FullName))).ToList();
                yield return Result(row, measured, Difference(folder.FullName));
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
    }

    private RowResult Result(Row row, List<(Timing Stock, Timing Ours)> measured, double difference)
    {
        if (!(difference <= row.Tolerance))
            throw new InvalidOperationException($"{row.Name}: the two programs' outputs differ by {difference:e1}: they do not do the same work");
        double[] ratios = [.. measured.Select(m => Median(m.Ours.Seconds) / Median(m.Stock.Seconds))];
        double ours = Median([.. measured.Select(m => Median(m.Ours.Seconds))]), stock = Median([.. measured.Select(m => Median(m.Stock.Seconds))]);
        double rate = measured[0].Stock.Gflop / ours;
        return new RowResult(row.Name, row.What, row.Aim, Median(ratios), ratios, 1000 * ours / row.Repeats, 1000 * stock / row.Repeats, rate, rate / Roof, difference,
            Median([.. measured.Select(m => m.Ours.PeakMib / m.Stock.PeakMib)]), row.MemoryAim);
    }

    private Timing Ours(Row row, string folder) => Process(Environment.ProcessPath!, [.. Entry(), "worker", .. Arguments(row, folder)]);

    private Timing Peer(Row row, string folder)
    {
        if (against is null)
            return Process(Environment.ProcessPath!, [.. Entry(), "stock", .. Arguments(row, folder)]);
        var timing = Process("dotnet", [against, "worker", .. Arguments(row, folder)]);
        File.Move(Path.Combine(folder, Worker.OursFile), Path.Combine(folder, Worker.StockFile), overwrite: true);
        return timing;
    }

    private string[] Arguments(Row row, string folder) => [row.Name, folder, seconds.ToString(CultureInfo.InvariantCulture)];

    private static string[] Entry() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];

    private Timing Process(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        // A malloc that keeps large blocks, for both.
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = "1073741824";
        start.Environment["MALLOC_TRIM_THRESHOLD_"] = "2147483647";
        start.Environment["MALLOC_TOP_PAD_"] = "67108864";
        using var process = System.Diagnostics.Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed: {error.Result}");
        return JsonSerializer.Deserialize<Timing>(output.TrimEnd().Split('\n')[^1], Json)!;
    }

    /// <summary>The best of products of 1024 × 1024 matrices by the fastest library here.</summary>
    private static double MatrixPeak(int threads)
    {
        set_num_threads(threads);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor a = randn(1024, 1024), b = randn(1024, 1024);
        double best = double.MaxValue;
        for (int i = 0; i < 40; i++)
        {
            var watch = Stopwatch.StartNew();
            using (FastOps.Linear(a, b))
                best = Math.Min(best, watch.Elapsed.TotalSeconds);
        }
        return 2 * Math.Pow(1024, 3) / best / 1e9;
    }

    /// <summary>Over all outputs, the largest difference relative to that output's largest number.</summary>
    private static double Difference(string folder)
    {
        using var scope = NewDisposeScope();
        using var ours = SafeTensorsFile.Open(Path.Combine(folder, Worker.OursFile));
        using var stock = SafeTensorsFile.Open(Path.Combine(folder, Worker.StockFile));
        return ours.Names.Max(name =>
        {
            Tensor a = ours.Load(name), b = stock.Load(name).to(a.dtype);
            return ((a - b).abs().max() / b.abs().max().clamp(min: 1e-12)).item<float>();
        });
    }

    public static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
