using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace AniSora.Training.Distributed;

/// <summary>Collectives by Open MPI, between CPUs.</summary>
/// <remarks>
/// All calls into the library come from one thread, which carries the operations out one after another while the process computes. It
/// starts each without waiting and asks for its end with pauses between: MPI's own way of waiting takes a whole core, and cannot be told
/// that a process is lost.
/// </remarks>
internal sealed unsafe partial class MpiCollectives : ICollectives
{
    private const int ThreadFunneled = 1;
    private const int PieceElements = 1 << 28; // a message's length is an int
    private static readonly TimeSpan _leaveTime = TimeSpan.FromSeconds(10);

    private readonly BlockingCollection<Work> _queue = [];
    private readonly Thread _thread;
    private readonly MpiLibrary _mpi = new();
    private volatile bool _abandoned;

    /// <summary>Joins the job that mpirun or srun has started.</summary>
    /// <param name="launch">Who the launcher says this is.</param>
    /// <param name="begun">Ends when all have joined; fails if MPI says otherwise than the launcher.</param>
    /// <exception cref="InputException">Open MPI is missing, or did not start this process.</exception>
    public MpiCollectives(LaunchEnvironment launch, out IPending begun)
    {
        if (!StartedByMpi(Environment.GetEnvironmentVariable))
            throw new InputException(
                $"rank {launch.Rank} of {launch.Size} was not started by MPI, through which processes on CPUs work together; start the job with " +
                "'anisora launch --processes N', mpirun, or srun --mpi=pmix");
        _thread = new Thread(Run) { IsBackground = true, Name = "collectives" };
        _thread.Start();
        begun = Enqueue("MPI_Init", _ => Begin(launch));
    }

    /// <inheritdoc/>
    public string Engine => _mpi.Version;

    /// <summary>Whether a launcher that speaks to MPI has started this process: mpirun, or srun with a plugin.</summary>
    internal static bool StartedByMpi(Func<string, string?> variable) =>
        new[] { "OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK" }.Any(name => variable(name) is { Length: > 0 });

    /// <inheritdoc/>
    public IPending AllReduce(Tensor tensor, ReduceOp op)
    {
        nint type = Number(tensor.dtype), how = _mpi.Export(op switch { ReduceOp.Sum => "ompi_mpi_op_sum", ReduceOp.Min => "ompi_mpi_op_min", _ => "ompi_mpi_op_max" });
        return InPieces("MPI_Allreduce", tensor, tensor.numel(), tensor.ElementSize, type,
            (address, count, request) => _mpi.Iallreduce((nint)1 /* MPI_IN_PLACE */, address, count, type, how, _mpi.World, request));
    }

    /// <inheritdoc/>
    public IPending Broadcast(Tensor tensor, int root)
    {
        nint type = _mpi.Export("ompi_mpi_byte");
        return InPieces("MPI_Bcast", tensor, tensor.numel() * tensor.ElementSize, 1, type,
            (address, count, request) => _mpi.Ibcast(address, count, type, root, _mpi.World, request));
    }

    /// <inheritdoc/>
    public IPending AllGather(Tensor tensor, Tensor all)
    {
        nint from = TensorMemory.Address(tensor), to = TensorMemory.Address(all), type = _mpi.Export("ompi_mpi_byte");
        int bytes = checked((int)(tensor.numel() * tensor.ElementSize));
        return Enqueue("MPI_Allgather", request => _mpi.Iallgather(from, bytes, type, to, bytes, type, _mpi.World, (nint*)request), tensor, all);
    }

    /// <inheritdoc/>
    public void Abandon() => _abandoned = true;

    /// <summary>Leaves MPI, together with the others unless some are lost.</summary>
    public void Dispose()
    {
        if (_queue.IsAddingCompleted)
            return;
        if (!_abandoned)
            Enqueue("MPI_Finalize", _ => _mpi.Finalize());
        _queue.CompleteAdding();
        // Whoever is lost at the very end must not keep the others: the thread ends with the process.
        _thread.Join(_leaveTime);
    }

    private int Begin(LaunchEnvironment launch)
    {
        int provided, rank, size;
        _mpi.Check(_mpi.InitThread(null, null, ThreadFunneled, &provided), "MPI_Init");
        _mpi.ReturnErrors();
        _mpi.Check(_mpi.CommRank(_mpi.World, &rank), "MPI_Comm_rank");
        _mpi.Check(_mpi.CommSize(_mpi.World, &size), "MPI_Comm_size");
        return (rank, size) == (launch.Rank, launch.Size)
            ? 0
            : throw new CollectiveException($"MPI takes this process for rank {rank} of {size}; start all with one mpirun, or with srun --mpi=pmix");
    }

    private Work InPieces(string what, Tensor tensor, long count, long elementBytes, nint type, Starter start)
    {
        nint address = TensorMemory.Address(tensor);
        Work? last = null;
        for (long at = 0; at < count || last is null; at += PieceElements)
        {
            (nint from, int part) = (address + (nint)(at * elementBytes), (int)Math.Min(PieceElements, count - at));
            last = Enqueue(what, request => start(from, part, (nint*)request), tensor);
        }
        return last;
    }

    private delegate int Starter(nint address, int count, nint* request);

    private Work Enqueue(string what, Func<nint, int> start, params object[] keepAlive)
    {
        var work = new Work(what, start, keepAlive);
        _queue.Add(work);
        return work;
    }

    private void Run()
    {
        Exception? failed = null;
        foreach (var work in _queue.GetConsumingEnumerable())
        {
            try
            {
                // What comes after a failure would meet something else at the others.
                if (failed is null)
                    CarryOut(work);
            }
            catch (Exception e)
            {
                failed = e;
            }
            work.End(failed);
        }
    }

    private void CarryOut(Work work)
    {
        nint request = 0;
        _mpi.Check(work.Start((nint)(&request)), work.What);
        int over = request == 0 ? 1 : 0;
        for (int asked = 0; over == 0; asked++)
        {
            if (_abandoned)
                throw new CollectiveException($"{work.What}: given up");
            _mpi.Check(_mpi.Test(&request, &over, 0), work.What);
            if (over == 0)
                Pause(asked);
        }
    }

    /// <summary>
    /// Gives the core away: at first for a moment, since most messages are short; then for 50 µs, in which a large message gets on; after
    /// half a second, when another process has something longer to do, for 1 ms.
    /// </summary>
    private static void Pause(int asked)
    {
        if (asked < 100)
            Thread.Yield();
        else
            Sleep(asked < 5000 ? 50u : 1000u);
    }

    [LibraryImport("libc", EntryPoint = "usleep")]
    private static partial int Sleep(uint microseconds);

    private nint Number(ScalarType type) => _mpi.Export(type switch
    {
        ScalarType.Float32 => "ompi_mpi_float",
        ScalarType.Float64 => "ompi_mpi_double",
        ScalarType.Int64 => "ompi_mpi_int64_t",
        ScalarType.Int32 => "ompi_mpi_int32_t",
        _ => throw new ArgumentException($"MPI does not add tensors of type {type}; convert to float32"),
    });

    private sealed class Work(string what, Func<nint, int> start, object[] keepAlive) : IPending
    {
        private readonly ManualResetEventSlim _over = new();
        private object[]? _keepAlive = keepAlive;
        private Exception? _error;

        public string What => what;

        public Func<nint, int> Start => start;

        public void End(Exception? error)
        {
            (_error, _keepAlive) = (error, null);
            _over.Set();
        }

        public bool Wait(TimeSpan limit)
        {
            bool over = _over.Wait(limit);
            GC.KeepAlive(_keepAlive);
            return over && _error is { } error ? throw new CollectiveException(error.Message) : over;
        }
    }
}
