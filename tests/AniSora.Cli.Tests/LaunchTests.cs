using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AniSora.Cli.Tests;

/// <summary>Jobs of several processes, as a user starts them.</summary>
[Collection(RealDataCollection.Name)]
public sealed class LaunchTests(RealData real)
{
    /// <summary>Steps of a run that is to be stopped: so many that it is at work whenever a signal comes, on any machine.</summary>
    internal const string Endless = "1000000";

    private static readonly string[] _two = ["launch", "--processes", "2"];

    /// <summary>No measurements, and no checkpoints but the last.</summary>
    private static readonly string[] _noStops = ["--set", "schedule.evaluate_every=0", "--set", "schedule.checkpoint_every=0"];

    [Fact]
    public async Task A_killed_rank_ends_the_job_is_named_and_the_restarted_job_makes_the_same_losses()
    {
        NeedMpirun();
        using var folder = new TemporaryFolder();
        string[] Train(string run) =>
            ["train", "vae", "--preset", "debug", "--data", real.Data, "--out", run, "--steps", Endless, "--resume",
             "--set", "schedule.evaluate_every=0", "--set", "schedule.checkpoint_every=4", "--rank-timeout", "60"];
        var result = await CliRunner.RunAsync([.. _two, "--restarts", "1", .. Train(folder["broken"])], folder: null, environment: null, started: async launcher =>
        {
            await Steps(folder["broken"], 6, launcher);
            int killed = Rank(launcher, 1) ?? throw new InvalidOperationException("there is no rank 1");
            using (var rank = Process.GetProcessById(killed))
                rank.Kill();
            while (!launcher.HasExited && (Rank(launcher, 1) ?? killed) == killed)
                await Task.Delay(20);
            await Steps(folder["broken"], Losses(folder["broken"]).Count + 6, launcher);
            CliRunner.Signal(launcher, "TERM");
        });
        Assert.True(result.ExitCode == 130, $"exit code {result.ExitCode}: {result.Error}");
        Assert.Contains("rank 1 ended with exit code 137 (signal 9)", result.Error, StringComparison.Ordinal);
        Assert.True(Regex.IsMatch(result.Error, @"error: [\w ]+ failed on rank 0 of 2: rank 1 \(process \d+ on .*\) no longer answers"), result.Error);
        Assert.Contains("starting all 2 processes again (1 of 1)", result.Error, StringComparison.Ordinal);
        await AssertAsUnbroken([.. _two, .. Train(folder["whole"])], folder["whole"], folder["broken"]);
        Assert.Empty(Directory.GetDirectories(Path.Combine(folder["broken"], "checkpoints"), ".*"));
    }

    [Theory]
    [InlineData("USR1 to a rank")]
    [InlineData("USR1 to the launcher")]
    [InlineData("stop file")]
    public async Task A_warning_saves_stops_all_and_asks_to_be_requeued(string warning)
    {
        NeedMpirun();
        using var folder = new TemporaryFolder();
        string run = folder["run"], stop = Path.Combine(run, "stop");
        string[] train = ["train", "vae", "--preset", "debug", "--data", real.Data, "--out", run, "--steps", Endless, .. _noStops];
        var result = await CliRunner.RunAsync([.. _two, .. train], folder: null, environment: null, started: async launcher =>
        {
            await Steps(run, 3, launcher);
            if (warning == "stop file")
                File.WriteAllText(stop, "");
            else
            {
                using var rank = Process.GetProcessById(Rank(launcher, 1) ?? throw new InvalidOperationException("there is no rank 1"));
                CliRunner.Signal(warning == "USR1 to a rank" ? rank : launcher, "USR1");
            }
        });
        Assert.True(result.ExitCode == 99, $"exit code {result.ExitCode}: {result.Error}");
        Assert.False(File.Exists(stop));
        string checkpoint = Assert.Single(Directory.GetDirectories(Path.Combine(run, "checkpoints")));
        Assert.Equal(checkpoint, result.Output.Trim());
        long step = (long)JsonNode.Parse(File.ReadAllText(Path.Combine(checkpoint, "state.json")))!["step"]!;
        Assert.Equal(step, Losses(run).Count);
        if (warning == "stop file")
            Assert.Contains($"stopped at step {step} by the run's stop file", result.Error, StringComparison.Ordinal);
        if (warning == "USR1 to a rank")
            Assert.Contains($"step {step} of {Endless}", (await RealData.Succeed("train", "vae", "--out", run, "--resume", "--minutes", "0.02")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ranks_whose_launcher_is_killed_save_and_end()
    {
        NeedMpirun();
        using var folder = new TemporaryFolder();
        string run = folder["run"];
        int?[] ranks = [];
        try
        {
            var result = await CliRunner.RunAsync(
                [.. _two, "train", "vae", "--preset", "debug", "--data", real.Data, "--out", run, "--steps", Endless, .. _noStops], folder: null, environment: null,
                started: async launcher =>
                {
                    await Steps(run, 3, launcher);
                    ranks = [Rank(launcher, 0), Rank(launcher, 1)];
                    launcher.Kill();
                });
            Assert.True(result.ExitCode == 137, $"exit code {result.ExitCode}: {result.Error}");
            Assert.DoesNotContain(null, ranks);
            await SlurmCluster.Until(() => Task.FromResult(ranks.All(rank => !IsRunning(rank!.Value))), () => Task.FromResult("the ranks are still there"));
            Assert.Single(Directory.GetDirectories(Path.Combine(run, "checkpoints")));
        }
        finally
        {
            foreach (int rank in ranks.OfType<int>().Where(IsRunning))
            {
                using var process = Process.GetProcessById(rank);
                process.Kill();
            }
        }
    }

    [Fact]
    public async Task Several_processes_need_mpirun_and_one_does_not()
    {
        var nothing = new Dictionary<string, string> { ["PATH"] = "/nowhere" };
        string[] train = ["train", "vae", "--data", "/nowhere"];
        (await CliRunner.RunAsync([.. _two, .. train], folder: null, nothing)).AssertBadInput("mpirun was not found", "apt-get install openmpi-bin");
        (await CliRunner.RunAsync(["launch", "--processes", "1", .. train], folder: null, nothing)).AssertBadInput("/nowhere: no such clip index");
    }

    [Fact]
    public async Task Mpirun_starts_the_same_job()
    {
        NeedMpirun();
        using var folder = new TemporaryFolder();
        string[] Train(string run) => ["train", "vae", "--preset", "debug", "--data", real.Data, "--out", run, "--steps", "6", "--set", "schedule.evaluate_every=0"];
        await RealData.Succeed([.. _two, .. Train(folder["launched"])]);

        var start = new ProcessStartInfo("mpirun", ["-n", "2", "--oversubscribe", "--bind-to", "none", "--allow-run-as-root", "--mca", "oob_tcp_if_include", "lo",
            "-x", "MASTER_ADDR=127.0.0.1", "-x", $"MASTER_PORT={FreePort()}", Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", CliRunner.Program, .. Train(folder["mpi"])])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var mpirun = Process.Start(start)!;
        var output = mpirun.StandardOutput.ReadToEndAsync();
        string error = await mpirun.StandardError.ReadToEndAsync();
        await mpirun.WaitForExitAsync();
        Assert.True(mpirun.ExitCode == 0, error);
        Assert.Contains("step-00000006", Assert.Single((await output).Trim().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(Losses(folder["launched"]), Losses(folder["mpi"]));
    }

    [Fact]
    public async Task One_run_has_one_writer()
    {
        using var folder = new TemporaryFolder();
        string[] train = ["train", "vae", "--preset", "debug", "--data", real.Data, "--out", folder["run"], "--steps", Endless, "--set", "schedule.evaluate_every=0", "--resume"];
        var result = await CliRunner.RunAsync(train, folder: null, environment: null, started: async process =>
        {
            await Steps(folder["run"], 2, process);
            (await CliRunner.RunAsync(train)).AssertBadInput(folder["run"], $"process {process.Id}", "another --out");
            CliRunner.Signal(process, "TERM");
        });
        Assert.True(result.ExitCode == 130, $"exit code {result.ExitCode}: {result.Error}");
    }

    [Theory]
    [InlineData("--processes 0 train vae")]
    [InlineData("--restarts -1 --processes 2 train vae")]
    [InlineData("--processes 2")]
    public async Task What_cannot_be_launched_is_refused(string arguments) =>
        (await CliRunner.RunAsync(["launch", .. arguments.Split(' ')])).AssertBadInput();

    [Fact]
    public async Task Half_a_launchers_variables_are_refused() =>
        (await CliRunner.RunAsync(["train", "vae", "--preset", "debug", "--data", real.Data, "--out", "/tmp/never"], folder: null, environment: new Dictionary<string, string> { ["RANK"] = "0" }))
            .AssertBadInput("WORLD_SIZE is not set");

    /// <summary>Waits until a run's log has some lines: it is flushed at every step.</summary>
    internal static async Task Steps(string run, int steps, Process process)
    {
        string log = Path.Combine(run, "metrics.jsonl");
        while (!process.HasExited && (!File.Exists(log) || Losses(run).Count < steps))
            await Task.Delay(20);
    }

    /// <summary>Asserts that a run that was broken off made the losses of one that was not, which is made here and stopped as soon as it is as long.</summary>
    internal static async Task AssertAsUnbroken(string[] train, string whole, string broken, IReadOnlyDictionary<string, string>? environment = null)
    {
        var losses = Losses(broken);
        var result = await CliRunner.RunAsync(train, folder: null, environment, async process =>
        {
            await Steps(whole, losses.Count, process);
            CliRunner.Signal(process, "TERM");
        });
        Assert.True(result.ExitCode == 130, $"exit code {result.ExitCode}: {result.Error}");
        Assert.Equal(Losses(whole).Take(losses.Count), losses);
    }

    internal static List<string> Losses(string run)
    {
        using var file = new FileStream(Path.Combine(run, "metrics.jsonl"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file);
        return [.. reader.ReadToEnd().Split('\n').SkipLast(1).Select(line => JsonNode.Parse(line)!["loss"]!.ToJsonString())];
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Skips the test where there is no Open MPI.</summary>
    internal static void NeedMpirun() => Assert.SkipUnless(File.Exists("/usr/bin/mpirun"), "Open MPI is not installed: make setup (package openmpi-bin)");

    /// <summary>The process of a rank that a launcher has started through mpirun; null while there is none.</summary>
    private static int? Rank(Process launcher, int rank)
    {
        foreach (string name in Directory.GetDirectories("/proc").Select(folder => Path.GetFileName(folder)!))
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int process))
                continue;
            string[] variables = Read($"/proc/{name}/environ").Split('\0');
            if (variables.Contains($"ANISORA_LAUNCHER={launcher.Id}") && variables.Contains($"OMPI_COMM_WORLD_RANK={rank}"))
                return process;
        }
        return null;
    }

    private static bool IsRunning(int process) => Read($"/proc/{process}/stat") is { Length: > 0 } stat && stat[stat.LastIndexOf(')') + 2] != 'Z';

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // the process ended while we looked
        }
    }
}
