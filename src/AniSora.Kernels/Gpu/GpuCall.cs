using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace AniSora.Kernels.Gpu;

/// <summary>A device made ready, with the kernels compiled for it so far.</summary>
internal sealed class GpuSession(GpuDevice device, Accelerator accelerator, long limit) : IDisposable
{
    private readonly Dictionary<MethodInfo, Delegate> _kernels = [];

    public GpuDevice Device => device;
    public Accelerator Accelerator => accelerator;
    public GpuMemory Memory { get; } = new(accelerator, limit);

    /// <summary>A kernel's launcher.</summary>
    public TLauncher Launcher<TLauncher>(Delegate kernel, Func<TLauncher> load)
        where TLauncher : Delegate
    {
        if (!_kernels.TryGetValue(kernel.Method, out var found))
            _kernels.Add(kernel.Method, found = load());
        return (TLauncher)found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Memory.Dispose();
        accelerator.Dispose();
    }
}

/// <summary>One call to a device: memory goes in, kernels run in order, memory comes out. A session runs one call at a time.</summary>
/// <remarks>Bytes lie on the device four to a word (<see cref="Words"/>): one byte for each thread is three times slower.</remarks>
internal sealed class GpuCall : IDisposable
{
    private readonly GpuSession _session;
    private readonly AcceleratorStream _stream;

    /// <summary>Starts a call and waits for its turn.</summary>
    public GpuCall(GpuSession session)
    {
        (_session, _stream) = (session, session.Accelerator.DefaultStream);
        Monitor.Enter(session);
    }

    /// <summary>Memory on the device only. Its content is undefined at first.</summary>
    public ArrayView<T> Scratch<T>(long count)
        where T : unmanaged => _session.Memory.Take<T>(count);

    /// <summary>Room for bytes, four to a word.</summary>
    public ArrayView<uint> Bytes(int count) => Scratch<uint>(Words.For(count));

    /// <summary>A copy of the caller's memory; what is missing of the last value is 0.</summary>
    public ArrayView<T> Upload<T>(ReadOnlySpan<byte> values)
        where T : unmanaged
    {
        var view = Scratch<T>((values.Length + Interop.SizeOf<T>() - 1) / Interop.SizeOf<T>());
        if (values.Length % Interop.SizeOf<T>() != 0)
            view.SubView(view.Length - 1).MemSetToZero(_stream);
        view.Cast<byte>().SubView(0, values.Length).CopyFromCPU(_stream, values);
        return view;
    }

    /// <summary>Waits for the kernels so far and copies the beginning of what they made.</summary>
    public void Download<T, TTo>(ArrayView<T> view, Span<TTo> to)
        where T : unmanaged where TTo : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(to);
        view.Cast<byte>().SubView(0, bytes.Length).CopyToCPU(_stream, bytes);
        _stream.Synchronize();
    }

    /// <summary>Sets values to 0.</summary>
    public void Clear(ArrayView<float> view) => view.MemSetToZero(_stream);

    /// <summary>Copies on the device.</summary>
    public void Copy(ArrayView<float> from, ArrayView<float> to) => from.CopyTo(_stream, to);

    /// <summary>Runs a kernel on <paramref name="threads"/> threads, each with its number.</summary>
    public void Run<T1, T2>(Action<Index1D, T1, T2> kernel, int threads, T1 a, T2 b)
        where T1 : struct where T2 : struct =>
        _session.Launcher(kernel, () => _session.Accelerator.LoadAutoGroupedKernel(kernel))(_stream, threads, a, b);

    /// <inheritdoc cref="Run{T1, T2}"/>
    public void Run<T1, T2, T3>(Action<Index1D, T1, T2, T3> kernel, int threads, T1 a, T2 b, T3 c)
        where T1 : struct where T2 : struct where T3 : struct =>
        _session.Launcher(kernel, () => _session.Accelerator.LoadAutoGroupedKernel(kernel))(_stream, threads, a, b, c);

    /// <inheritdoc cref="Run{T1, T2}"/>
    public void Run<T1, T2, T3, T4>(Action<Index1D, T1, T2, T3, T4> kernel, int threads, T1 a, T2 b, T3 c, T4 d)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct =>
        _session.Launcher(kernel, () => _session.Accelerator.LoadAutoGroupedKernel(kernel))(_stream, threads, a, b, c, d);

    /// <inheritdoc cref="Run{T1, T2}"/>
    public void Run<T1, T2, T3, T4, T5>(Action<Index1D, T1, T2, T3, T4, T5> kernel, int threads, T1 a, T2 b, T3 c, T4 d, T5 e)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct =>
        _session.Launcher(kernel, () => _session.Accelerator.LoadAutoGroupedKernel(kernel))(_stream, threads, a, b, c, d, e);

    /// <inheritdoc cref="Run{T1, T2}"/>
    public void Run<T1, T2, T3, T4, T5, T6>(Action<Index1D, T1, T2, T3, T4, T5, T6> kernel, int threads, T1 a, T2 b, T3 c, T4 d, T5 e, T6 f)
        where T1 : struct where T2 : struct where T3 : struct where T4 : struct where T5 : struct where T6 : struct =>
        _session.Launcher(kernel, () => _session.Accelerator.LoadAutoGroupedKernel(kernel))(_stream, threads, a, b, c, d, e, f);

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            // After an error kernels may still be at work.
            _stream.Synchronize();
            _session.Memory.Reset();
        }
        finally
        {
            Monitor.Exit(_session);
        }
    }
}
