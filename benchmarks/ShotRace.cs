using System.Diagnostics;
using System.Globalization;
using AniSora.Data.Pipeline;
using AniSora.Data.Pipeline.Shots;

namespace AniSora.Benchmarks;

/// <summary>
/// <c>bench shots FILE …</c>: shot detection against PySceneDetect's algorithm in Python (<c>twin/shots.py</c>) on the same films. Both are whole
/// processes, decoding included, one after the other in pairs; the least time of each counts.
/// </summary>
internal static class ShotRace
{
    private const int Pairs = 5;

    /// <summary>Our side, in a process of its own.</summary>
    public static void Work(string path)
    {
        var probe = FilmProbe.Probe(path, path);
        var found = probe.Readable ? FilmShots.Find(path, probe, new ShotConfig()) : throw new InputException($"{path}: {probe.Reason}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"frames\": {found.Frames}, \"transitions\": {found.Transitions.Count}}}"));
    }

    /// <summary>Races on every film.</summary>
    public static int Run(IReadOnlyList<string> films, string python)
    {
        if (films.Count == 0)
        {
            Console.Error.WriteLine("error: name one film or more: bench shots FILE …");
            return 2;
        }
        Console.WriteLine("film                      frames   ours s   Python s   ratio   ours / Python found");
        foreach (string film in films)
        {
            string[] own = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
            var (ours, twin) = (double.MaxValue, double.MaxValue);
            string said = "", twinSaid = "";
            for (int i = 0; i < Pairs; i++)
            {
                ours = Math.Min(ours, Time(Environment.ProcessPath!, [.. own, "shots-worker", film], out said));
                twin = Math.Min(twin, Time(python, [Path.Combine(AppContext.BaseDirectory, "twin", "shots.py"), film], out twinSaid));
            }
            using var found = System.Text.Json.JsonDocument.Parse(said);
            using var twinFound = System.Text.Json.JsonDocument.Parse(twinSaid);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Path.GetFileName(film),-24}{found.RootElement.GetProperty("frames").GetInt32(),8}{ours,9:0.00}{twin,11:0.00}{ours / twin,8:0.00}   {found.RootElement.GetProperty("transitions").GetInt32()} / {twinFound.RootElement.GetProperty("cuts").GetArrayLength()}"));
        }
        return 0;
    }

    private static double Time(string program, string[] arguments, out string output)
    {
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? watch.Elapsed.TotalSeconds : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with code {process.ExitCode}");
    }
}
