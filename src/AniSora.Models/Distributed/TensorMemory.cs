using System.Runtime.InteropServices;
using AniSora.Models.Runtime;

namespace AniSora.Training.Distributed;

/// <summary>Where a tensor's numbers lie.</summary>
internal static unsafe class TensorMemory
{
    private static readonly delegate* unmanaged<nint, void**, int> _address = (delegate* unmanaged<nint, void**, int>)NativeLibrary.GetExport(
        NativeLibrary.Load(Path.Combine(TorchLibrary.Folder, "libtorch_cpu.so")), "aoti_torch_get_data_ptr");

    /// <summary>The address of the first number, on the tensor's device.</summary>
    /// <exception cref="ArgumentException">The tensor is not contiguous: its numbers do not lie side by side.</exception>
    public static nint Address(Tensor tensor)
    {
        if (!tensor.is_contiguous())
            throw new ArgumentException($"a tensor [{string.Join(", ", tensor.shape)}] of a collective operation is not contiguous", nameof(tensor));
        void* address;
        if (_address(tensor.Handle, &address) != 0)
            throw new InvalidOperationException("libtorch gives no address for a tensor");
        return (nint)address;
    }
}
