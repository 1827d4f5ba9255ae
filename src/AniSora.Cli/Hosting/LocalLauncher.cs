using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace AniSora.Cli.Hosting;

/// <summary>
/// Starts this program several times with torchrun's variables, and ends all when one fails. For one machine; over several, Slurm or
/// mpirun starts the processes.
/// </summary>
internal sealed partial class LocalLauncher(int processes, int restarts, int port, string[] arguments)
{
    // Long enough for the others to find out for themselves who is missing, and to say so.
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(20);
    private const int Terminate = 15;

    /// <summary>Runs the job, again after failures if that was asked for.</summary>
    /// <returns>0, or the exit code of the process that failed first.</returns>
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        for (int attempt = 0; ; attempt++)
        {
            int code = await RunOnceAsync(attempt, cancel).ConfigureAwait(false);
            if (code is ExitCode.Ok or ExitCode.BadInput or ExitCode.Cancelled or ExitCode.Requeue || attempt >= restarts || cancel.IsCancellationRequested)
                return code;
            Console.Error.WriteLine($"starting all {processes} processes again ({attempt + 1} of {restarts})");
        }
    }

    private async Task<int> RunOnceAsync(int attempt, CancellationToken cancel)
    {
        int meetingPort = port != 0 ? port : FreePort();
        var ranks = Enumerable.Range(0, processes).Select(rank => Start(rank, meetingPort, attempt)).ToList();
        try
        {
            // Ctrl-C reaches the processes from the terminal; a second signal would end them without a checkpoint.
            using var forward = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Signal(ranks, Terminate));
            using var requeue = PosixSignalRegistration.Create((PosixSignal)Interruption.UserSignal, _ => Signal(ranks, Interruption.UserSignal));
            var running = ranks.Select(process => process.WaitForExitAsync(CancellationToken.None)).ToList();
            int code = ExitCode.Ok;
            while (running.Count > 0)
            {
                var ended = code == ExitCode.Ok ? await Task.WhenAny(running).ConfigureAwait(false) : null;
                if (ended is null)
                {
                    await Task.WhenAny(Task.WhenAll(running), Task.Delay(_grace, CancellationToken.None)).ConfigureAwait(false);
                    break;
                }
                running.Remove(ended);
                if (ranks.FindIndex(p => p.HasExited && p.ExitCode != 0) is var failed and >= 0)
                {
                    code = ranks[failed].ExitCode;
                    if (code is not (ExitCode.Cancelled or ExitCode.Requeue))
                        Console.Error.WriteLine($"rank {failed} ended with exit code {code}{(code > 128 ? $" (signal {code - 128})" : "")}");
                }
            }
            return code;
        }
        finally
        {
            foreach (var process in ranks)
            {
                if (!process.HasExited)
                    process.Kill(entireProcessTree: true);
                process.Dispose();
            }
        }
    }

    private Process Start(int rank, int meetingPort, int attempt)
    {
        // The first process has the terminal to itself; the others' lines carry their number.
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardError = rank > 0, RedirectStandardOutput = rank > 0 };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in new[]
        {
            ("RANK", rank), ("WORLD_SIZE", processes), ("LOCAL_RANK", rank), ("LOCAL_WORLD_SIZE", processes), ("MASTER_PORT", meetingPort),
            ("TORCHELASTIC_RESTART_COUNT", attempt),
        })
            start.Environment[name] = value.ToString(CultureInfo.InvariantCulture);
        start.Environment["MASTER_ADDR"] = "127.0.0.1";

        var process = Process.Start(start) ?? throw new InvalidOperationException("the process could not be started");
        if (rank > 0)
        {
            void Pass(object sender, DataReceivedEventArgs line)
            {
                if (line.Data is { Length: > 0 })
                    Console.Error.WriteLine($"[rank {rank}] {line.Data}");
            }
            process.OutputDataReceived += Pass;
            process.ErrorDataReceived += Pass;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }
        return process;
    }

    private static void Signal(List<Process> ranks, int signal)
    {
        foreach (var process in ranks.Where(p => !p.HasExited))
            Kill(process.Id, signal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
