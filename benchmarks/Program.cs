using System.Globalization;
using System.Text.Json;
using AniSora;
using AniSora.Benchmarks;
using AniSora.Benchmarks.Flow;
using AniSora.Benchmarks.Kernels;
using AniSora.Benchmarks.Masks;
using AniSora.Models.Runtime;

// bench [--out FILE] [--pairs N] [--seconds S] [--threads N] [--roof GFLOPS] [--against BENCH.DLL] [ROW …]: all rows, or those whose names
//   begin so, beside stock TorchSharp, or beside another build of this program.
// bench flow FOLDER [--pairs N] [--seed N] [--threads N]: optical flow beside OpenCV's, on pictures that lie in FOLDER.
// bench masks FOLDER: foreground masks against known alpha.
// bench metrics VIDEOS REAL [CLIPS]: PSNR and SSIM of two folders of equal file names beside ffmpeg's filters.
// bench kernels [ROUNDS] [ROW …]: masks' kernels beside memcpy, on all cores and on a GPU.
// bench draw [ROWS]: clips drawn by weight from a synthetic index, 10 million rows if nothing is said.
// bench soak ROW [STEPS]: our side of a row over and over, 2,000 times if nothing is said; what the process holds after each tenth.
// (worker ROW FOLDER SECONDS is how it runs its own side of a row, in a process of its own, and stock ROW FOLDER SECONDS the other side.)
TorchLibrary.Register(); // before the first tensor; no more than where libtorch is loaded from
if (args is ["worker" or "stock", var name, var folder, var time])
{
    Action<Row, string, double> work = args[0] == "stock" ? Worker.Stock : Worker.Ours;
    work(Rows.All.Single(r => r.Name == name), folder, double.Parse(time, CultureInfo.InvariantCulture));
    return 0;
}
// shots FILE … races shot detection (ShotRace).
if (args is ["shots-worker", var film])
{
    ShotRace.Work(film);
    return 0;
}
// shot-table FOLDER … joins films and looks for their cuts (Shots/ShotTable).
if (args is ["shot-table", .. var shotFolders])
    return AniSora.Benchmarks.Shots.ShotTable.Run(shotFolders);
if (args is ["shots", ..])
    return ShotRace.Run(args[1..], "/usr/bin/python3");

if (args is ["soak", var soaked, .. var count])
    return Soak.Run(Rows.All.Single(r => r.Name == soaked), count is [var steps] ? int.Parse(steps, CultureInfo.InvariantCulture) : 2000);

if (args is ["draw", .. var drawArgs])
    return LargeIndex.Run(drawArgs);

if (args is ["metrics", var made, var real, .. var clips])
{
    MetricRace.Run(made, real, clips.Length > 0 ? int.Parse(clips[0], CultureInfo.InvariantCulture) : 96);
    return 0;
}

if (args is ["masks", var maskFolder])
{
    MaskBenchmark.Run(maskFolder);
    return 0;
}

if (args is ["kernels", .. var kernelArgs])
{
    int rounds = kernelArgs is [var number, ..] && int.TryParse(number, out int given) ? given : 0;
    new KernelTable(rounds > 0 ? rounds : 10, kernelArgs[(rounds > 0 ? 1 : 0)..]).Write(Console.Out);
    return 0;
}

string? outFile = null, against = null, python = "/usr/bin/python3";
int pairs = 5, seed = 1, threads = Environment.ProcessorCount;
double seconds = 2;
double? roof = null;
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
        case "--roof": roof = double.Parse(Value(), CultureInfo.InvariantCulture); break;
        case "--against": against = Value(); break;
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
var driver = new Driver(threads, pairs, seconds, against, roof);
string peer = against is null ? "stock" : "other";
Console.WriteLine($"row                 ours / {peer}   aim     ours ms     {peer} ms   GFLOP/s   of roof   memory   difference");
foreach (var r in driver.Run(rows))
{
    results.Add(r);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{r.Name,-20}{r.Ratio,12:0.00}{r.Aim,6:0.00}{r.OursMs,12:0.000}{r.StockMs,13:0.000}{r.GflopPerSecond,10:0}{r.RoofShare,10:0%}{r.MemoryRatio,9:0.00}{r.Difference,13:0.0e+0}"));
}
if (outFile is not null)
    AtomicFile.WriteText(outFile, JsonSerializer.Serialize(
        new { threads, pairs, seconds, against, roof = driver.Roof, libtorch = __version__, rows = results }, new JsonSerializerOptions(Driver.Json) { WriteIndented = true }));
return 0;
