using System.Runtime.InteropServices;

namespace AniSora.Kernels.OpenCl;

/// <summary>An object of the OpenCL driver; it is released once, at the latest by the finalizer.</summary>
internal sealed class OpenClHandle : SafeHandle
{
    private readonly Func<nint, int> _release;

    /// <summary>Takes over what a create call returned.</summary>
    /// <param name="value">The driver's handle.</param>
    /// <param name="release">The call that gives it back.</param>
    public OpenClHandle(nint value, Func<nint, int> release) : base(0, ownsHandle: true)
    {
        _release = release;
        SetHandle(value);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The driver's handle, valid until this is disposed.</summary>
    public nint Value => handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => _release(handle) == 0;
}
