namespace AniSora.Kernels.OpenCl;

/// <summary>A buffer of a call, as an argument of kernels.</summary>
internal readonly record struct OpenClBuffer(nint Handle);

/// <summary>An argument of a kernel: a buffer or a number.</summary>
internal readonly struct OpenClArgument
{
    private OpenClArgument(long bits, int size) => (Bits, Size) = (bits, size);

    public long Bits { get; }
    public int Size { get; }

    public static implicit operator OpenClArgument(OpenClBuffer buffer) => new(buffer.Handle, sizeof(long));

    public static implicit operator OpenClArgument(int value) => new(value, sizeof(int));

    public static implicit operator OpenClArgument(float value) => new(BitConverter.SingleToInt32Bits(value), sizeof(float));
}

/// <summary>
/// One call to a device: memory goes in, kernels run in order, memory comes out; buffers live as long as the call. On a device that shares the
/// computer's memory nothing is copied: buffers are the caller's own memory, which must stay pinned. A session runs one call at a time.
/// </summary>
internal sealed unsafe class OpenClCall : IDisposable
{
    /// <summary>Work-items of a group along the first direction; sizes are rounded up to it, and kernels skip what lies beyond.</summary>
    public const int Group = 64;

    private readonly OpenClSession _session;
    private readonly bool _share;
    private readonly List<OpenClHandle> _buffers = [];
    private readonly List<(nint Buffer, nint Host, long Bytes)> _outputs = [];

    /// <summary>Starts a call and waits for its turn.</summary>
    /// <param name="session">The device.</param>
    /// <param name="share">Whether to work in the caller's memory.</param>
    public OpenClCall(OpenClSession session, bool share)
    {
        (_session, _share) = (session, share);
        Monitor.Enter(session);
    }

    /// <summary>Memory that kernels read.</summary>
    public OpenClBuffer Input<T>(T* host, long count)
        where T : unmanaged
    {
        long bytes = count * sizeof(T);
        var buffer = Add(bytes, _share ? OpenClLibrary.ReadOnly | OpenClLibrary.UseHostPointer : OpenClLibrary.ReadOnly, host);
        if (!_share)
            Write(buffer, host, bytes);
        return buffer;
    }

    /// <summary>Memory that kernels write in full; it is valid after <see cref="Finish"/>.</summary>
    public OpenClBuffer Output<T>(T* host, long count)
        where T : unmanaged
    {
        long bytes = count * sizeof(T);
        var buffer = Add(bytes, _share ? OpenClLibrary.ReadWrite | OpenClLibrary.UseHostPointer : OpenClLibrary.ReadWrite, host);
        _outputs.Add((buffer.Handle, (nint)host, bytes));
        return buffer;
    }

    /// <summary>Memory between kernels, on the device only. Its content is undefined at first.</summary>
    public OpenClBuffer Scratch(long bytes) => Add(bytes, OpenClLibrary.ReadWrite, null);

    /// <summary>Memory that kernels read, copied now: the caller's need not stay.</summary>
    public OpenClBuffer Copy<T>(T* host, long count)
        where T : unmanaged
    {
        long bytes = count * sizeof(T);
        var buffer = Add(bytes, OpenClLibrary.ReadOnly, null);
        Write(buffer, host, bytes);
        return buffer;
    }

    /// <summary>Waits for the kernels so far and copies a part of a buffer.</summary>
    public void Read<T>(OpenClBuffer buffer, long from, T* host, long count)
        where T : unmanaged => OpenClException.Check(
        OpenClLibrary.EnqueueRead(_session.Queue, buffer.Handle, 1, (nuint)(from * sizeof(T)), (nuint)(count * sizeof(T)), host, 0, null, null),
        "copying from the device", _session.Device);

    /// <summary>Runs a kernel over a range of up to three directions.</summary>
    /// <param name="program">The <c>.cl</c> file, without its ending.</param>
    /// <param name="kernel">The kernel in it.</param>
    /// <param name="range">How many work-items; the first number is rounded up, so the kernel must check it.</param>
    /// <param name="arguments">In the kernel's order.</param>
    public void Run(string program, string kernel, (long X, long Y, long Z) range, params ReadOnlySpan<OpenClArgument> arguments)
    {
        nint handle = _session.Kernel(program, kernel).Value;
        for (int i = 0; i < arguments.Length; i++)
        {
            long bits = arguments[i].Bits;
            OpenClException.Check(OpenClLibrary.SetArgument(handle, (uint)i, (nuint)arguments[i].Size, &bits), $"argument {i} of kernel {kernel}", _session.Device);
        }

        nuint* size = stackalloc nuint[] { (nuint)((range.X + Group - 1) / Group * Group), (nuint)range.Y, (nuint)range.Z };
        nuint* group = stackalloc nuint[] { Group, 1, 1 };
        OpenClException.Check(OpenClLibrary.EnqueueKernel(_session.Queue, handle, 3, null, size, group, 0, null, null), $"kernel {kernel}", _session.Device);
    }

    /// <summary>Waits for the kernels and makes the outputs so far visible to the caller; more kernels may follow.</summary>
    public void Finish()
    {
        OpenClException.Check(OpenClLibrary.Finish(_session.Queue), "waiting for kernels", _session.Device);
        foreach (var (buffer, host, bytes) in _outputs)
        {
            if (!_share)
            {
                Read(new OpenClBuffer(buffer), 0, (byte*)host, bytes);
                continue;
            }

            // Shared memory is up to date for the host once it has been mapped; the mapping is the memory itself.
            int status;
            void* mapped = OpenClLibrary.EnqueueMap(_session.Queue, buffer, 1, OpenClLibrary.MapRead, 0, (nuint)bytes, 0, null, null, &status);
            OpenClException.Check(status, "mapping a result", _session.Device);
            OpenClException.Check(OpenClLibrary.EnqueueUnmap(_session.Queue, buffer, mapped, 0, null, null), "unmapping a result", _session.Device);
        }

        _outputs.Clear();
        if (_share)
            OpenClException.Check(OpenClLibrary.Finish(_session.Queue), "unmapping results", _session.Device);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // After an error kernels may still be at work in the caller's memory.
        _ = OpenClLibrary.Finish(_session.Queue);
        foreach (var buffer in _buffers)
            buffer.Dispose();
        Monitor.Exit(_session);
    }

    private void Write(OpenClBuffer buffer, void* host, long bytes) => OpenClException.Check(
        OpenClLibrary.EnqueueWrite(_session.Queue, buffer.Handle, 1, 0, (nuint)bytes, host, 0, null, null), "copying to the device", _session.Device);

    private OpenClBuffer Add(long bytes, ulong flags, void* host)
    {
        var buffer = _session.Buffer(bytes, flags, (flags & OpenClLibrary.UseHostPointer) != 0 ? host : null);
        _buffers.Add(buffer);
        return new OpenClBuffer(buffer.Value);
    }
}
