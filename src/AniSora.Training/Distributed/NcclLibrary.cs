using System.Runtime.InteropServices;

namespace AniSora.Training.Distributed;

/// <summary>NCCL's flat C interface (nccl.h, 2.14 or newer) and the few calls of CUDA's driver that put it beside the computation.</summary>
/// <remarks>Written from the headers' documentation; <b>never run</b>: no machine with GPUs and TorchSharp's CUDA package was to be had.</remarks>
internal static unsafe partial class NcclLibrary
{
    private const string Nccl = "libnccl.so.2";
    private const string Cuda = "libcuda.so.1";

    /// <summary>ncclSuccess, CUDA_SUCCESS.</summary>
    public const int Success = 0;

    /// <summary>ncclInProgress: an asynchronous call goes on.</summary>
    public const int InProgress = 7;

    /// <summary>CUDA_ERROR_NOT_READY: what is asked for is still being computed.</summary>
    public const int NotReady = 600;

    /// <summary>ncclUniqueId: what rank 0 makes and all others need to find it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct UniqueId
    {
        public fixed byte Bytes[128];
    }

    [LibraryImport(Nccl)]
    public static partial int ncclGetVersion(out int version);

    [LibraryImport(Nccl)]
    public static partial int ncclGetUniqueId(out UniqueId id);

    [LibraryImport(Nccl)]
    public static partial int ncclCommInitRank(out nint comm, int size, UniqueId id, int rank);

    [LibraryImport(Nccl)]
    public static partial int ncclAllReduce(nint send, nint receive, nuint count, int type, int op, nint comm, nint stream);

    [LibraryImport(Nccl)]
    public static partial int ncclBroadcast(nint send, nint receive, nuint count, int type, int root, nint comm, nint stream);

    [LibraryImport(Nccl)]
    public static partial int ncclAllGather(nint send, nint receive, nuint count, int type, nint comm, nint stream);

    [LibraryImport(Nccl)]
    public static partial int ncclCommGetAsyncError(nint comm, out int error);

    [LibraryImport(Nccl)]
    public static partial int ncclCommAbort(nint comm);

    [LibraryImport(Nccl)]
    public static partial int ncclCommDestroy(nint comm);

    [LibraryImport(Nccl)]
    public static partial nint ncclGetErrorString(int error);

    [LibraryImport(Cuda)]
    public static partial int cuStreamCreate(out nint stream, uint flags);

    [LibraryImport(Cuda)]
    public static partial int cuStreamWaitEvent(nint stream, nint marker, uint flags);

    [LibraryImport(Cuda, EntryPoint = "cuStreamDestroy_v2")]
    public static partial int cuStreamDestroy(nint stream);

    [LibraryImport(Cuda)]
    public static partial int cuEventCreate(out nint marker, uint flags);

    [LibraryImport(Cuda)]
    public static partial int cuEventRecord(nint marker, nint stream);

    [LibraryImport(Cuda)]
    public static partial int cuEventQuery(nint marker);

    [LibraryImport(Cuda, EntryPoint = "cuEventDestroy_v2")]
    public static partial int cuEventDestroy(nint marker);
}
