using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using AniSora.Training.Distributed;

namespace AniSora.Cli.Hosting;

/// <summary>
/// Starts this program several times, by mpirun, and again after failures if that was asked for. For one machine; over several, the user
/// or a batch script calls mpirun.
/// </summary>
internal sealed class LocalLauncher(int processes, int restarts, int port, string[] arguments)
{
    /// <summary>Runs the job.</summary>
    /// <returns>0, or the exit code of the process that failed first.</returns>
    /// <exception cref="InputException">Open MPI is missing.</exception>
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        for (int attempt = 0; ; attempt++)
        {
            int code = await RunOnceAsync(attempt).ConfigureAwait(false);
            if (code is ExitCode.Ok or ExitCode.BadInput or ExitCode.Cancelled or ExitCode.Requeue || attempt >= restarts || cancel.IsCancellationRequested)
                return code;
            Console.Error.WriteLine($"starting all {processes} processes again ({attempt + 1} of {restarts})");
        }
    }

    private async Task<int> RunOnceAsync(int attempt)
    {
        string[] command = [.. Itself(), .. arguments];
        var variables = Variables(attempt);
        // One process has the terminal to itself; the lines of several come through mpirun.
        bool alone = processes == 1;
        var output = new RankOutput(Console.Error);
        var start = alone ? new ProcessStartInfo(command[0], command[1..]) : Mpirun.Command(processes, command, variables.Keys);
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        using var job = Process.Start(start) ?? throw new InvalidOperationException("the processes could not be started");
        try
        {
            // mpirun leaves its processes little time after a signal, and keeps SIGUSR1 to itself: they get theirs from here. They are no part of
            // the terminal's foreground either, so Ctrl-C reaches a process only if it is alone.
            using var terminate = Forward(PosixSignal.SIGTERM, Posix.Terminate);
            using var interrupt = alone ? null : Forward(PosixSignal.SIGINT, Posix.Terminate);
            using var requeue = Forward((PosixSignal)Interruption.UserSignal, Interruption.UserSignal);
            if (!alone)
                await output.ReadAsync(job.StandardError).ConfigureAwait(false);
            await job.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            int code = job.ExitCode;
            if (code is not (ExitCode.Ok or ExitCode.Cancelled or ExitCode.Requeue))
                Console.Error.WriteLine($"{Who(output, alone)} ended with exit code {code}{(code > 128 ? $" (signal {code - 128})" : "")}");
            return code;
        }
        finally
        {
            if (!job.HasExited)
                job.Kill(entireProcessTree: true);
        }

        PosixSignalRegistration Forward(PosixSignal from, int to) => PosixSignalRegistration.Create(from, _ =>
        {
            int[] ranks = alone ? [] : Posix.Children(job.Id);
            foreach (int process in ranks.Length == 0 ? [job.Id] : ranks)
                Posix.Kill(process, to);
        });
    }

    private static string Who(RankOutput output, bool alone) => alone ? "rank 0" : output.FirstFailed is { } rank ? $"rank {rank}" : "mpirun";

    private Dictionary<string, string> Variables(int attempt)
    {
        var variables = new Dictionary<string, string>
        {
            ["MASTER_ADDR"] = "127.0.0.1",
            ["MASTER_PORT"] = Text(port != 0 ? port : FreePort()),
            ["TORCHELASTIC_RESTART_COUNT"] = Text(attempt),
            [LaunchEnvironment.LauncherVariable] = Text(Environment.ProcessId),
        };
        // What starts a process for each core must not start as many threads in each.
        if (Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is not { Length: > 0 })
            variables["OMP_NUM_THREADS"] = Text(Math.Max(1, Environment.ProcessorCount / processes));
        if (processes == 1)
            (variables["RANK"], variables["WORLD_SIZE"]) = ("0", "1");
        return variables;

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>How this program is started.</summary>
    private static string[] Itself() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
        ? [Environment.ProcessPath!, Path.GetFullPath(Environment.GetCommandLineArgs()[0])]
        : [Environment.ProcessPath!];

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
