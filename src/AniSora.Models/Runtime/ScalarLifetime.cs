using System.Runtime.InteropServices;

namespace AniSora.Models.Runtime;

/// <summary>
/// Keeps TorchSharp's numbers alive while libtorch reads them.
/// </summary>
/// <remarks>
/// TorchSharp makes a native object of every number in an expression (<c>x * 0.5</c>, and a hidden 1 in every <c>a + b</c>), and nothing
/// holds the managed half while the native call runs: a collection at that moment frees the object, and the operator reads what the heap has
/// put there (seen once in thousands of training steps: "Expected false to be true … toFloat"). There is no place in C# to mend
/// that, so the native function that frees numbers, <c>THSTorch_dispose_scalar</c>, is led here: each is freed when 65,536 others have
/// come after it (2 MB at most). Linux on x64 only.
/// </remarks>
internal static unsafe partial class ScalarLifetime
{
    private const int Waiting = 1 << 16;
    private const int PageSize = 4096, ReadExecute = 1 | 4, ReadWriteExecute = 1 | 2 | 4;

    private static readonly nint[] _ring = new nint[Waiting];
    private static int _next;

    /// <summary>Whether the numbers are kept; where not, TorchSharp is as it comes.</summary>
    public static bool IsInForce { get; private set; }

    /// <summary>Leads the function in a loaded library here, where the system lets it.</summary>
    /// <param name="library">TorchSharp's native library.</param>
    public static void Extend(nint library)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64
            || !NativeLibrary.TryGetExport(library, "THSTorch_dispose_scalar", out nint function))
            return;
        delegate* unmanaged<nint, void> defer = &Defer;
        nint page = function & ~(nint)(PageSize - 1);
        if (mprotect(page, 2 * PageSize, ReadWriteExecute) != 0)
            return;
        // mov rax, defer; jmp rax
        var code = new Span<byte>((void*)function, 12);
        code[0] = 0x48;
        code[1] = 0xB8;
        BitConverter.TryWriteBytes(code[2..], (long)defer);
        code[10] = 0xFF;
        code[11] = 0xE0;
        _ = mprotect(page, 2 * PageSize, ReadExecute);
        IsInForce = true;
    }

    [UnmanagedCallersOnly]
    private static void Defer(nint scalar)
    {
        int place = Interlocked.Increment(ref _next) & (Waiting - 1);
        // What operator new has given of the C++ library is malloc's.
        NativeMemory.Free((void*)Interlocked.Exchange(ref _ring[place], scalar));
    }

    [LibraryImport("libc")]
    private static partial int mprotect(nint address, nint length, int protection);
}
