using System.Diagnostics;

namespace AniSora.Training.Distributed;

/// <summary>
/// The processes that work on one job together. Every process has to make the same calls in the same order; with one process alone all
/// of them do nothing.
/// </summary>
public sealed class World : IDisposable
{
    /// <summary>How long an operation may take before the job is given up: more than a rank needs between two of them.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(10);

    // How long an operation gets to end by itself after another process has left: that may have been in good order.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(200);

    private readonly ICollectives _collectives;
    private readonly RendezvousStore? _store;
    private readonly Heartbeat? _heartbeat;
    private readonly TimeSpan _limit;
    private bool _disposed;

    private World(LaunchEnvironment launch, Device device, ICollectives collectives, RendezvousStore? store, Heartbeat? heartbeat, TimeSpan limit)
    {
        (Launch, Device, _collectives, _store, _heartbeat, _limit) = (launch, device, collectives, store, heartbeat, limit);
    }

    /// <summary>A job of one process, on the CPU.</summary>
    public static World Alone { get; } = new(LaunchEnvironment.Alone, CPU, new Alone(), null, null, DefaultTimeout);

    /// <summary>What the launcher told.</summary>
    public LaunchEnvironment Launch { get; }

    /// <summary>What this process computes on; tensors of its collective operations are there.</summary>
    public Device Device { get; }

    /// <summary>What carries the operations out: <c>none</c>, Open MPI or NCCL with its version.</summary>
    public string Engine => _collectives.Engine;

    /// <summary>This process, 0 … <see cref="Size"/> - 1.</summary>
    public int Rank => Launch.Rank;

    /// <summary>Processes in all.</summary>
    public int Size => Launch.Size;

    /// <summary>Whether this is the process that writes files and logs.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>Meets the other processes.</summary>
    /// <param name="launch">Who this is and where rank 0 listens.</param>
    /// <param name="timeout">How long meeting, and afterwards any operation, may take.</param>
    /// <param name="device">What this process computes on, of the same kind everywhere; null = the CPU. Between GPUs the engine is NCCL, else Open MPI.</param>
    /// <exception cref="InputException">They did not meet in time, the port is taken, some are on GPUs and some are not, or the engine is missing; the
    /// message says what to look at.</exception>
    public static World Connect(LaunchEnvironment launch, TimeSpan? timeout = null, Device? device = null) => Connect(launch, timeout, device, engine: null);

    /// <summary>Meets the other processes, over an engine of the caller's.</summary>
    internal static World Connect(LaunchEnvironment launch, TimeSpan? timeout, Device? device, ICollectives? engine)
    {
        device ??= CPU;
        var limit = timeout ?? DefaultTimeout;
        if (launch.Size == 1)
            return new World(launch, device, engine ?? new Alone(), null, null, limit);
        RendezvousStore? store = null;
        Heartbeat? heartbeat = null;
        try
        {
            store = new RendezvousStore(launch, limit);
            heartbeat = new Heartbeat(launch, store);
            AgreeOn(device.type, store, launch, limit);
            IPending? begun = null;
            var collectives = engine ?? (device.type == DeviceType.CUDA ? new NcclCollectives(launch, device, store, limit) : new MpiCollectives(launch, out begun));
            var world = new World(launch, device, collectives, store, heartbeat, limit);
            if (begun is not null)
                world.Await("joining", begun);
            return world;
        }
        catch (InputException e)
        {
            Leave(e.Message);
            throw;
        }
        catch (Exception e) when (e is CollectiveException or RankLostException { Ranks.Count: 0, InnerException: CollectiveException })
        {
            string reason = (e.InnerException ?? e).Message;
            Leave(reason);
            throw new InputException($"rank {launch.Rank} of {launch.Size} could not join: {reason}", e);
        }
        catch (RendezvousException e)
        {
            Leave(e.Message);
            throw new InputException(
                $"rank {launch.Rank} of {launch.Size} could not meet the others at {launch.MasterAddress}:{launch.MasterPort} ({e.Message}); " +
                "see that all of them were started, that MASTER_ADDR names rank 0's host and that MASTER_PORT is free there", e);
        }

        void Leave(string reason)
        {
            heartbeat?.Farewell(reason);
            heartbeat?.Dispose();
            store?.Dispose();
        }
    }

    /// <summary>Joins a tensor with everyone's, in place and alike on all processes.</summary>
    /// <param name="tensor">Contiguous, of the same shape and type everywhere.</param>
    /// <param name="op">How.</param>
    /// <exception cref="RankLostException">A process is gone or did not answer in time.</exception>
    public void AllReduce(Tensor tensor, ReduceOp op = ReduceOp.Sum) => Await("all_reduce", _collectives.AllReduce(tensor, op));

    /// <summary>Joins a few numbers with everyone's.</summary>
    /// <param name="values">As many everywhere; overwritten.</param>
    /// <param name="op">How.</param>
    /// <exception cref="RankLostException">A process is gone or did not answer in time.</exception>
    public void AllReduce(Span<double> values, ReduceOp op = ReduceOp.Sum)
    {
        if (Size == 1)
            return;
        using var scope = NewDisposeScope();
        var numbers = tensor(values.ToArray(), device: Device);
        AllReduce(numbers, op);
        numbers.cpu().data<double>().CopyTo(values);
    }

    /// <summary>Copies a process's tensors over everyone's.</summary>
    /// <param name="tensors">Of the same shapes everywhere, in the same order.</param>
    /// <param name="root">Whose.</param>
    /// <exception cref="RankLostException">A process is gone or did not answer in time.</exception>
    public void Broadcast(IEnumerable<Tensor> tensors, int root = 0)
    {
        foreach (var pending in tensors.Select(t => _collectives.Broadcast(t, root)).ToList())
            Await("broadcast", pending);
    }

    /// <summary>Everyone's tensor, by rank.</summary>
    /// <param name="tensor">Contiguous, of the same shape and type everywhere.</param>
    /// <returns>As many as there are processes; the caller or a dispose scope frees them.</returns>
    /// <exception cref="RankLostException">A process is gone or did not answer in time.</exception>
    public Tensor[] AllGather(Tensor tensor)
    {
        using var all = empty([Size, .. tensor.shape], tensor.dtype, tensor.device);
        Await("all_gather", _collectives.AllGather(tensor, all));
        return all.unbind(0);
    }

    /// <summary>Waits until all processes have come here.</summary>
    /// <exception cref="RankLostException">A process is gone or did not answer in time.</exception>
    public void Barrier()
    {
        Span<double> nothing = [0];
        AllReduce(nothing);
    }

    /// <summary>Tells the others why this process gives up, so that they can say so. To be called before it ends in an error.</summary>
    /// <param name="reason">One line.</param>
    public void Farewell(string reason)
    {
        _heartbeat?.Farewell(reason);
        if (Size > 1)
            _collectives.Abandon();
    }

    /// <summary>Leaves the job. What the others still do together fails from then on.</summary>
    public void Dispose()
    {
        if (_disposed || Size == 1)
            return;
        _disposed = true;
        _collectives.Dispose();
        _heartbeat?.Dispose();
        _store?.Dispose();
    }

    /// <summary>Starts to add a tensor to everyone's; <see cref="Await"/> waits for the end.</summary>
    internal IPending StartSum(Tensor tensor) => _collectives.AllReduce(tensor, ReduceOp.Sum);

    /// <summary>Waits for an operation, and finds out who is to blame if it does not end.</summary>
    /// <exception cref="RankLostException">A process is gone or did not answer in time.</exception>
    internal void Await(string what, IPending pending)
    {
        var watch = Stopwatch.StartNew();
        TimeSpan? troubled = null;
        try
        {
            while (!pending.Wait(_look))
            {
                if (_heartbeat?.Trouble is not null)
                    troubled ??= watch.Elapsed;
                if (watch.Elapsed > _limit || watch.Elapsed > troubled + _patience)
                {
                    Give(null, $"no answer in {watch.Elapsed.TotalSeconds:0} s");
                    return;
                }
            }
        }
        catch (CollectiveException e)
        {
            Give(e, e.Message);
        }

        void Give(CollectiveException? error, string reason)
        {
            var (ranks, diagnosis) = _heartbeat!.Diagnose();
            if (error is null && pending.Wait(TimeSpan.Zero))
                return; // it has ended after all
            _collectives.Abandon();
            throw new RankLostException(ranks, $"{what} failed on rank {Rank} of {Size}: {diagnosis} ({reason})", error);
        }
    }

    /// <summary>Processes whose engines differ would wait for each other in vain, as when one host of several has no GPU.</summary>
    private static void AgreeOn(DeviceType device, RendezvousStore store, LaunchEnvironment launch, TimeSpan limit)
    {
        const string key = "device";
        if (launch.Rank == 0)
            store.Set(key, device.ToString());
        string first = store.Wait(key, limit);
        if (first != device.ToString())
            throw new InputException($"rank 0 computes on {first} and rank {launch.Rank} on {device}: give all processes the same --device");
        // Rank 0 says by name who has not come.
        string Here(int rank) => $"here/{rank}";
        store.Set(Here(launch.Rank), "");
        for (int rank = 0; rank < launch.Size; rank++)
        {
            try
            {
                store.Wait(Here(rank), limit);
            }
            catch (RendezvousException e)
            {
                throw new RendezvousException($"rank {rank} did not come: {e.Message}", e);
            }
        }
    }
}
