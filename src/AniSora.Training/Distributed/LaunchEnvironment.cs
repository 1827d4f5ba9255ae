using System.Globalization;
using System.Text.RegularExpressions;

namespace AniSora.Training.Distributed;

/// <summary>Which process of a job this is, as its launcher tells it in environment variables.</summary>
/// <param name="Rank">This process, 0 … <paramref name="Size"/> - 1.</param>
/// <param name="Size">Processes in all.</param>
/// <param name="LocalRank">This process among those on its host.</param>
/// <param name="LocalSize">Processes on this host.</param>
/// <param name="MasterAddress">Where rank 0 listens.</param>
/// <param name="MasterPort">The port there.</param>
/// <param name="Restarts">How often the launcher has started the job again.</param>
/// <param name="Launcher">Who was recognised: <c>torchrun</c>, <c>OpenMPI</c>, <c>Slurm</c>, or <c>none</c>.</param>
public sealed partial record LaunchEnvironment(
    int Rank, int Size, int LocalRank, int LocalSize, string MasterAddress, int MasterPort, int Restarts, string Launcher)
{
    /// <summary>The variable in which <c>anisora launch</c> tells its own process's number to those that it starts through mpirun.</summary>
    public const string LauncherVariable = "ANISORA_LAUNCHER";

    /// <summary>One process by itself.</summary>
    public static LaunchEnvironment Alone { get; } = new(0, 1, 0, 1, "127.0.0.1", 0, 0, "none");

    /// <summary>Reads this process's environment.</summary>
    /// <exception cref="InputException">A launcher's variables are incomplete or contradict each other; the message names them.</exception>
    public static LaunchEnvironment Detect() => Detect(Environment.GetEnvironmentVariable);

    /// <summary>
    /// Looks for explicit <c>RANK</c> and <c>WORLD_SIZE</c> (torchrun, <c>anisora launch</c>), then Open MPI's variables (mpirun may run
    /// inside a Slurm job), then those of a Slurm step. A batch script outside <c>srun</c> has <c>SLURM_PROCID=0</c> too, but is no step.
    /// </summary>
    /// <param name="variable">The value of an environment variable; null if it is not set.</param>
    /// <exception cref="InputException">A launcher's variables are incomplete or contradict each other; the message names them.</exception>
    public static LaunchEnvironment Detect(Func<string, string?> variable)
    {
        var read = new Variables(name => variable(name) is { Length: > 0 } value ? value : null);
        var found =
            read.Has("RANK") || read.Has("WORLD_SIZE") ? new LaunchEnvironment(
                read.Number("RANK"), read.Number("WORLD_SIZE"), read.Number("LOCAL_RANK", read.Number("RANK")),
                read.Number("LOCAL_WORLD_SIZE", read.Number("WORLD_SIZE")), read.Text("MASTER_ADDR", "127.0.0.1"), read.Number("MASTER_PORT", 29500),
                read.Number("TORCHELASTIC_RESTART_COUNT", 0), "torchrun")
            : read.Has("OMPI_COMM_WORLD_RANK") ? new LaunchEnvironment(
                read.Number("OMPI_COMM_WORLD_RANK"), read.Number("OMPI_COMM_WORLD_SIZE"), read.Number("OMPI_COMM_WORLD_LOCAL_RANK"),
                read.Number("OMPI_COMM_WORLD_LOCAL_SIZE"), MpiMaster(read), read.Number("MASTER_PORT", MpiPort(read)),
                read.Number("TORCHELASTIC_RESTART_COUNT", read.Number("SLURM_RESTART_COUNT", 0)), "OpenMPI")
            : read.Has("SLURM_STEP_NUM_TASKS") && read.Has("SLURM_PROCID") ? new LaunchEnvironment(
                read.Number("SLURM_PROCID"), read.Number("SLURM_STEP_NUM_TASKS"), read.Number("SLURM_LOCALID"), SlurmLocalSize(read),
                read.Value("MASTER_ADDR") ?? SlurmMaster(read), read.Number("MASTER_PORT", 20000 + read.Number("SLURM_JOB_ID", 0) % 10000),
                read.Number("SLURM_RESTART_COUNT", 0), "Slurm")
            : Alone;
        if (found.Size < 1 || found.Rank < 0 || found.Rank >= found.Size)
            throw new InputException($"{found.Launcher}'s environment: rank {found.Rank} of {found.Size} processes; ranks go from 0 to the number of processes less one");
        if (found.Size > 1 && found.MasterPort is < 1 or > 65535)
            throw new InputException($"MASTER_PORT is {found.MasterPort}, should be in 1 … 65535");
        return found;
    }

    /// <summary>mpirun tells nobody where rank 0 runs; on one host it is this one.</summary>
    private static string MpiMaster(Variables read) =>
        read.Value("MASTER_ADDR")
        ?? (read.Number("OMPI_COMM_WORLD_LOCAL_SIZE") == read.Number("OMPI_COMM_WORLD_SIZE")
            ? "127.0.0.1"
            : throw new InputException("MASTER_ADDR is not set: with processes on several hosts give mpirun -x MASTER_ADDR=HOST -x MASTER_PORT=29500, HOST being rank 0's"));

    /// <summary>mpirun's jobs on one host must not meet at one port; the number that it gives a job tells them apart.</summary>
    private static int MpiPort(Variables read) =>
        ulong.TryParse(read.Value("PMIX_NAMESPACE"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong job) ? 20000 + (int)(job / 65536 % 10000) : 29500;

    /// <summary>
    /// The step's first host; where that name does not resolve (virtual nodes), the address from which the step was launched.
    /// </summary>
    private static string SlurmMaster(Variables read)
    {
        string? first = read.Value("SLURM_STEP_NODELIST") is { } list ? FirstHost(list) : null;
        string? launched = read.Value("SLURM_LAUNCH_NODE_IPADDR");
        if (first is not null && (launched is null || Resolves(first)))
            return first;
        return launched ?? throw new InputException("neither SLURM_STEP_NODELIST nor SLURM_LAUNCH_NODE_IPADDR is set: start the processes with srun, or set MASTER_ADDR");
    }

    private static bool Resolves(string host)
    {
        try
        {
            return System.Net.Dns.GetHostAddresses(host).Length > 0;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    /// <summary>The first host of Slurm's list: <c>gpu[007-010,12],login</c> → <c>gpu007</c>.</summary>
    internal static string FirstHost(string list)
    {
        int bracket = list.IndexOf('['), comma = list.IndexOf(',');
        if (bracket < 0 || (comma >= 0 && comma < bracket))
            return comma < 0 ? list : list[..comma];
        int end = list.IndexOfAny(['-', ',', ']'], bracket + 1);
        int close = list.IndexOf(']', bracket);
        int after = list.IndexOf(',', close);
        return list[..bracket] + list[(bracket + 1)..end] + (after < 0 ? list[(close + 1)..] : list[(close + 1)..after]);
    }

    /// <summary>This host's share of <c>2(x2),1</c>, which means 2, 2 and 1 tasks on the step's three hosts.</summary>
    private static int SlurmLocalSize(Variables read)
    {
        string tasks = read.Text("SLURM_STEP_TASKS_PER_NODE", "1");
        int node = read.Number("SLURM_NODEID", 0);
        foreach (string part in tasks.Split(','))
        {
            var match = TasksPattern().Match(part);
            if (!match.Success)
                break;
            int hosts = match.Groups[2].Success ? int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture) : 1;
            if (node < hosts)
                return int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            node -= hosts;
        }
        throw new InputException($"SLURM_STEP_TASKS_PER_NODE is \"{tasks}\", which has no entry for SLURM_NODEID {read.Number("SLURM_NODEID", 0)}");
    }

    [GeneratedRegex(@"^(\d{1,6})(?:\(x(\d{1,6})\))?$")]
    private static partial Regex TasksPattern();

    private readonly record struct Variables(Func<string, string?> Value)
    {
        public bool Has(string name) => Value(name) is not null;

        public string Text(string name, string otherwise) => Value(name) ?? otherwise;

        public int Number(string name, int? otherwise = null)
        {
            string? text = Value(name);
            if (text is null)
                return otherwise ?? throw new InputException($"{name} is not set, though other variables of its launcher are; set it or start with 'anisora launch'");
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? number
                : throw new InputException($"{name} is \"{text}\", should be a number");
        }
    }
}
