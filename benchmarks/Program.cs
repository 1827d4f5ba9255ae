using System.Globalization;
using System.Text.Json;
using AniSora.Benchmarks;
using AniSora.Benchmarks.Flow;
using AniSora.Benchmarks.Kernels;

// bench [--out FILE] [--pairs N] [--seconds S] [--threads N] [ROW …]: all rows, or those whose names begin so.
// bench flow FOLDER [--pairs N] [--seed N] [--threads N]: optical flow beside OpenCV's, on pictures that lie in FOLDER.
// bench kernels [ROUNDS] [ROW …]: masks' kernels beside memcpy, on all cores and on an OpenCL device.
// bench draw [ROWS]: clips drawn by weight from a synthetic index, 10 million rows if nothing is said.
// (worker ROW FOLDER SECONDS is how it runs its own side of a row, in a process of its own.)
if (args is ["worker", var name, var folder, var time])
{
    Worker.Run(Rows.All.Single(r => r.Name == name), folder, double.Parse(time, CultureInfo.InvariantCulture));
    return 0;
}
// shots FILE … races shot detection (ShotRace).
if (args is ["shots-worker", var film])
{
    ShotRace.Work(film);
    return 0;
}
if (args is ["shots", ..])
    return ShotRace.Run(args[1..], "/usr/bin/python3");

if (args is ["draw", .. var drawArgs])
    return LargeIndex.Run(drawArgs);

if (args is ["kernels", .. var kernelArgs])
{
    int rounds = kernelArgs is [var number, ..] && int.TryParse(number, out int given) ? given : 0;
    new KernelTable(rounds > 0 ? rounds : 10, kernelArgs[(rounds > 0 ? 1 : 0)..]).Write(Console.Out);
    return 0;
}

string? outFile = null, python = "/usr/bin/python3";
int pairs = 5, seed = 1, threads = Environment.ProcessorCount;
double seconds = 2;
var wanted = new List<string>();
for (int i = 0; i < args.Length; i++)
{
    string Value() => ++i < args.Length ? args[i] : throw new InputException($"{args[i - 1]} needs a value");
    switch (args[i])
    {
        case "--out": outFile = Value(); break;
        case "--pairs": pairs = int.Parse(Value(), CultureInfo.InvariantCulture); break;
        case "--seconds": seconds = double.Parse(Value(), CultureInfo.InvariantCulture); break;
        case "--threads": threads = int.Parse(Value(), CultureInfo.InvariantCulture); break;
        case "--seed": seed = int.Parse(Value(), CultureInfo.InvariantCulture); break;
        case "--python": python = Value(); break;
        default: wanted.Add(args[i]); break;
    }
}
if (wanted is ["flow", var footage])
{
    FlowBenchmark.Run(footage, pairs, seed, rounds: 10, python, threads);
    return 0;
}
var rows = Rows.All.Where(r => wanted.Count == 0 || wanted.Any(w => r.Name.StartsWith(w, StringComparison.Ordinal))).ToList();
if (rows.Count == 0)
{
    Console.Error.WriteLine($"error: no such row; known: {string.Join(", ", Rows.All.Select(r => r.Name))}");
    return 2;
}

var results = new List<RowResult>();
Console.WriteLine("row             ours / PyTorch   aim     ours ms   PyTorch ms   GFLOP/s   of peak   memory   difference");
foreach (var r in new Driver(threads, pairs, seconds, python).Run(rows))
{
    results.Add(r);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{r.Name,-16}{r.Ratio,14:0.00}{r.Aim,6:0.00}{r.OursMs,12:0.000}{r.PyTorchMs,13:0.000}{r.GflopPerSecond,10:0}{r.PeakShare,10:0%}{r.MemoryRatio,9:0.00}{r.Difference,13:0.0e+0}"));
}
if (outFile is not null)
    AtomicFile.WriteText(outFile, JsonSerializer.Serialize(new { threads, pairs, seconds, libtorch = TorchRuntime.Version, rows = results }, new JsonSerializerOptions(Driver.Json) { WriteIndented = true }));
return 0;
