using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AniSora.Cli.Tests;

/// <summary>
/// A throw-away Slurm cluster of two virtual nodes on this machine, loopback only: the real daemons in the foreground as children of
/// the test, without munge, cgroups, a database or root.
/// </summary>
public sealed class SlurmCluster : IAsyncLifetime
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _daemons = [];

    /// <summary>Why there is no cluster; null when there is one.</summary>
    public string? Missing { get; } = File.Exists("/usr/sbin/slurmctld") && File.Exists("/usr/sbin/slurmd") ? null : "Slurm is not installed: make setup (package slurm-wlm)";

    private Dictionary<string, string> Variables => new() { ["SLURM_CONF"] = _folder["slurm.conf"] };

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (Missing is not null)
            return;
        Directory.CreateDirectory(_folder["state"]);
        int[] ports = FreePorts(3);
        string host = await Output("hostname", "-s"), user = await Output("id", "-un");
        File.WriteAllText(_folder["cgroup.conf"], "CgroupPlugin=cgroup/v1\n");
        File.WriteAllText(_folder["slurm.conf"], $"""
            ClusterName=anisora
            SlurmctldHost={host}(127.0.0.1)
            SlurmUser={user}
            SlurmdUser={user}
            AuthType=auth/none
            CredType=cred/none
            # A requeued job starts when its old credential has run out; with the default that takes two minutes.
            AuthInfo=cred_expire=5
            SlurmctldPort={ports[0]}
            CommunicationParameters=NoCtldInAddrAny,NoInAddrAny,DisableIPv6
            SlurmctldPidFile={_folder["ctld.pid"]}
            SlurmdPidFile={_folder["%n.pid"]}
            SlurmctldLogFile={_folder["ctld.log"]}
            SlurmdLogFile={_folder["%n.log"]}
            StateSaveLocation={_folder["state"]}
            SlurmdSpoolDir={_folder["spool.%n"]}
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SwitchType=switch/none
            MpiDefault=none
            JobAcctGatherType=jobacct_gather/none
            AccountingStorageType=accounting_storage/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_Core
            SchedulerType=sched/builtin
            SchedulerParameters=sched_interval=1,batch_sched_delay=0
            ReturnToService=2
            # Two nodes of two processors stand on whatever this machine has.
            SlurmdParameters=config_overrides
            MailProg=/bin/true
            KillWait=5
            NodeName=nodeA NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=2 RealMemory=1000
            NodeName=nodeB NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=2 RealMemory=1000
            PartitionName=test Nodes=nodeA,nodeB Default=YES MaxTime=INFINITE State=UP

            """);
        Daemon("/usr/sbin/slurmctld", "-D", "-c");
        Daemon("/usr/sbin/slurmd", "-D", "-N", "nodeA");
        Daemon("/usr/sbin/slurmd", "-D", "-N", "nodeB");
        await Until(async () => (await Output("sinfo", "-h", "-N", "-o", "%T")).Split('\n') is ["idle", "idle"], async () => $"the nodes did not come up: {await Output("sinfo", "-N")}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var daemon in _daemons.AsEnumerable().Reverse())
        {
            if (!daemon.HasExited)
                CliRunner.Signal(daemon, "TERM");
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            try
            {
                await daemon.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                daemon.Kill();
            }
            daemon.Dispose();
        }
        _folder.Dispose();
    }

    /// <summary>What a command prints, with the cluster's configuration.</summary>
    internal async Task<string> Output(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Variables)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output.Trim();
    }

    /// <summary>The value of a field that Slurm shows of a job, such as <c>JobState</c>.</summary>
    internal async Task<string> Job(string id, string field) =>
        (await Output("scontrol", "show", "job", id)).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault(p => p.StartsWith(field + "=", StringComparison.Ordinal))?[(field.Length + 1)..] ?? "";

    /// <summary>Waits for something to become true; fails only after a time in which even a busy machine gets there.</summary>
    internal static async Task Until(Func<Task<bool>> condition, Func<Task<string>> otherwise)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > _limit)
                Assert.Fail(await otherwise());
            await Task.Delay(100);
        }
    }

    private void Daemon(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Variables)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _daemons.Add(process);
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(l => l.Start());
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        listeners.ForEach(l => l.Dispose());
        return ports;
    }
}

/// <summary>Training under the real Slurm, by the batch script that the repository ships.</summary>
[Collection(RealDataCollection.Name)]
public sealed class SlurmTests(RealData real, SlurmCluster slurm) : IClassFixture<SlurmCluster>
{
    [Fact]
    public async Task A_two_task_job_is_requeued_on_a_warning_and_after_a_node_failure_and_ends_as_an_unbroken_one()
    {
        Assert.SkipUnless(slurm.Missing is null, slurm.Missing ?? "");
        LaunchTests.NeedMpirun();
        using var folder = new TemporaryFolder();
        string run = folder["run"], root = RepositoryRoot();
        string[] train = ["--preset", "debug", "--data", real.Data, "--out", run, "--steps", LaunchTests.Endless, "--set", "schedule.evaluate_every=0", "--set", "schedule.checkpoint_every=20"];
        // The test's own build of the program in the place of ./anisora. The run ends once the test lets it; and at first the first task is
        // gone later than the other, as it may be on a busy node.
        Directory.CreateDirectory(folder["bin"]);
        File.WriteAllText(folder["bin/anisora"], $"""
            #!/bin/sh
            [ -e '{folder["finish"]}' ] && set -- "$@" --minutes 0.02
            [ "$OMPI_COMM_WORLD_RANK" = 0 ] && [ -z "$SLURM_RESTART_COUNT" ] || exec '{CliRunner.Dotnet}' '{CliRunner.Program}' "$@"
            '{CliRunner.Dotnet}' '{CliRunner.Program}' "$@"
            code=$?
            sleep 2
            exit $code

            """);
        File.SetUnixFileMode(folder["bin/anisora"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        string job = await slurm.Output("sbatch", ["--parsable", "--nodes=2", "--ntasks-per-node=1", $"--export=ALL,ANISORA_ROOT={folder["bin"]},OMP_NUM_THREADS=1,OMPI_MCA_oob_tcp_if_include=lo,OMPI_MCA_btl_tcp_if_include=lo",
            $"--output={folder["log"]}", Path.Combine(root, "scripts", "train.sbatch"), "vae", .. train]);
        Assert.True(int.TryParse(job, NumberStyles.None, CultureInfo.InvariantCulture, out _), $"sbatch: {job}");

        await Reached(8);
        await slurm.Output("scancel", "--signal=USR1", "--batch", job);
        await Restarted(1, "the job was not requeued on USR1");
        Assert.False(File.Exists(Path.Combine(run, "stop")), "the stop file is still there");
        int saved = LaunchTests.Losses(run).Count;
        await Reached(saved + 5);

        File.WriteAllText(folder["finish"], "");
        await slurm.Output("scontrol", "update", "nodename=nodeB", "state=down", "reason=test");
        await Restarted(2, "the job was not requeued after the node's failure");
        await slurm.Output("scontrol", "update", "nodename=nodeB", "state=resume");
        await SlurmCluster.Until(Ended, () => Story("the job did not end"));
        string log = File.ReadAllText(folder["log"]);
        Assert.True(await slurm.Job(job, "JobState") == "COMPLETED", await Story("the job failed"));
        Assert.Contains("saved; asking to go on in another job", log, StringComparison.Ordinal);
        Assert.Contains("start 2", log, StringComparison.Ordinal);

        await LaunchTests.AssertAsUnbroken(
            ["launch", "--processes", "2", "train", "vae", .. train.Select(a => a == run ? folder["whole"] : a)], folder["whole"], run,
            new Dictionary<string, string> { ["OMP_NUM_THREADS"] = "1" });

        Task Reached(int steps) => SlurmCluster.Until(
            () => Task.FromResult(File.Exists(Path.Combine(run, "metrics.jsonl")) && LaunchTests.Losses(run).Count >= steps),
            () => Story($"the run did not reach step {steps}"));

        async Task Restarted(int times, string otherwise)
        {
            async Task<bool> Did() => await slurm.Job(job, "Restarts") == times.ToString(CultureInfo.InvariantCulture);
            await SlurmCluster.Until(async () => await Did() || await Ended(), () => Story(otherwise));
            Assert.True(await Did(), await Story(otherwise));
        }

        async Task<bool> Ended() => await slurm.Job(job, "JobState") is "COMPLETED" or "FAILED" or "CANCELLED";

        async Task<string> Story(string what) =>
            $"{what}\n{await slurm.Output("scontrol", "show", "job", job)}\n{(File.Exists(folder["log"]) ? File.ReadAllText(folder["log"]) : "no log")}";
    }

    internal static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "AniSora.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? Environment.GetEnvironmentVariable("ANISORA_ROOT") ?? throw new InvalidOperationException("the repository's root was not found");
    }
}
