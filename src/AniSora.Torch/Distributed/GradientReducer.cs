using AniSora.Torch.Interop;
using AniSora.Torch.Modules;
using static AniSora.Torch.torch;

namespace AniSora.Torch;

/// <summary>
/// Averages gradients over all processes while the backward pass still goes on (c10d's Reducer, the engine of PyTorch's
/// DistributedDataParallel): gradients are gathered in buckets, and a bucket travels as soon as it is full.
/// </summary>
/// <remarks>
/// Per step: <see cref="BeforeForward"/>, the forward pass, <see cref="BeforeBackward"/> with the loss, <c>backward()</c>. Backward passes
/// without these calls only add to the local gradients, which the next full round averages too: that is how gradients are accumulated.
/// </remarks>
public sealed unsafe class GradientReducer : IDisposable
{
    /// <summary>Bytes in a bucket (PyTorch's own choice).</summary>
    public const long DefaultBucketBytes = 25 << 20;

    private nint _handle;

    /// <summary>Hangs a reducer on parameters, which must be equal on all processes (<see cref="World.Broadcast"/>).</summary>
    /// <param name="world">The processes.</param>
    /// <param name="parameters">The trained parameters, in the same order everywhere.</param>
    /// <param name="bucketBytes">Bytes that travel at once.</param>
    /// <param name="findUnused">Whether some parameters may have no part in a loss; costs a walk over the graph in every step.</param>
    /// <exception cref="TorchException">The parameters' shapes differ between processes.</exception>
    public GradientReducer(World world, IEnumerable<Parameter> parameters, long bucketBytes = DefaultBucketBytes, bool findUnused = false)
    {
        var kept = parameters.ToArray();
        var handles = kept.Select(p => p.Handle).ToArray();
        fixed (nint* p = handles)
        {
            nint list = (nint)p;
            world.Collective("reducer", group =>
                TorchException.Check(NativeMethods.ani_reducer_new(group.Handle, (nint*)list, handles.Length, bucketBytes, findUnused ? 1 : 0, out _handle), "reducer"));
        }
        GC.KeepAlive(kept);
    }

    private nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(GradientReducer));

    /// <summary>To be called before the forward pass.</summary>
    public void BeforeForward() => TorchException.Check(NativeMethods.ani_reducer_forward(Handle), nameof(BeforeForward));

    /// <summary>To be called between the forward pass and <c>backward()</c>, which then returns when all gradients are averaged.</summary>
    /// <param name="loss">What <c>backward()</c> will be called on.</param>
    public void BeforeBackward(Tensor loss)
    {
        TorchException.Check(NativeMethods.ani_reducer_backward(Handle, loss.Handle), nameof(BeforeBackward));
        GC.KeepAlive(loss);
    }

    /// <summary>Takes the reducer off; the parameters stay.</summary>
    public void Dispose()
    {
        if (_handle != 0)
            NativeMethods.ani_reducer_free(_handle);
        _handle = 0;
    }
}
