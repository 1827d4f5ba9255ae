using System.Diagnostics;
using System.Globalization;
using AniSora.Display;
using AniSora.Display.Notebook;
using AniSora.Pictures;

namespace AniSora.Browser.Tests;

/// <summary>Following a run by its files, in this process and in another.</summary>
[Collection(NotebookCollection.Name)]
public sealed class TrainingDashboardTests(Chromium browser) : IClassFixture<Chromium>, IDisposable
{
    private static readonly DashboardOptions Quick = new() { Every = TimeSpan.FromMilliseconds(20), Patience = TimeSpan.FromMilliseconds(300) };
    private readonly string _run = Path.Combine(Directory.CreateTempSubdirectory("anisora-run-").FullName, "dit");

    private string Metrics => Path.Combine(_run, "metrics.jsonl");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_run)!, recursive: true);

    private static string Line(int step, double? heldOut = null) => string.Create(CultureInfo.InvariantCulture,
        $$"""{"step":{{step}},"lr":{{5e-4 * Math.Min(1, step / 20.0)}},"grad_norm":{{0.2 + 0.1 * Math.Sin(step)}},"seconds":{{(step == 1 ? 7.2 : 0.52 + 0.03 * Math.Cos(step))}},"trained":{{7 + 0.52 * step}},"loss":{{0.3 + 1.2 * Math.Exp(-step / 60.0) + 0.1 * Math.Sin(7.0 * step)}}{{(heldOut is { } v ? $",\"heldout_loss\":{v + 0.02},\"heldout_psnr\":{24 - 4 * v}" : "")}}}""") + "\n";

    private void Begin(int steps)
    {
        Directory.CreateDirectory(Path.Combine(_run, "samples"));
        File.WriteAllText(Path.Combine(_run, "config.json"), """{"schedule": {"steps": 400}}""");
        File.WriteAllText(Metrics, string.Concat(Enumerable.Range(1, steps).Select(s => Line(s, s % 50 == 0 ? 0.3 + 1.2 * Math.Exp(-s / 60.0) : null))));
    }

    /// <summary>What a training does with its folder: its lock is open as long as it goes on.</summary>
    private FileStream Claim()
    {
        Directory.CreateDirectory(_run);
        var claim = new FileStream(Path.Combine(_run, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        File.WriteAllText(Path.Combine(_run, ".writer"), $"process {Environment.ProcessId} on {Environment.MachineName}");
        return claim;
    }

    [Fact]
    public async Task A_run_is_followed_from_before_its_start_through_a_rewind_to_its_end()
    {
        using var notebook = new RecordingNotebook();
        var following = Task.Run(() => TrainingDashboard.Follow(_run, options: Quick), TestContext.Current.CancellationToken);
        await Until(() => notebook.Shown.Count == 1);
        Assert.Contains("waiting for the first step", Text(notebook), StringComparison.Ordinal);
        using (Claim())
        {
            Begin(100);
            await Until(() => Text(notebook).Contains("of 400 steps 100", StringComparison.Ordinal));
            await File.AppendAllTextAsync(Metrics, Line(101)[..30], TestContext.Current.CancellationToken); // half a line
            await File.AppendAllTextAsync(Metrics, Line(101)[30..] + Line(102), TestContext.Current.CancellationToken);
            await Until(() => Text(notebook).Contains("of 400 steps 102", StringComparison.Ordinal));
            // Taken up from the checkpoint of step 80: the log is written anew, under the same name.
            string rewound = Metrics + ".new";
            await File.WriteAllTextAsync(rewound, string.Concat(Enumerable.Range(1, 81).Select(s => Line(s))).Replace("\"step\":81,\"lr\":", "\"step\":81,\"lr\": ", StringComparison.Ordinal), TestContext.Current.CancellationToken);
            File.Move(rewound, Metrics, overwrite: true);
            await Until(() => Text(notebook).Contains("of 400 steps 81", StringComparison.Ordinal));
            Assert.Contains("taken up again once", Text(notebook), StringComparison.Ordinal);
            Assert.False(following.IsCompleted);
        }
        Assert.Equal(81, await following);
        Assert.Contains("dit: ended", Text(notebook), StringComparison.Ordinal);
        Assert.Single(notebook.Shown.Select(s => s.Id).Distinct());
    }

    [Fact]
    public async Task Interrupting_the_cell_ends_the_following_at_once_and_not_the_run()
    {
        using var notebook = new RecordingNotebook();
        using var claim = Claim();
        Begin(10);
        var following = Task.Run(() => TrainingDashboard.Follow(_run, options: Quick with { Every = TimeSpan.FromHours(1) }), TestContext.Current.CancellationToken);
        await Until(() => notebook.Shown.Count == 1);
        notebook.Interrupt();
        Assert.Equal(10, await following);
        Assert.Contains("the run itself goes on", Text(notebook), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_in_another_process_is_seen_as_long_as_it_holds_its_lock()
    {
        Directory.CreateDirectory(_run);
        Assert.False(RunWriter.IsThere(_run));
        string lockFile = Path.Combine(_run, ".lock");
        using var other = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec 9>'{lockFile}'; echo ready; read line"]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        Assert.Equal("ready", other.StandardOutput.ReadLine());
        File.WriteAllText(Path.Combine(_run, ".writer"), $"process {other.Id} on {Environment.MachineName}");
        Assert.True(RunWriter.IsThere(_run));
        other.StandardInput.Close();
        other.WaitForExit();
        Assert.False(RunWriter.IsThere(_run));
        File.WriteAllText(Path.Combine(_run, ".writer"), "process 1 on another-host");
        Assert.Null(RunWriter.IsThere(_run)); // nobody can tell from here
    }

    [Fact]
    public void A_run_that_never_begins_is_given_up_when_asked_to()
    {
        using var notebook = new RecordingNotebook();
        var error = Assert.Throws<TimeoutException>(() => TrainingDashboard.Follow(_run, options: Quick with { WaitForStart = TimeSpan.FromMilliseconds(50) }));
        Assert.Contains("is this the run's folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_that_cannot_be_read_are_passed_over_and_infinities_are_not()
    {
        Directory.CreateDirectory(_run);
        File.WriteAllText(Metrics, "{\"step\":1,\"loss\":2}\nnot json\n[1]\n{\"loss\":3}\n{\"step\":2,\"loss\":\"NaN\"}\n{\"step\":3,\"loss\":\"Infinity\"}\n{\"step\":4,\"loss\":1}\n");
        var tail = new MetricsTail(Metrics);
        Assert.True(tail.Read());
        Assert.Equal([1.0, 2, 3, 4], tail.Series["loss"].Steps);
        Assert.Equal([2.0, double.NaN, double.PositiveInfinity, 1], tail.Series["loss"].Values);
        Assert.Equal(3, tail.Unreadable);
        Assert.False(tail.Read());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_dashboard_looks_right_without_a_kernel(bool dark)
    {
        Begin(260);
        var walkers = Enumerable.Range(0, 2).Select(SampleDemo.Walker).ToArray();
        var pixels = walkers.SelectMany(w => Enumerable.Range(0, 64).SelectMany(y => Enumerable.Range(0, 8).SelectMany(t => w.Frame(2 * t).Slice(y * 64 * 3, 64 * 3).ToArray()))).ToArray();
        await File.WriteAllBytesAsync(Path.Combine(_run, "samples", "00000250.png"), Png.Encode(pixels, 8 * 64, 2 * 64, 3), TestContext.Current.CancellationToken);
        using var claim = Claim();
        var dashboard = TrainingDashboard.Of(_run);
        using var written = dark ? NotebookPage.Dark(dashboard) : NotebookPage.Of(dashboard);
        await using var open = await browser.OpenAsync(written.File, width: 1020, hasPlayers: false);
        string text = await open.Page.InnerTextAsync("body");
        Assert.All(["training", "260", "of 400 steps", "Samples of step 250", "dB on held-out clips"], expected => Assert.Contains(expected, text, StringComparison.Ordinal));
        Assert.Equal(4, await open.Page.Locator("svg[role=img]").CountAsync());
        await open.ScreenshotAsync(dark ? "notebook-dashboard-dark" : "notebook-dashboard", whole: true);
        Assert.Empty(open.Problems);
    }

    private static string Text(RecordingNotebook notebook) => notebook.Shown.Count == 0 ? "" : (string)notebook.Shown[^1].Bundle.Data["text/plain"];

    private static async Task Until(Func<bool> condition)
    {
        // A limit only for what never comes.
        for (int i = 0; i < 6000 && !condition(); i++)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.True(condition());
    }
}
