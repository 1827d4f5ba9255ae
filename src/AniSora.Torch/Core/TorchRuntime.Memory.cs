using AniSora.Torch.Interop;

namespace AniSora.Torch;

public static unsafe partial class TorchRuntime
{
    /// <summary>Bytes that tensors in main memory have now, also those that only a graph holds for its backward pass.</summary>
    public static long AllocatedBytes
    {
        get
        {
            long now, most;
            NativeMethods.ani_memory(&now, &most);
            return now;
        }
    }

    /// <summary>The most that <see cref="AllocatedBytes"/> has been since <see cref="ResetPeakAllocatedBytes"/>.</summary>
    public static long PeakAllocatedBytes
    {
        get
        {
            long now, most;
            NativeMethods.ani_memory(&now, &most);
            return most;
        }
    }

    /// <summary>Begins to watch for the peak anew.</summary>
    public static void ResetPeakAllocatedBytes() => NativeMethods.ani_memory_reset_peak();
}
