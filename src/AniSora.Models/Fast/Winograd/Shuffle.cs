using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AniSora.Models.Fast;

/// <summary>Exchanges of numbers between vectors; they need AVX-512.</summary>
internal static unsafe class Shuffle
{
    /// <summary>Every second of 32 numbers, from the first and from the second on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Even, Vector512<float> Odd) Split(Vector512<float> a, Vector512<float> b) => (Even(a, b),
        Avx512F.PermuteVar16x32x2(a, Vector512.Create(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31), b));

    /// <summary>Every second of 32 numbers from the first on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Even(Vector512<float> a, Vector512<float> b) =>
        Avx512F.PermuteVar16x32x2(a, Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), b);

    /// <summary>The reverse of <see cref="Split"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> First, Vector512<float> Second) Merge(Vector512<float> even, Vector512<float> odd) => (
        Avx512F.PermuteVar16x32x2(even, Vector512.Create(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), odd),
        Avx512F.PermuteVar16x32x2(even, Vector512.Create(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), odd));

    /// <summary>Turns a matrix of 16 × 16 about its diagonal.</summary>
    /// <param name="matrix">Sixteen rows, one after the other; then the same again to work in.</param>
    /// <remarks>Merging the rows i and i + 8 moves the highest bit of every number's place to the lowest; four times so, rows are columns.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(float* matrix)
    {
        const int Size = Simd.Width * Simd.Width;
        float* from = matrix, to = matrix + Size;
        for (var step = 0; step < 4; step++)
        {
            for (var i = 0; i < Size / 2; i += Simd.Width)
            {
                var (first, second) = Merge(Vector512.Load(from + i), Vector512.Load(from + i + Size / 2));
                first.Store(to + 2 * i);
                second.Store(to + 2 * i + Simd.Width);
            }
            var written = to;
            to = from;
            from = written;
        }
    }
}
