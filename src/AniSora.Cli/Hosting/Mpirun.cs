using System.Diagnostics;
using System.Globalization;

namespace AniSora.Cli.Hosting;

/// <summary>The command line of mpirun for processes on this machine.</summary>
internal static class Mpirun
{
    // Seconds that mpirun leaves the others when one has failed: long enough to find out for themselves who is missing, and to say so.
    private const string Grace = "8";

    // What launchers tell of a process. Inherited from a job that we are part of, it would be taken for this job's.
    private static readonly string[] _foreign = ["RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"];

    /// <summary>What starts a command several times; standard error is to be read (<see cref="RankOutput"/>).</summary>
    /// <param name="processes">How often.</param>
    /// <param name="command">The command.</param>
    /// <param name="variables">Environment variables that the processes get from mpirun's environment.</param>
    /// <exception cref="InputException">Open MPI is missing.</exception>
    public static ProcessStartInfo Command(int processes, IEnumerable<string> command, IEnumerable<string> variables)
    {
        string mpirun = Find("mpirun") ?? throw new InputException(
            "launch: mpirun was not found, by which several processes on one machine work together; install Open MPI: apt-get install openmpi-bin (make setup does)");
        string n = processes.ToString(CultureInfo.InvariantCulture);
        string[] all =
        [
            mpirun, "-n", n,
            // Here, and so many, also inside a batch job whose allocation mpirun would fill; by the loopback interface alone.
            "--host", $"localhost:{n}", "--oversubscribe", "--mca", "oob_tcp_if_include", "lo", "--mca", "btl_tcp_if_include", "lo",
            // Each process on one core is mpirun's default; ours have threads. A process that waits lets others run.
            "--bind-to", "none", "--mca", "mpi_yield_when_idle", "1",
            "--mca", "odls_base_sigkill_timeout", Grace,
            .. variables.SelectMany(name => new[] { "-x", name }),
            .. command,
        ];
        // In a session of its own the terminal's Ctrl-C does not reach mpirun, which would end its processes before they have saved.
        string[] line = Find("setsid") is { } setsid ? [setsid, .. all] : all;
        var start = new ProcessStartInfo(line[0], line[1..]) { RedirectStandardError = true };
        // mpirun gives its processes a terminal of its own for their output, which they must not take for the user's.
        start.Environment["TERM"] = "dumb";
        foreach (string name in _foreign)
            start.Environment.Remove(name);
        // mpirun refuses to work for root, as in a container, unless told twice.
        if (Environment.IsPrivilegedProcess)
            (start.Environment["OMPI_ALLOW_RUN_AS_ROOT"], start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"]) = ("1", "1");
        return start;
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
