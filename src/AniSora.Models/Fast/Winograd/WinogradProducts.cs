using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AniSora.Models.Fast;

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
        Store(toA, a0, a1, a2, a3, a4, a5, a6, a7);
        Store(toB, b0, b1, b2, b3, b4, b5, b6, b7);
        Store(toC, c0, c1, c2, c3, c4, c5, c6, c7);
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
        Store(toA, a0, a1, a2, a3, a4, a5, a6, a7);
        Store(toB, b0, b1, b2, b3, b4, b5, b6, b7);
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
        Store(toA, a0, a1, a2, a3, a4, a5, a6, a7);
    }

    /// <summary>Where the pixels of a point lie that one tap and channel multiplies: [group, frame][channel][tile].</summary>
    /// <param name="Groups">Groups of tiles.</param>
    /// <param name="GroupStep">From one group to the next.</param>
    /// <param name="Frames">Frames of a group.</param>
    /// <param name="FrameStep">From one frame to the next.</param>
    public readonly record struct Pixels(int Groups, long GroupStep, int Frames, long FrameStep);

    /// <summary>to[row] += Σ over all tiles of v[row][tile]·m[tile], for up to eight rows and one or two columns of sixteen.</summary>
    /// <param name="v">The first row's pixels; one row after the other.</param>
    /// <param name="pixels">Where they go on.</param>
    /// <param name="m">The first tile's vectors, one after the other; the tiles of all groups and frames in order.</param>
    /// <param name="step">From one tile to the next.</param>
    /// <param name="to0">The first column's sums, [rows, 16].</param>
    /// <param name="to1">The second column's; the same as the first if there is only one.</param>
    /// <param name="rows">Rows to add to. What lies behind them is read all the same.</param>
    public static void Accumulate(float* v, Pixels pixels, float* m, long step, float* to0, float* to1, int rows)
    {
        var sums = stackalloc float[2 * Rows * Simd.Width];
        if (to0 == to1)
            Accumulate1(v, pixels, m, step, sums);
        else
            Accumulate2(v, pixels, m, step, sums, sums + Rows * Simd.Width);
        FastOps.AddTo(to0, sums, rows * Simd.Width);
        if (to0 != to1)
            FastOps.AddTo(to1, sums + Rows * Simd.Width, rows * Simd.Width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate2(float* v, Pixels pixels, float* m, long step, float* toA, float* toB)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default, b7 = default;
        var (groups, groupStep, frames, frameStep) = pixels;
        for (var group = 0; group < groups; group++, v += groupStep)
        {
            var from = v;
            for (var frame = 0; frame < frames; frame++, from += frameStep)
                for (var tile = from; tile < from + Simd.Width; tile++, m += step)
                {
                    Vector512<float> a = Vector512.Load(m), b = Vector512.Load(m + Simd.Width), s;
                    s = Vector512.Create(tile[0]);
                    a0 = Simd.Fma(s, a, a0); b0 = Simd.Fma(s, b, b0);
                    s = Vector512.Create(tile[Simd.Width]);
                    a1 = Simd.Fma(s, a, a1); b1 = Simd.Fma(s, b, b1);
                    s = Vector512.Create(tile[2 * Simd.Width]);
                    a2 = Simd.Fma(s, a, a2); b2 = Simd.Fma(s, b, b2);
                    s = Vector512.Create(tile[3 * Simd.Width]);
                    a3 = Simd.Fma(s, a, a3); b3 = Simd.Fma(s, b, b3);
                    s = Vector512.Create(tile[4 * Simd.Width]);
                    a4 = Simd.Fma(s, a, a4); b4 = Simd.Fma(s, b, b4);
                    s = Vector512.Create(tile[5 * Simd.Width]);
                    a5 = Simd.Fma(s, a, a5); b5 = Simd.Fma(s, b, b5);
                    s = Vector512.Create(tile[6 * Simd.Width]);
                    a6 = Simd.Fma(s, a, a6); b6 = Simd.Fma(s, b, b6);
                    s = Vector512.Create(tile[7 * Simd.Width]);
                    a7 = Simd.Fma(s, a, a7); b7 = Simd.Fma(s, b, b7);
                }
        }
        Store(toA, a0, a1, a2, a3, a4, a5, a6, a7);
        Store(toB, b0, b1, b2, b3, b4, b5, b6, b7);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate1(float* v, Pixels pixels, float* m, long step, float* toA)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default, a4 = default, a5 = default, a6 = default, a7 = default;
        var (groups, groupStep, frames, frameStep) = pixels;
        for (var group = 0; group < groups; group++, v += groupStep)
        {
            var from = v;
            for (var frame = 0; frame < frames; frame++, from += frameStep)
                for (var tile = from; tile < from + Simd.Width; tile++, m += step)
                {
                    Vector512<float> a = Vector512.Load(m), s;
                    s = Vector512.Create(tile[0]);
                    a0 = Simd.Fma(s, a, a0);
                    s = Vector512.Create(tile[Simd.Width]);
                    a1 = Simd.Fma(s, a, a1);
                    s = Vector512.Create(tile[2 * Simd.Width]);
                    a2 = Simd.Fma(s, a, a2);
                    s = Vector512.Create(tile[3 * Simd.Width]);
                    a3 = Simd.Fma(s, a, a3);
                    s = Vector512.Create(tile[4 * Simd.Width]);
                    a4 = Simd.Fma(s, a, a4);
                    s = Vector512.Create(tile[5 * Simd.Width]);
                    a5 = Simd.Fma(s, a, a5);
                    s = Vector512.Create(tile[6 * Simd.Width]);
                    a6 = Simd.Fma(s, a, a6);
                    s = Vector512.Create(tile[7 * Simd.Width]);
                    a7 = Simd.Fma(s, a, a7);
                }
        }
        Store(toA, a0, a1, a2, a3, a4, a5, a6, a7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* to, Vector512<float> r0, Vector512<float> r1, Vector512<float> r2, Vector512<float> r3,
        Vector512<float> r4, Vector512<float> r5, Vector512<float> r6, Vector512<float> r7)
    {
        r0.Store(to);
        r1.Store(to + Simd.Width);
        r2.Store(to + 2 * Simd.Width);
        r3.Store(to + 3 * Simd.Width);
        r4.Store(to + 4 * Simd.Width);
        r5.Store(to + 5 * Simd.Width);
        r6.Store(to + 6 * Simd.Width);
        r7.Store(to + 7 * Simd.Width);
    }
}
