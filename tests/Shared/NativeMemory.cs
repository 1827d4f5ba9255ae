using System.Globalization;
using System.Runtime.InteropServices;

namespace AniSora.Tests;

/// <summary>What native code, libtorch above all, holds of this process's memory: glibc's own count.</summary>
internal static partial class NativeMemory
{
    /// <summary>Bytes that are allocated now.</summary>
    public static long InUse
    {
        get
        {
            var info = mallinfo2();
            return (long)(info.UsedInArenas + info.Mapped);
        }
    }

    /// <summary>The most that was resident above what was before, in bytes, while something ran.</summary>
    public static long Peak(Action work)
    {
        _ = malloc_trim(0); // free blocks would be used again without becoming resident
        File.WriteAllText("/proc/self/clear_refs", "5"); // the peak is counted anew
        long before = Status("VmRSS");
        work();
        return Status("VmHWM") - before;
    }

    private static long Status(string field) => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").Single(line => line.StartsWith(field + ":", StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    [StructLayout(LayoutKind.Sequential)]
    private struct Mallinfo2
    {
        public nuint Arena, FreeChunks, FastChunks, MappedRegions, Mapped, Unused, FastBytes, UsedInArenas, FreeInArenas, Trimmable;
    }

    [LibraryImport("libc")]
    private static partial Mallinfo2 mallinfo2();

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint pad);
}
