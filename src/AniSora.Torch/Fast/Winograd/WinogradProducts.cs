using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AniSora.Torch;

/// <summary>
/// The matrix products between Winograd's transforms, in pieces that stay in the processor's registers: 24 sums take four cycles'
/// latency at two products a cycle and leave room for what is multiplied.
/// </summary>
internal static unsafe class WinogradProducts
{
    /// <summary>Rows of a piece: as many scalars are read for each vector.</summary>
    public const int Rows = 8;

    /// <summary>Vectors across a piece, at most.</summary>
    public const int Columns = 3;

    /// <summary>to[row] = Σ over k of u[k][row]·v[k], for eight rows and up to three columns of sixteen.</summary>
    /// <param name="u">[depth, 8].</param>
    /// <param name="v">Each column's [depth, 16].</param>
    /// <param name="to">Each column's [8, 16].</param>
    /// <param name="columns">How many columns there are.</param>
    /// <param name="depth">Length of the sums.</param>
    public static void Multiply(float* u, float** v, float** to, int columns, long depth)
    {
        if (columns == 3)
            Multiply3(u, v[0], v[1], v[2], to[0], to[1], to[2], depth);
        else if (columns == 2)
            Multiply2(u, v[0], v[1], to[0], to[1], depth);
        else
            Multiply1(u, v[0], to[0], depth);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply3(float* u, float* vA, float* vB, float* vC, float* toA, float* toB, float* toC, long depth)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default, b7 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default, c4 = default, c5 = default, c6 = default, c7 = default;
        for (var end = u + depth * Rows; u < end; u += Rows, vA += Simd.Width, vB += Simd.Width, vC += Simd.Width)
        {
            Vector512<float> a = Vector512.Load(vA), b = Vector512.Load(vB), c = Vector512.Load(vC), s;
            s = Vector512.Create(u[0]);
            a0 = Simd.Fma(s, a, a0); b0 = Simd.Fma(s, b, b0); c0 = Simd.Fma(s, c, c0);
            s = Vector512.Create(u[1]);
            a1 = Simd.Fma(s, a, a1); b1 = Simd.Fma(s, b, b1); c1 = Simd.Fma(s, c, c1);
            s = Vector512.Create(u[2]);
            a2 = Simd.Fma(s, a, a2); b2 = Simd.Fma(s, b, b2); c2 = Simd.Fma(s, c, c2);
            s = Vector512.Create(u[3]);
            a3 = Simd.Fma(s, a, a3); b3 = Simd.Fma(s, b, b3); c3 = Simd.Fma(s, c, c3);
            s = Vector512.Create(u[4]);
            a4 = Simd.Fma(s, a, a4); b4 = Simd.Fma(s, b, b4); c4 = Simd.Fma(s, c, c4);
            s = Vector512.Create(u[5]);
            a5 = Simd.Fma(s, a, a5); b5 = Simd.Fma(s, b, b5); c5 = Simd.Fma(s, c, c5);
            s = Vector512.Create(u[6]);
            a6 = Simd.Fma(s, a, a6); b6 = Simd.Fma(s, b, b6); c6 = Simd.Fma(s, c, c6);
            s = Vector512.Create(u[7]);
            a7 = Simd.Fma(s, a, a7); b7 = Simd.Fma(s, b, b7); c7 = Simd.Fma(s, c, c7);
        }
        Store(toA, Simd.Width, a0, a1, a2, a3, a4, a5, a6, a7);
        Store(toB, Simd.Width, b0, b1, b2, b3, b4, b5, b6, b7);
        Store(toC, Simd.Width, c0, c1, c2, c3, c4, c5, c6, c7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply2(float* u, float* vA, float* vB, float* toA, float* toB, long depth)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default, b7 = default;
        for (var end = u + depth * Rows; u < end; u += Rows, vA += Simd.Width, vB += Simd.Width)
        {
            Vector512<float> a = Vector512.Load(vA), b = Vector512.Load(vB), s;
            s = Vector512.Create(u[0]);
            a0 = Simd.Fma(s, a, a0); b0 = Simd.Fma(s, b, b0);
            s = Vector512.Create(u[1]);
            a1 = Simd.Fma(s, a, a1); b1 = Simd.Fma(s, b, b1);
            s = Vector512.Create(u[2]);
            a2 = Simd.Fma(s, a, a2); b2 = Simd.Fma(s, b, b2);
            s = Vector512.Create(u[3]);
            a3 = Simd.Fma(s, a, a3); b3 = Simd.Fma(s, b, b3);
            s = Vector512.Create(u[4]);
            a4 = Simd.Fma(s, a, a4); b4 = Simd.Fma(s, b, b4);
            s = Vector512.Create(u[5]);
            a5 = Simd.Fma(s, a, a5); b5 = Simd.Fma(s, b, b5);
            s = Vector512.Create(u[6]);
            a6 = Simd.Fma(s, a, a6); b6 = Simd.Fma(s, b, b6);
            s = Vector512.Create(u[7]);
            a7 = Simd.Fma(s, a, a7); b7 = Simd.Fma(s, b, b7);
        }
        Store(toA, Simd.Width, a0, a1, a2, a3, a4, a5, a6, a7);
        Store(toB, Simd.Width, b0, b1, b2, b3, b4, b5, b6, b7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply1(float* u, float* vA, float* toA, long depth)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        for (var end = u + depth * Rows; u < end; u += Rows, vA += Simd.Width)
        {
            Vector512<float> a = Vector512.Load(vA), s;
            s = Vector512.Create(u[0]);
            a0 = Simd.Fma(s, a, a0);
            s = Vector512.Create(u[1]);
            a1 = Simd.Fma(s, a, a1);
            s = Vector512.Create(u[2]);
            a2 = Simd.Fma(s, a, a2);
            s = Vector512.Create(u[3]);
            a3 = Simd.Fma(s, a, a3);
            s = Vector512.Create(u[4]);
            a4 = Simd.Fma(s, a, a4);
            s = Vector512.Create(u[5]);
            a5 = Simd.Fma(s, a, a5);
            s = Vector512.Create(u[6]);
            a6 = Simd.Fma(s, a, a6);
            s = Vector512.Create(u[7]);
            a7 = Simd.Fma(s, a, a7);
        }
        Store(toA, Simd.Width, a0, a1, a2, a3, a4, a5, a6, a7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* to, long step, Vector512<float> r0, Vector512<float> r1, Vector512<float> r2, Vector512<float> r3,
        Vector512<float> r4, Vector512<float> r5, Vector512<float> r6, Vector512<float> r7)
    {
        r0.Store(to);
        r1.Store(to + step);
        r2.Store(to + 2 * step);
        r3.Store(to + 3 * step);
        r4.Store(to + 4 * step);
        r5.Store(to + 5 * step);
        r6.Store(to + 6 * step);
        r7.Store(to + 7 * step);
    }
}
