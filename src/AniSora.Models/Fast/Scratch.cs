using System.Runtime.InteropServices;

namespace AniSora.Models.Fast;

/// <summary>Memory that one thread's kernels write intermediate results to; it grows to the most that was asked for and stays.</summary>
internal sealed unsafe class Scratch
{
    [ThreadStatic] private static Scratch? _mine;
    private float* _memory;
    private long _floats;

    ~Scratch() => NativeMemory.AlignedFree(_memory);

    /// <summary>At least so many floats, at a multiple of 64 bytes, with anything in them. Valid until this thread asks again.</summary>
    public static float* Floats(long count)
    {
        var scratch = _mine ??= new Scratch();
        if (count > scratch._floats)
        {
            NativeMemory.AlignedFree(scratch._memory);
            scratch._floats = 0;
            scratch._memory = (float*)NativeMemory.AlignedAlloc((nuint)(count * sizeof(float)), 64);
            scratch._floats = count;
        }
        return scratch._memory;
    }
}
