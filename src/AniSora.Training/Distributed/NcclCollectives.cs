using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace AniSora.Training.Distributed;

/// <summary>Collectives by NCCL, between GPUs: one process for each. <b>Never run</b>, see <see cref="NcclLibrary"/>.</summary>
/// <remarks>
/// Operations run on a stream of their own. An event makes it wait for what libtorch has put on its stream (the default one) so far, and
/// another makes libtorch's stream wait for the operation once somebody waits for it: what is computed between goes on beside it.
/// </remarks>
internal sealed unsafe class NcclCollectives : ICollectives
{
    private const nint TorchStream = 0;
    private const uint NonBlocking = 1; // CU_STREAM_NON_BLOCKING
    private const uint NoTiming = 2; // CU_EVENT_DISABLE_TIMING
    private const string IdKey = "nccl";

    private readonly nint _comm;
    private readonly nint _stream;
    private volatile bool _abandoned;
    private bool _disposed;

    /// <summary>Joins; returns when all have joined.</summary>
    /// <param name="launch">Which process this is.</param>
    /// <param name="device">Its GPU.</param>
    /// <param name="store">Where rank 0 leaves the unique id.</param>
    /// <param name="limit">How long to wait for it.</param>
    /// <exception cref="InputException">NCCL or CUDA's driver is not installed.</exception>
    /// <exception cref="CollectiveException">NCCL reports an error.</exception>
    public NcclCollectives(LaunchEnvironment launch, Device device, RendezvousStore store, TimeSpan limit)
    {
        try
        {
            // Makes the GPU's context current on this thread.
            using (zeros(1, device: device))
            {
            }
            Check(NcclLibrary.ncclGetVersion(out int version), "ncclGetVersion");
            Engine = string.Create(CultureInfo.InvariantCulture, $"NCCL {version / 10000}.{version / 100 % 100}.{version % 100}");
            NcclLibrary.UniqueId id = default;
            var bytes = MemoryMarshal.AsBytes(new Span<NcclLibrary.UniqueId>(ref id));
            if (launch.Rank == 0)
            {
                Check(NcclLibrary.ncclGetUniqueId(out id), "ncclGetUniqueId");
                store.Set(IdKey, Convert.ToBase64String(bytes));
            }
            else
            {
                Convert.FromBase64String(store.Wait(IdKey, limit)).CopyTo(bytes);
            }
            Check(NcclLibrary.ncclCommInitRank(out _comm, launch.Size, id, launch.Rank), "ncclCommInitRank");
            Driver(NcclLibrary.cuStreamCreate(out _stream, NonBlocking), "cuStreamCreate");
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new InputException($"NCCL cannot be loaded ({e.Message.Split('\n')[0]}); several processes on GPUs need it: install libnccl2 and NVIDIA's driver, or use --device cpu", e);
        }
    }

    /// <inheritdoc/>
    public string Engine { get; }

    /// <inheritdoc/>
    public IPending AllReduce(Tensor tensor, ReduceOp op)
    {
        nint address = TensorMemory.Address(tensor);
        int how = op switch { ReduceOp.Sum => 0, ReduceOp.Max => 2, _ => 3 };
        return Start("ncclAllReduce", () => NcclLibrary.ncclAllReduce(address, address, (nuint)tensor.numel(), Number(tensor.dtype), how, _comm, _stream), tensor);
    }

    /// <inheritdoc/>
    public IPending Broadcast(Tensor tensor, int root)
    {
        nint address = TensorMemory.Address(tensor);
        return Start("ncclBroadcast", () => NcclLibrary.ncclBroadcast(address, address, Bytes(tensor), 0, root, _comm, _stream), tensor);
    }

    /// <inheritdoc/>
    public IPending AllGather(Tensor tensor, Tensor all)
    {
        (nint from, nint to) = (TensorMemory.Address(tensor), TensorMemory.Address(all));
        return Start("ncclAllGather", () => NcclLibrary.ncclAllGather(from, to, Bytes(tensor), 0, _comm, _stream), tensor, all);
    }

    /// <inheritdoc/>
    public void Abandon() => _abandoned = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        // Destroying waits for what is under way; aborting does not.
        _ = _abandoned ? NcclLibrary.ncclCommAbort(_comm) : NcclLibrary.ncclCommDestroy(_comm);
        _ = NcclLibrary.cuStreamDestroy(_stream);
    }

    private static nuint Bytes(Tensor tensor) => (nuint)(tensor.numel() * tensor.ElementSize);

    private Work Start(string what, Func<int> operation, params object[] keepAlive)
    {
        var ready = Mark(TorchStream);
        Driver(NcclLibrary.cuStreamWaitEvent(_stream, ready, 0), "cuStreamWaitEvent");
        _ = NcclLibrary.cuEventDestroy(ready); // CUDA lets go of it when it has happened
        Check(operation(), what);
        return new Work(this, what, Mark(_stream), keepAlive);
    }

    private static nint Mark(nint stream)
    {
        Driver(NcclLibrary.cuEventCreate(out nint marker, NoTiming), "cuEventCreate");
        Driver(NcclLibrary.cuEventRecord(marker, stream), "cuEventRecord");
        return marker;
    }

    private static int Number(ScalarType type) => type switch // ncclDataType_t
    {
        ScalarType.Int32 => 2,
        ScalarType.Int64 => 4,
        ScalarType.Float16 => 6,
        ScalarType.Float32 => 7,
        ScalarType.Float64 => 8,
        ScalarType.BFloat16 => 9,
        _ => throw new ArgumentException($"NCCL does not add tensors of type {type}; convert to float32"),
    };

    private static void Check(int result, string operation)
    {
        if (result is not (NcclLibrary.Success or NcclLibrary.InProgress))
            throw new CollectiveException($"{operation}: {Marshal.PtrToStringUTF8(NcclLibrary.ncclGetErrorString(result))}");
    }

    private static void Driver(int result, string operation)
    {
        if (result != NcclLibrary.Success)
            throw new CollectiveException(string.Create(CultureInfo.InvariantCulture, $"{operation}: CUDA error {result}"));
    }

    private sealed class Work(NcclCollectives owner, string what, nint marker, object[] keepAlive) : IPending
    {
        private bool _over;

        public bool Wait(TimeSpan limit)
        {
            var watch = Stopwatch.StartNew();
            while (!_over)
            {
                int state = NcclLibrary.cuEventQuery(marker);
                if (state == NcclLibrary.Success)
                {
                    // From here on libtorch's stream sees the result.
                    Driver(NcclLibrary.cuStreamWaitEvent(TorchStream, marker, 0), "cuStreamWaitEvent");
                    _ = NcclLibrary.cuEventDestroy(marker);
                    _over = true;
                    break;
                }
                if (state != NcclLibrary.NotReady)
                    Driver(state, what);
                Check(NcclLibrary.ncclCommGetAsyncError(owner._comm, out int error), "ncclCommGetAsyncError");
                Check(error, what);
                if (watch.Elapsed >= limit)
                    return false;
                Thread.Sleep(0);
            }
            GC.KeepAlive(keepAlive);
            return true;
        }
    }
}
