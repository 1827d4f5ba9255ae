using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AniSora.Torch.Modules;
using static AniSora.Torch.torch;

namespace AniSora.Torch;

/// <summary>
/// The processes that work on one job together. Every process has to make the same calls in the same order; with one process alone all
/// of them do nothing.
/// </summary>
public sealed class World : IDisposable
{
    /// <summary>How long an operation may take before the job is given up: more than a rank needs between two of them.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(10);

    private readonly RendezvousStore? _store;
    private readonly ProcessGroup? _group;
    private readonly Heartbeat? _heartbeat;

    private World(LaunchEnvironment launch, Device device, RendezvousStore? store, ProcessGroup? group, Heartbeat? heartbeat)
    {
        (Launch, Device, _store, _group, _heartbeat) = (launch, device, store, group, heartbeat);
    }

    /// <summary>A job of one process, on the CPU.</summary>
    public static World Alone { get; } = new(LaunchEnvironment.Alone, CPU, null, null, null);

    /// <summary>What the launcher told.</summary>
    public LaunchEnvironment Launch { get; }

    /// <summary>What this process computes on; tensors of its collective operations are there.</summary>
    public Device Device { get; }

    /// <summary>This process, 0 … <see cref="Size"/> - 1.</summary>
    public int Rank => Launch.Rank;

    /// <summary>Processes in all.</summary>
    public int Size => Launch.Size;

    /// <summary>Whether this is the process that writes files and logs.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>Meets the other processes.</summary>
    /// <param name="launch">Who this is and where rank 0 listens.</param>
    /// <param name="timeout">How long meeting, and afterwards any operation, may take.</param>
    /// <param name="device">What this process computes on, of the same kind everywhere; null = the CPU. Over GPUs the transport is NCCL, else Gloo.</param>
    /// <exception cref="InputException">They did not meet in time, the port is taken, or some are on GPUs and some are not; the message says what
    /// to look at.</exception>
    public static World Connect(LaunchEnvironment launch, TimeSpan? timeout = null, Device? device = null)
    {
        device ??= CPU;
        if (launch.Size == 1)
            return new World(launch, device, null, null, null);
        var limit = timeout ?? DefaultTimeout;
        RendezvousStore? store = null;
        Heartbeat? heartbeat = null;
        try
        {
            store = new RendezvousStore(launch.MasterAddress, launch.MasterPort, serve: launch.Rank == 0, limit);
            heartbeat = new Heartbeat(launch, limit);
            AgreeOn(device.type, store, launch, limit);
            var backend = device.type == DeviceType.CUDA ? GroupBackend.Nccl : GroupBackend.Gloo;
            var group = new ProcessGroup(store, backend, launch.Rank, launch.Size, limit, LocalAddress(launch));
            return new World(launch, device, store, group, heartbeat);
        }
        catch (InputException e)
        {
            heartbeat?.Farewell(e.Message);
            heartbeat?.Dispose();
            store?.Dispose();
            throw;
        }
        catch (TorchException e)
        {
            heartbeat?.Dispose();
            store?.Dispose();
            throw new InputException(
                $"rank {launch.Rank} of {launch.Size} could not meet the others at {launch.MasterAddress}:{launch.MasterPort} ({e.Reason}); " +
                "see that all of them were started, that MASTER_ADDR names rank 0's host and that MASTER_PORT is free there", e);
        }
    }

    /// <summary>Joins a tensor with everyone's, in place and alike on all processes.</summary>
    /// <param name="tensor">Contiguous, of the same shape and type everywhere.</param>
    /// <param name="op">How.</param>
    /// <exception cref="RankLostException">A process is gone or did not answer in time.</exception>
    public void AllReduce(Tensor tensor, ReduceOp op = ReduceOp.Sum) => Collective("all_reduce", group => group.AllReduce(tensor, op));

    /// <summary>Joins a few numbers with everyone's.</summary>
    /// <param name="values">As many everywhere; overwritten.</param>
    /// <param name="op">How.</param>
    /// <exception cref="RankLostException">A process is gone or did not answer in time.</exception>
    public void AllReduce(Span<double> values, ReduceOp op = ReduceOp.Sum)
    {
        if (_group is null)
            return;
        using var scope = NewDisposeScope();
        var numbers = Transfers.ToDevice<double>(values, [values.Length], Device);
        AllReduce(numbers, op);
        numbers.ToArray<double>().CopyTo(values);
    }

    /// <summary>Copies a process's tensors over everyone's.</summary>
    /// <param name="tensors">Of the same shapes everywhere, in the same order.</param>
    /// <param name="root">Whose.</param>
    /// <exception cref="RankLostException">A process is gone or did not answer in time.</exception>
    public void Broadcast(IEnumerable<Tensor> tensors, int root = 0)
    {
        if (_group is null)
            return;
        using var noGrad = no_grad();
        var list = tensors.ToList();
        Collective("broadcast", group => group.Broadcast(list, root));
    }

    /// <summary>Everyone's tensor, by rank.</summary>
    /// <param name="tensor">Contiguous, of the same shape and type everywhere.</param>
    /// <returns>As many as there are processes; the caller or a dispose scope frees them.</returns>
    /// <exception cref="RankLostException">A process is gone or did not answer in time.</exception>
    public Tensor[] AllGather(Tensor tensor)
    {
        if (_group is null)
            return [tensor.clone()];
        var results = Enumerable.Range(0, Size).Select(_ => tensor.clone()).ToArray();
        Collective("all_gather", group => group.AllGather(tensor, results));
        return results;
    }

    /// <summary>Waits until all processes have come here.</summary>
    /// <exception cref="RankLostException">A process is gone or did not answer in time.</exception>
    public void Barrier()
    {
        if (Device.type == DeviceType.CPU)
        {
            Collective("barrier", group => group.Barrier());
            return;
        }
        // NCCL's own barrier guesses which GPU a process is on. Reading the sum waits for everyone.
        AllReduce([1.0]);
    }

    /// <summary>Tells the others why this process gives up, so that they can say so. To be called before it ends in an error.</summary>
    /// <param name="reason">One line.</param>
    public void Farewell(string reason) => _heartbeat?.Farewell(reason);

    /// <summary>Leaves the job. What the others still do together fails from then on.</summary>
    public void Dispose()
    {
        _group?.Dispose();
        _heartbeat?.Dispose();
        _store?.Dispose();
    }

    /// <summary>Runs a collective operation; with one process there is nothing to do.</summary>
    internal void Collective(string what, Action<ProcessGroup> operation)
    {
        if (_group is null)
            return;
        try
        {
            operation(_group);
        }
        catch (TorchException e)
        {
            throw Lost(what, e);
        }
    }

    /// <summary>An error of libtorch in a place where others take part, such as <c>backward()</c> with a reducer: says who is missing.</summary>
    public Exception Explain(string what, TorchException error) => _group is null ? error : Lost(what, error);

    private RankLostException Lost(string what, TorchException error)
    {
        var (ranks, diagnosis) = _heartbeat!.Diagnose();
        return new RankLostException(ranks, $"{what} failed on rank {Rank} of {Size}: {diagnosis} ({error.Reason})", error);
    }

    /// <summary>Processes whose transports differ would wait for each other in vain, as when one host of several has no GPU.</summary>
    private static void AgreeOn(DeviceType device, RendezvousStore store, LaunchEnvironment launch, TimeSpan limit)
    {
        const string key = "device";
        if (launch.Rank == 0)
            store.Set(key, device.ToString());
        string first = store.Wait(key, limit);
        if (first != device.ToString())
            throw new InputException($"rank 0 computes on {first} and rank {launch.Rank} on {device}: give all processes the same --device");
    }

    /// <summary>
    /// The address by which the others reach this process: that of the network interface named in GLOO_SOCKET_IFNAME, else the one from
    /// which rank 0 is reached.
    /// </summary>
    private static string LocalAddress(LaunchEnvironment launch)
    {
        if (Environment.GetEnvironmentVariable("GLOO_SOCKET_IFNAME") is { Length: > 0 } name)
        {
            var addresses = System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces()
                .Where(i => i.Name == name)
                .SelectMany(i => i.GetIPProperties().UnicastAddresses)
                .Select(a => a.Address)
                .Where(a => a.AddressFamily == AddressFamily.InterNetwork);
            return addresses.FirstOrDefault()?.ToString() ?? throw new InputException($"GLOO_SOCKET_IFNAME={name}: no such network interface with an IPv4 address on this host");
        }
        try
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            probe.Connect(launch.MasterAddress, launch.MasterPort);
            return ((IPEndPoint)probe.LocalEndPoint!).Address.ToString();
        }
        catch (SocketException e)
        {
            throw new InputException($"MASTER_ADDR={launch.MasterAddress}: cannot be reached ({e.Message}); give the host or address of rank 0", e);
        }
    }
}

/// <summary>Another process of the job is gone, or did not answer in time.</summary>
/// <param name="ranks">Which ones, as far as it is known.</param>
/// <param name="message">One line that names them.</param>
/// <param name="inner">What libtorch said.</param>
public sealed class RankLostException(IReadOnlyList<int> ranks, string message, Exception inner) : Exception(message, inner)
{
    /// <summary>The ranks that no longer answer.</summary>
    public IReadOnlyList<int> Ranks { get; } = ranks;
}
