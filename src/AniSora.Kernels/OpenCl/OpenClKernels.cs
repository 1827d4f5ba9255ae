namespace AniSora.Kernels.OpenCl;

/// <summary>Kernels on an OpenCL device, from the <c>.cl</c> files embedded in this assembly; equal to <see cref="SimdKernels"/>.</summary>
public sealed partial class OpenClKernels : KernelBackend
{
    private readonly OpenClSession _session;
    private readonly bool _share;

    /// <summary>Makes a device ready. Programs are built when their first kernel is used.</summary>
    /// <exception cref="OpenClException">Its driver refuses.</exception>
    public OpenClKernels(OpenClDevice device) : this(device, device.SharesMemory)
    {
    }

    /// <summary>The same, with the way that data take given: for tests of both on one device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="share">Whether it works in the caller's memory; otherwise data are copied there and back.</param>
    internal OpenClKernels(OpenClDevice device, bool share) => (_session, _share) = (new OpenClSession(device), share);

    /// <inheritdoc/>
    public override string Describe() => $"OpenCL: {_session.Device}, {(_share ? "working in the computer's memory" : "copying there and back")}";

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _session.Dispose();
        base.Dispose(disposing);
    }

    private OpenClCall Begin() => new(_session, _share);
}
