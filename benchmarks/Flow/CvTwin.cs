using System.Diagnostics;
using System.Globalization;

namespace AniSora.Benchmarks.Flow;

/// <summary>OpenCV's estimators in a Python process (<c>twin/flow.py</c>) that answers line by line, so that both programs can be timed in turn.</summary>
internal sealed class CvTwin : IDisposable
{
    private readonly Process _process;

    public CvTwin(string python, int threads)
    {
        var start = new ProcessStartInfo(python, [Path.Combine(AppContext.BaseDirectory, "twin", "flow.py"), threads.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        _process = Process.Start(start)!;
        Version = Answer();
    }

    /// <summary>Of OpenCV.</summary>
    public string Version { get; }

    /// <summary>Hands over a pair: two RGB files <c>[H, W, 3]</c>.</summary>
    public void Load(string first, string second, int width, int height) => Ask($"load {first} {second} {width} {height}");

    /// <summary>Estimates once and writes u and v, float32 <c>[H, W, 2]</c>.</summary>
    public void Estimate(string method, string file) => Ask($"flow {method} {file}");

    /// <summary>Seconds of one estimate, from RGB frames to the field; the best of a few.</summary>
    public double Time(string method, int repeats) => double.Parse(Ask($"time {method} {repeats}"), CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private string Ask(string question)
    {
        _process.StandardInput.WriteLine(question);
        _process.StandardInput.Flush();
        return Answer();
    }

    private string Answer() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the Python process of OpenCV ended (Debian's python3-opencv is needed)");
}
