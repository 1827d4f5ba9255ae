using System.Globalization;
using System.Runtime.InteropServices;

namespace AniSora.Training.Distributed;

/// <summary>
/// Shows the others that this process lives, and finds out who does not: each process counts up a number of its own once a second, and
/// hears whose connection to the store has ended. Watches this process's own launcher, too.
/// </summary>
internal sealed partial class Heartbeat : IDisposable
{
    private static readonly TimeSpan _beat = TimeSpan.FromSeconds(1);

    private readonly LaunchEnvironment _launch;
    private readonly RendezvousStore _store;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private readonly int _parent = ParentProcess();
    private readonly int? _launcher = int.TryParse(Environment.GetEnvironmentVariable(LaunchEnvironment.LauncherVariable), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : null;
    private volatile string? _trouble;

    public Heartbeat(LaunchEnvironment launch, RendezvousStore store)
    {
        (_launch, _store) = (launch, store);
        _store.Set(Key("who", launch.Rank), string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}"));
        _store.Add(Key("beat", launch.Rank), 1);
        _thread = new Thread(Beat) { IsBackground = true, Name = "heartbeat" };
        _thread.Start();
    }

    /// <summary>A reason to think that some process is lost; null while there is none.</summary>
    public string? Trouble => _trouble;

    /// <summary>Leaves word why this process ends.</summary>
    public void Farewell(string reason)
    {
        try
        {
            _store.Set(Key("gone", _launch.Rank), reason);
        }
        catch (RendezvousException)
        {
            // Rank 0 has gone before; nobody is left to read it.
        }
    }

    /// <summary>Who no longer lives, after watching for a few beats.</summary>
    public (IReadOnlyList<int> Ranks, string Text) Diagnose()
    {
        if (LauncherIsGone)
            return ([], LauncherGone);
        try
        {
            // Who has left is known at once; else they are watched for a while.
            var silent = Causes(Closed().Where(r => r != _launch.Rank).Distinct());
            if (silent.Count == 0)
            {
                var others = Enumerable.Range(0, _launch.Size).Where(r => r != _launch.Rank).ToList();
                var before = others.ToDictionary(r => r, r => _store.Add(Key("beat", r), 0));
                Thread.Sleep(3 * _beat);
                var closed = Closed();
                var missed = others.Where(r => closed.Contains(r) || _store.Find(Key("gone", r)) is not null || _store.Add(Key("beat", r), 0) == before[r]).ToList();
                silent = Causes(missed) is { Count: > 0 } causes ? causes : missed;
            }
            if (silent.Count == 0)
                return ([], "all ranks still live, so one of them took longer than the time-out, or their calls differ");
            Farewell(LostPrefix + string.Join(", ", silent));
            return (silent, string.Join("; ", silent.Select(r =>
                $"rank {r} ({_store.Find(Key("who", r)) ?? "never seen"}) {(_store.Find(Key("gone", r)) is { } reason ? $"gave up: {reason}" : "no longer answers")}")));
        }
        catch (RendezvousException)
        {
            return ([0], $"rank 0, which keeps the store at {_launch.MasterAddress}:{_launch.MasterPort}, no longer answers");
        }
    }

    public void Dispose()
    {
        _stop.Set();
        // It may be waiting for a rank 0 that has stopped; it is a background thread and does no harm.
        if (_thread.Join(3 * _beat))
            _stop.Dispose();
    }

    private const string LostPrefix = "lost rank ";

    private string LauncherGone => $"the launcher (process {_parent}) is gone; start the job again, it goes on with --resume";

    private bool LauncherIsGone => ParentProcess() != _parent;

    private static string Key(string what, int rank) => string.Create(CultureInfo.InvariantCulture, $"{what}/{rank}");

    /// <summary>A process that says it lost another one is no cause but an effect.</summary>
    private List<int> Causes(IEnumerable<int> ranks) =>
        [.. ranks.Where(r => _store.Find(Key("gone", r))?.StartsWith(LostPrefix, StringComparison.Ordinal) != true)];

    private int[] Closed() => [.. (_store.Find(RendezvousServer.ClosedKey) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(r => int.Parse(r, CultureInfo.InvariantCulture))];

    private void Beat()
    {
        try
        {
            bool orphan = false;
            while (!_stop.Wait(_beat))
            {
                // Nobody is left to hand signals on, or to see how the job ends: save and stop, as the launcher would have asked us to.
                if (!orphan && _launcher is { } launcher && Kill(launcher, 0) != 0)
                {
                    orphan = true;
                    Kill(Environment.ProcessId, Terminate);
                }
                _store.Add(Key("beat", _launch.Rank), 1);
                // mpirun that is killed leaves its processes running; nobody would see their output or their end.
                if (LauncherIsGone)
                    _trouble ??= LauncherGone;
                else if (Closed() is { Length: > 0 } closed)
                    _trouble ??= $"rank {closed[0]} has left";
            }
        }
        catch (RendezvousException e)
        {
            _trouble ??= $"the store at rank 0: {e.Message}";
        }
    }

    private const int Terminate = 15;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int ParentProcess();
}
