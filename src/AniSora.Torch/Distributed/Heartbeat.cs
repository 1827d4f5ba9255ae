using System.Globalization;

namespace AniSora.Torch;

/// <summary>
/// Shows the others that this process lives, and finds out who does not. Gloo only says that a connection broke, which it also does on
/// every process that ends because of the first; here each process counts up a number of its own once a second.
/// </summary>
internal sealed class Heartbeat : IDisposable
{
    private static readonly TimeSpan _beat = TimeSpan.FromSeconds(1);

    private readonly LaunchEnvironment _launch;
    private readonly RendezvousStore _store;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;

    public Heartbeat(LaunchEnvironment launch, TimeSpan timeout)
    {
        _launch = launch;
        _store = new RendezvousStore(launch.MasterAddress, launch.MasterPort, serve: false, timeout);
        _store.Set(Key("who", launch.Rank), string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}"));
        _store.Add(Key("beat", launch.Rank), 1);
        _thread = new Thread(Beat) { IsBackground = true, Name = "heartbeat" };
        _thread.Start();
    }

    /// <summary>Leaves word why this process ends.</summary>
    public void Farewell(string reason)
    {
        try
        {
            _store.Set(Key("gone", _launch.Rank), reason);
        }
        catch (TorchException)
        {
            // Rank 0 has gone before; nobody is left to read it.
        }
    }

    /// <summary>Who no longer lives, after watching for a few beats.</summary>
    public (IReadOnlyList<int> Ranks, string Text) Diagnose()
    {
        try
        {
            var others = Enumerable.Range(0, _launch.Size).Where(r => r != _launch.Rank).ToList();
            var before = others.ToDictionary(r => r, r => _store.Add(Key("beat", r), 0));
            Thread.Sleep(3 * _beat);
            var silent = others.Where(r => _store.Find(Key("gone", r)) is not null || _store.Add(Key("beat", r), 0) == before[r]).ToList();
            // A process that says it lost another one is no cause but an effect.
            var causes = silent.Where(r => _store.Find(Key("gone", r))?.StartsWith(LostPrefix, StringComparison.Ordinal) != true).ToList();
            if (causes.Count > 0)
                silent = causes;
            if (silent.Count == 0)
                return ([], "all ranks still live, so one of them took longer than the time-out, or their calls differ");
            Farewell(LostPrefix + string.Join(", ", silent));
            return (silent, string.Join("; ", silent.Select(r =>
                $"rank {r} ({_store.Find(Key("who", r)) ?? "never seen"}) {(_store.Find(Key("gone", r)) is { } reason ? $"gave up: {reason}" : "no longer answers")}")));
        }
        catch (TorchException)
        {
            return ([0], $"rank 0, which keeps the store at {_launch.MasterAddress}:{_launch.MasterPort}, no longer answers");
        }
    }

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
        _store.Dispose();
    }

    private const string LostPrefix = "lost rank ";

    private static string Key(string what, int rank) => string.Create(CultureInfo.InvariantCulture, $"{what}/{rank}");

    private void Beat()
    {
        try
        {
            while (!_stop.Wait(_beat))
                _store.Add(Key("beat", _launch.Rank), 1);
        }
        catch (TorchException)
        {
            // The store is gone, and rank 0 with it: the next collective operation fails and says so.
        }
    }
}
