using System.Runtime.InteropServices;

namespace AniSora.Torch.Interop;

/// <summary>Kinds of operator arguments and results; the numbers are the shim's.</summary>
internal enum ArgTag
{
    None = 0,
    Tensor = 1,
    Int = 2,
    Double = 3,
    Bool = 4,
    Ints = 5,
    Doubles = 6,
    Bools = 7,
    Tensors = 8,
    OptionalTensors = 9,
    String = 10,
    Device = 11,
    Generator = 12,
    Default = 13,
}

/// <summary>One argument or result as the shim sees it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct NativeArg
{
    [FieldOffset(0)] public ArgTag Tag;

    /// <summary>Length of a list, type of a device; on a tensor result the KiB of storage that the call created.</summary>
    [FieldOffset(4)] public int Count;

    [FieldOffset(8)] public long Integer;
    [FieldOffset(8)] public double Real;
    [FieldOffset(8)] public void* Pointer;
}

/// <summary>What a tensor is; sizes and strides point into it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TensorInfo
{
    public int Dimensions;
    public int DType;
    public int DeviceType;
    public int DeviceIndex;
    public long Elements;
    public void* Data;
    public long* Sizes;
    public long* Strides;
    public long StorageOffset;
    public int Contiguous;
    public int ElementSize;
}

/// <summary>What an exported function of the shim returns.</summary>
internal enum Status
{
    Ok = 0,
    NativeError = 1,

    /// <summary>An exception of a C# callback came back through native frames.</summary>
    ManagedError = 2,
}

/// <summary>Entry points that let the autograd engine call a function written in C#.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FunctionCallbacks
{
    public delegate* unmanaged<void*, nint*, int, nint**, int*, nint**, int*, nint*, int> Forward;
    public delegate* unmanaged<void*, nint*, int, nint*, int, nint*, int, nint*, int> Backward;
    public delegate* unmanaged<void*, void> Release;
}

/// <summary>Mirrors <c>Event</c> in the shim.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeEvent
{
    public nint Name;
    public long Start;
    public long End;
    public long Thread;
    public double Flops;
    public int Scope;
    public int Unused;
}
