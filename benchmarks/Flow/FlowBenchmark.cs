using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using AniSora.Kernels;

namespace AniSora.Benchmarks.Flow;

/// <summary><c>bench flow FOLDER</c>: end-point errors on pairs of known motion, and times, beside OpenCV's estimators.</summary>
internal static class FlowBenchmark
{
    private static readonly string[] _peers = ["dis-ultrafast", "dis-fast", "dis-medium", "farneback"];
    private static readonly FlowQuality[] _ours = [FlowQuality.Fast, FlowQuality.Accurate];

    /// <param name="footage">Where the packages lie unpacked.</param>
    /// <param name="perCell">Pairs for each kind of motion and reach.</param>
    /// <param name="seed">Of the scenes.</param>
    /// <param name="rounds">Of timing, both programs in turn.</param>
    /// <param name="python">Debian's.</param>
    /// <param name="threads">OpenCV's; ours uses all cores.</param>
    public static void Run(string footage, int perCell, int seed, int rounds, string python, int threads)
    {
        var scratch = Directory.CreateTempSubdirectory("anisora-flow-");
        try
        {
            using var twin = new CvTwin(python, threads);
            Console.WriteLine($"OpenCV {twin.Version}, {FlowPairs.Width}×{FlowPairs.Height}, {perCell} pairs per kind and reach, seed {seed}");
            var results = new List<(FlowPair Pair, double[] Errors)>();
            foreach (var pair in FlowPairs.Draw(Footage.Backgrounds(footage), Footage.Figures(footage), perCell, seed))
            {
                Hand(twin, pair, scratch.FullName);
                results.Add((pair, [.. _ours.Select(q => Error(pair, q)), .. _peers.Select(m => Error(twin, pair, m, scratch.FullName))]));
            }

            Console.WriteLine($"{"mean end-point error",-22}{string.Join("", _ours.Select(q => $"{q.ToString().ToLowerInvariant(),15}").Concat(_peers.Select(m => $"{m,15}")))}");
            foreach (var group in results.GroupBy(r => r.Pair.Kind))
                Print(group.Key, group);
            foreach (var group in results.GroupBy(r => r.Pair.Reach))
                Print(string.Create(CultureInfo.InvariantCulture, $"reach {group.Key} px"), group);
            Print("all", results);
            Times(twin, results, rounds, scratch.FullName);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static void Print(string name, IEnumerable<(FlowPair Pair, double[] Errors)> results)
    {
        var all = results.ToList();
        string means = string.Join("", Enumerable.Range(0, all[0].Errors.Length).Select(k => all.Average(r => r.Errors[k]).ToString("0.000", CultureInfo.InvariantCulture).PadLeft(15)));
        Console.WriteLine($"{$"{name} ({all.Count})",-22}{means}");
    }

    // In turn, a few estimates each: what disturbs one disturbs the other. From RGB frames to the field, on both sides.
    private static void Times(CvTwin twin, List<(FlowPair Pair, double[] Errors)> results, int rounds, string scratch)
    {
        const int repeats = 20;
        double[] ours = [.. _ours.Select(_ => double.MaxValue)], peers = [.. _peers.Select(_ => double.MaxValue)];
        FlowPair[] pairs = [.. results.Where((_, i) => i % Math.Max(1, results.Count / 6) == 0).Select(r => r.Pair)];
        double[] oursSum = new double[ours.Length], peersSum = new double[peers.Length];
        foreach (var pair in pairs)
        {
            Hand(twin, pair, scratch);
            Array.Fill(ours, double.MaxValue);
            Array.Fill(peers, double.MaxValue);
            for (int round = 0; round < rounds; round++)
            {
                for (int k = 0; k < _ours.Length; k++)
                    ours[k] = Math.Min(ours[k], Time(pair, _ours[k], repeats));
                for (int k = 0; k < _peers.Length; k++)
                    peers[k] = Math.Min(peers[k], twin.Time(_peers[k], repeats));
            }

            for (int k = 0; k < ours.Length; k++)
                oursSum[k] += ours[k] / pairs.Length;
            for (int k = 0; k < peers.Length; k++)
                peersSum[k] += peers[k] / pairs.Length;
        }

        string Row(Func<double, string> format) => string.Join("", oursSum.Concat(peersSum).Select(s => format(s).PadLeft(15)));
        Console.WriteLine($"{"milliseconds",-22}{Row(s => (1000 * s).ToString("0.000", CultureInfo.InvariantCulture))}");
        Console.WriteLine($"{"of dis-ultrafast's",-22}{Row(s => (s / peersSum[0]).ToString("0.00", CultureInfo.InvariantCulture))}");
    }

    private static double Time(FlowPair pair, FlowQuality quality, int repeats)
    {
        double best = double.MaxValue;
        for (int i = 0; i < repeats; i++)
        {
            long start = Stopwatch.GetTimestamp();
            OpticalFlow.Estimate(pair.First, pair.Second, 3, pair.Width, pair.Height, quality);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static double Error(FlowPair pair, FlowQuality quality)
    {
        var field = OpticalFlow.Estimate(pair.First, pair.Second, 3, pair.Width, pair.Height, quality);
        return pair.EndPointError(field.U, field.V);
    }

    private static double Error(CvTwin twin, FlowPair pair, string method, string scratch)
    {
        string file = Path.Combine(scratch, "field");
        twin.Estimate(method, file);
        var values = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(file)).ToArray();
        float[] u = [.. values.Where((_, i) => i % 2 == 0)], v = [.. values.Where((_, i) => i % 2 == 1)];
        return pair.EndPointError(u, v);
    }

    private static void Hand(CvTwin twin, FlowPair pair, string scratch)
    {
        string a = Path.Combine(scratch, "a"), b = Path.Combine(scratch, "b");
        File.WriteAllBytes(a, pair.First);
        File.WriteAllBytes(b, pair.Second);
        twin.Load(a, b, pair.Width, pair.Height);
    }
}
