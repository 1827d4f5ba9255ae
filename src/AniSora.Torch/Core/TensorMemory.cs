using System.Buffers;
using System.Runtime.InteropServices;
using AniSora.Torch.Interop;
using static AniSora.Torch.torch;

namespace AniSora.Torch;

/// <summary>Tensors over memory that is already there: an array, a mapped file.</summary>
public static unsafe class TensorMemory
{
    /// <summary>A tensor over an array or other managed memory, without a copy: each sees what the other writes.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="memory">The elements in row-major order; pinned until the tensor and all its views are gone.</param>
    /// <param name="shape">The size of each dimension; their product is the memory's length.</param>
    /// <exception cref="ArgumentException">Shape and length don't match.</exception>
    public static Tensor Wrap<T>(Memory<T> memory, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        if (Count(shape) != memory.Length)
            throw new ArgumentException($"{memory.Length} elements don't fill the shape [{string.Join(", ", shape.ToArray())}]",
                nameof(shape));
        var pin = memory.Pin();
        return Wrap((nint)pin.Pointer, shape, TypeOf<T>(), () => pin.Dispose());
    }

    /// <summary>A tensor over native memory, without a copy.</summary>
    /// <param name="address">The first element, aligned to its type.</param>
    /// <param name="shape">The size of each dimension; the memory holds that many elements in row-major order.</param>
    /// <param name="dtype">The type of the elements.</param>
    /// <param name="release">Called once when the tensor and all its views are gone, on whatever thread, also the
    /// finalizer's; must not throw and make no tensors.</param>
    /// <exception cref="ArgumentException">A size is negative, or there is no memory.</exception>
    /// <remarks>Over read-only memory (a mapped file) the tensor must only be read: a write ends the process.</remarks>
    public static Tensor Wrap(nint address, ReadOnlySpan<long> shape, ScalarType dtype, Action? release = null)
    {
        if (address == 0 && Count(shape) != 0)
            throw new ArgumentException("there is no memory at address 0", nameof(address));
        var owner = release is null ? default : GCHandle.Alloc(release);
        nint handle;
        Status status;
        fixed (long* sizes = shape)
        {
            status = NativeMethods.ani_from_memory((void*)address, sizes, null, shape.Length, (int)dtype, release is null ? null : &Release,
                release is null ? null : (void*)GCHandle.ToIntPtr(owner), &handle);
        }
        // On failure libtorch has dropped its deleter without running it, since no storage was made.
        if (status != Status.Ok && owner.IsAllocated)
            owner.Free();
        TorchException.Check(status, "from_memory", $"{NameOf(dtype)}[{string.Join(", ", shape.ToArray())}]");
        return new Tensor(handle);
    }

    /// <summary>A new tensor with a copy of the elements.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="elements">The elements in row-major order.</param>
    /// <param name="shape">The size of each dimension; their product is the number of elements.</param>
    /// <exception cref="ArgumentException">Shape and length don't match.</exception>
    public static Tensor Copy<T>(ReadOnlySpan<T> elements, params ReadOnlySpan<long> shape) where T : unmanaged =>
        Copy(elements, shape, pinned: false);

    /// <summary>A new tensor in main memory with a copy of the elements, page-locked if wanted.</summary>
    internal static Tensor Copy<T>(ReadOnlySpan<T> elements, ReadOnlySpan<long> shape, bool pinned) where T : unmanaged
    {
        if (Count(shape) != elements.Length)
            throw new ArgumentException($"{elements.Length} elements don't fill the shape [{string.Join(", ", shape.ToArray())}]",
                nameof(shape));
        var tensor = Operators.empty.Call(shape.ToArray(), TypeOf<T>(), TorchArg.None, CPU, pinned);
        elements.CopyTo(tensor.AsSpan<T>());
        return tensor;
    }

    /// <summary>A new tensor with a copy of raw bytes.</summary>
    /// <param name="bytes">The elements in row-major order, as this machine stores them.</param>
    /// <param name="shape">The size of each dimension.</param>
    /// <param name="dtype">The type of the elements.</param>
    /// <exception cref="ArgumentException">Shape, type and length don't match.</exception>
    public static Tensor CopyBytes(ReadOnlySpan<byte> bytes, ReadOnlySpan<long> shape, ScalarType dtype)
    {
        if (checked(Count(shape) * dtype.ElementSize()) != bytes.Length)
            throw new ArgumentException($"{bytes.Length} bytes don't fill {NameOf(dtype)}[{string.Join(", ", shape.ToArray())}]",
                nameof(bytes));
        var tensor = empty(shape.ToArray(), dtype, CPU);
        bytes.CopyTo(tensor.bytes);
        return tensor;
    }

    private static long Count(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (var size in shape)
        {
            if (size < 0)
                throw new ArgumentException($"the shape [{string.Join(", ", shape.ToArray())}] has a negative size", nameof(shape));
            count = checked(count * size);
        }
        return count;
    }

    [UnmanagedCallersOnly]
    private static void Release(void* context)
    {
        var owner = GCHandle.FromIntPtr((nint)context);
        var release = (Action)owner.Target!;
        owner.Free();
        release();
    }
}
