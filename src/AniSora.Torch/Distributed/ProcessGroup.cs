using AniSora.Torch.Interop;
using static AniSora.Torch.torch;

namespace AniSora.Torch;

/// <summary>How numbers of all processes are joined.</summary>
public enum ReduceOp
{
    /// <summary>Added.</summary>
    Sum = 0,

    /// <summary>The least.</summary>
    Min = 3,

    /// <summary>The greatest.</summary>
    Max = 4,
}

/// <summary>Which transport a group uses.</summary>
public enum GroupBackend
{
    /// <summary>Gloo: over TCP, for tensors on the CPU.</summary>
    Gloo,

    /// <summary>NCCL: for tensors on GPUs; only in CUDA builds of libtorch.</summary>
    Nccl,
}

/// <summary>A small key-value store at rank 0 through which processes find each other (c10d's TCPStore).</summary>
internal sealed unsafe class RendezvousStore : IDisposable
{
    private readonly Lock _lock = new();
    private nint _handle;

    /// <summary>Connects; rank 0 opens the store first, the others wait for it.</summary>
    /// <param name="host">Rank 0's address.</param>
    /// <param name="port">Its port.</param>
    /// <param name="serve">Whether this process opens it.</param>
    /// <param name="timeout">How long to wait.</param>
    public RendezvousStore(string host, int port, bool serve, TimeSpan timeout)
    {
        TorchException.Check(
            NativeMethods.ani_store_connect(host, port, serve ? 1 : 0, (long)timeout.TotalMilliseconds, out _handle),
            "rendezvous", $"{host}:{port}");
    }

    internal nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(RendezvousStore));

    public void Set(string key, string value)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(value);
        lock (_lock)
            fixed (byte* p = bytes)
                TorchException.Check(NativeMethods.ani_store_set(Handle, key, p, bytes.Length), "store.set", key);
    }

    public long Add(string key, long amount)
    {
        lock (_lock)
        {
            TorchException.Check(NativeMethods.ani_store_add(Handle, key, amount, out long result), "store.add", key);
            return result;
        }
    }

    /// <summary>The value of a key; null if it is not set.</summary>
    public string? Find(string key)
    {
        lock (_lock)
        {
            TorchException.Check(NativeMethods.ani_store_has(Handle, key, out int there), "store.has", key);
            if (there == 0)
                return null;
            TorchException.Check(NativeMethods.ani_store_get(Handle, key, 1000), "store.get", key);
            return LastText();
        }
    }

    /// <summary>The value of a key, as soon as it is set.</summary>
    public string Wait(string key, TimeSpan timeout)
    {
        lock (_lock)
        {
            TorchException.Check(NativeMethods.ani_store_get(Handle, key, (long)timeout.TotalMilliseconds), "store.get", key);
            return LastText();
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_handle != 0)
                NativeMethods.ani_store_free(_handle);
            _handle = 0;
        }
    }
}

/// <summary>Collective operations over all processes of a job (c10d). Every process has to make the same calls in the same order.</summary>
internal sealed unsafe class ProcessGroup : IDisposable
{
    private nint _handle;

    /// <summary>Joins the group; returns when all have joined.</summary>
    /// <param name="store">Where they meet.</param>
    /// <param name="backend">The transport.</param>
    /// <param name="rank">This process.</param>
    /// <param name="size">Processes in all.</param>
    /// <param name="timeout">How long joining, and afterwards any operation, may take.</param>
    /// <param name="address">The local address that others reach this process at; null for the host name's.</param>
    public ProcessGroup(RendezvousStore store, GroupBackend backend, int rank, int size, TimeSpan timeout, string? address)
    {
        TorchException.Check(
            NativeMethods.ani_group_new(store.Handle, backend == GroupBackend.Nccl ? 1 : 0, rank, size, (long)timeout.TotalMilliseconds, address, out _handle),
            "process group", $"rank {rank} of {size}");
    }

    internal nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(ProcessGroup));

    public void AllReduce(Tensor tensor, ReduceOp op)
    {
        TorchException.Check(NativeMethods.ani_group_all_reduce(Handle, tensor.Handle, (int)op), "all_reduce", tensor.Describe());
        GC.KeepAlive(tensor);
    }

    public void Broadcast(IReadOnlyList<Tensor> tensors, int root)
    {
        var handles = tensors.Select(t => t.Handle).ToArray();
        fixed (nint* p = handles)
            TorchException.Check(NativeMethods.ani_group_broadcast(Handle, p, handles.Length, root), "broadcast", $"{handles.Length} tensors");
        GC.KeepAlive(tensors);
    }

    public void AllGather(Tensor tensor, IReadOnlyList<Tensor> results)
    {
        var handles = results.Select(t => t.Handle).ToArray();
        fixed (nint* p = handles)
            TorchException.Check(NativeMethods.ani_group_all_gather(Handle, tensor.Handle, p, handles.Length), "all_gather", tensor.Describe());
        GC.KeepAlive(tensor);
        GC.KeepAlive(results);
    }

    public void Barrier() => TorchException.Check(NativeMethods.ani_group_barrier(Handle), "barrier");

    public void Dispose()
    {
        if (_handle != 0)
            NativeMethods.ani_group_free(_handle);
        _handle = 0;
    }
}
