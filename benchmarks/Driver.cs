using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace AniSora.Benchmarks;

/// <summary>One row's result.</summary>
/// <param name="Name">The row.</param>
/// <param name="What">For people.</param>
/// <param name="Aim">The ratio aimed at.</param>
/// <param name="Ratio">Median over pairs of ours / PyTorch.</param>
/// <param name="Ratios">Of every pair.</param>
/// <param name="OursMs">Median time of a step, in milliseconds.</param>
/// <param name="PyTorchMs">The same.</param>
/// <param name="GflopPerSecond">Ours; 0 where not counted.</param>
/// <param name="PeakShare">Of the machine's matrix-product peak, measured in the same run.</param>
/// <param name="Difference">Largest difference of outputs, relative to the largest output.</param>
/// <param name="MemoryRatio">Ours / PyTorch of peak resident memory.</param>
internal sealed record RowResult(
    string Name, string What, double Aim, double Ratio, double[] Ratios, double OursMs, double PyTorchMs, double GflopPerSecond, double PeakShare, double Difference, double MemoryRatio);

/// <summary>Runs both programs in turn and compares what they computed before it compares their times.</summary>
internal sealed class Driver(int threads, int pairs, double seconds, string python)
{
    private const double LargestDifference = 1e-3;

    public static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = false };

    public IEnumerable<RowResult> Run(IEnumerable<Row> rows)
    {
        double peak = MatrixPeak();
        Console.Error.WriteLine($"matrix products of 1024×1024 on {threads} threads: {peak:0} GFLOP/s");
        foreach (var row in rows)
        {
            var folder = Directory.CreateTempSubdirectory("anisora-bench-");
            try
            {
                manual_seed(1);
                using (NewDisposeScope())
                    SafeTensorsFile.Save(Path.Combine(folder.FullName, "inputs.safetensors"), row.Inputs().Select(i => (i.Key, i.Value)));
                var measured = Enumerable.Range(0, pairs).Select(_ => (Ours: Ours(row, folder.FullName), Twin: Twin(row, folder.FullName))).ToList();
                yield return Result(row, measured, Difference(folder.FullName), peak);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
    }

    private static RowResult Result(Row row, List<(Timing Ours, Timing Twin)> measured, double difference, double peak)
    {
        if (!(difference <= LargestDifference))
            throw new InvalidOperationException($"{row.Name}: the two programs' outputs differ by {difference:e1}: they do not do the same work");
        double[] ratios = [.. measured.Select(m => Median(m.Ours.Seconds) / Median(m.Twin.Seconds))];
        double ours = Median([.. measured.Select(m => Median(m.Ours.Seconds))]), twin = Median([.. measured.Select(m => Median(m.Twin.Seconds))]);
        double rate = measured[0].Ours.Gflop / ours;
        return new RowResult(row.Name, row.What, row.Aim, Median(ratios), ratios, 1000 * ours / row.Repeats, 1000 * twin / row.Repeats, rate, rate / peak, difference,
            Median([.. measured.Select(m => m.Ours.PeakMib / m.Twin.PeakMib)]));
    }

    private Timing Ours(Row row, string folder) =>
        Process(Environment.ProcessPath!, [.. Entry(), "worker", row.Name, folder, seconds.ToString(CultureInfo.InvariantCulture)]);

    private Timing Twin(Row row, string folder) =>
        Process(python, [Path.Combine(AppContext.BaseDirectory, "twin", "worker.py"), row.Name, folder, seconds.ToString(CultureInfo.InvariantCulture)]);

    private static string[] Entry() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];

    private Timing Process(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        if (program == python)
            TuneTwin(start);
        using var process = System.Diagnostics.Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed: {error.Result}");
        return JsonSerializer.Deserialize<Timing>(output.TrimEnd().Split('\n')[^1], Json)!;
    }

    /// <summary>The twin gets the settings that our shim makes: BLAS on OpenMP's threads, and a malloc that keeps large blocks.</summary>
    private static void TuneTwin(ProcessStartInfo start)
    {
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = "1073741824";
        start.Environment["MALLOC_TRIM_THRESHOLD_"] = "2147483647";
        start.Environment["MALLOC_TOP_PAD_"] = "67108864";
        string blas = Path.GetDirectoryName(TorchRuntime.Report().BlasPaths.FirstOrDefault(p => p.Contains("openmp", StringComparison.Ordinal))) ?? "";
        if (blas.Length > 0)
            start.Environment["LD_LIBRARY_PATH"] = blas;
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
    }

    private double MatrixPeak()
    {
        set_num_threads(threads);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor a = randn(1024, 1024), b = randn(1024, 1024);
        double best = double.MaxValue;
        for (int i = 0; i < 40; i++)
        {
            var watch = Stopwatch.StartNew();
            using (a.mm(b))
                best = Math.Min(best, watch.Elapsed.TotalSeconds);
        }
        return 2 * Math.Pow(1024, 3) / best / 1e9;
    }

    /// <summary>Over all outputs, the largest difference relative to that output's largest number.</summary>
    private static double Difference(string folder)
    {
        using var scope = NewDisposeScope();
        using var ours = SafeTensorsFile.Open(Path.Combine(folder, "ours.safetensors"));
        using var twin = SafeTensorsFile.Open(Path.Combine(folder, "twin.safetensors"));
        return ours.Names.Max(name =>
        {
            Tensor a = ours.Load(name), b = twin.Load(name);
            return ((a - b).abs().max() / b.abs().max().clamp(min: 1e-12)).item<float>();
        });
    }

    public static double Median(double[] values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
