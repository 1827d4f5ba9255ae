using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AniSora.Kernels.Flow;

/// <summary>
/// Makes one field of the nodes' matches: least of Σ½(d - d*)ᵀA(d - d*) + λ Σ g·ψ(|d - d′|) over neighbours, ψ(s) = √(s² + ε²), g small where brightness
/// steps; by reweighting and checkerboard relaxation. Flat patches (A = 0) take over their neighbours' motion, straight edges only what they
/// can't see of it (along the edge), and where figure meets background the field may jump.
/// </summary>
internal sealed class GridSolver
{
    public const float Lambda = 3, Epsilon = 0.05f, Contrast = 30;
    public const int Reweightings = 2, Sweeps = 3;

    /// <summary>Keeps a node without match and neighbours where it is.</summary>
    public const float Hold = 1e-6f;

    private static readonly Vector256<float> _white = Vector256.Create(-1, 0, -1, 0, -1, 0, -1, 0).AsSingle();
    private readonly float[] _right, _down, _xx, _xy, _yy, _p, _q;

    public GridSolver(PatchGrid largest)
    {
        int length = largest.U.Length;
        (_right, _down, _xx, _xy, _yy, _p, _q) = (new float[length], new float[length], new float[length], new float[length], new float[length], new float[length], new float[length]);
    }

    /// <summary>Replaces the grid's motion.</summary>
    public void Solve(PatchGrid grid)
    {
        Array.Copy(grid.MatchU, grid.U, grid.U.Length);
        Array.Copy(grid.MatchV, grid.V, grid.V.Length);
        // Weights that lead out of the grid stay 0.
        Array.Clear(_right, 0, grid.U.Length);
        Array.Clear(_down, 0, grid.U.Length);
        for (int round = 0; round < Reweightings; round++)
        {
            for (int j = 0; j < grid.Rows; j++)
                Weigh(grid, j);
            for (int j = 0; j < grid.Rows; j++)
                Prepare(grid, j);
            for (int sweep = 0; sweep < 2 * Sweeps; sweep++)
            {
                for (int j = 0; j < grid.Rows; j++)
                    Relax(grid, j, white: ((j + sweep) & 1) == 0);
            }
        }
    }

    private void Weigh(PatchGrid grid, int j)
    {
        int at = grid.Index(0, j), end = at + grid.Columns;
        for (int i = at; i < end; i += Vector256<float>.Count)
        {
            Weight(grid, i, i + 1).StoreUnsafe(ref _right[i]);
            if (j + 1 < grid.Rows)
                Weight(grid, i, i + grid.Stride).StoreUnsafe(ref _down[i]);
        }

        _right.AsSpan(end - 1, Vector256<float>.Count).Clear();
        _down.AsSpan(end, Vector256<float>.Count - 1).Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Weight(PatchGrid grid, int i, int other)
    {
        var du = Vector256.LoadUnsafe(ref grid.U[other]) - Vector256.LoadUnsafe(ref grid.U[i]);
        var dv = Vector256.LoadUnsafe(ref grid.V[other]) - Vector256.LoadUnsafe(ref grid.V[i]);
        var step = Vector256.LoadUnsafe(ref grid.Mean[other]) - Vector256.LoadUnsafe(ref grid.Mean[i]);
        var length = Vector256.Sqrt(du * du + dv * dv + Vector256.Create(Epsilon * Epsilon));
        return Vector256.Create(Lambda) / (length * (Vector256<float>.One + step * step * (1 / (Contrast * Contrast))));
    }

    /// <summary>The right side A·d* and the inverse of A + Σw of each node.</summary>
    private void Prepare(PatchGrid grid, int j)
    {
        int at = grid.Index(0, j), end = at + grid.Columns;
        for (int i = at; i < end; i += Vector256<float>.Count)
        {
            Vector256<float> xx = Vector256.LoadUnsafe(ref grid.Xx[i]), xy = Vector256.LoadUnsafe(ref grid.Xy[i]), yy = Vector256.LoadUnsafe(ref grid.Yy[i]);
            Vector256<float> u = Vector256.LoadUnsafe(ref grid.MatchU[i]), v = Vector256.LoadUnsafe(ref grid.MatchV[i]), hold = Vector256.Create(Hold);
            ((xx + hold) * u + xy * v).StoreUnsafe(ref _p[i]);
            (xy * u + (yy + hold) * v).StoreUnsafe(ref _q[i]);
            var sum = Vector256.LoadUnsafe(ref _right[i]) + Vector256.LoadUnsafe(ref _right[i - 1]) + Vector256.LoadUnsafe(ref _down[i])
                + Vector256.LoadUnsafe(ref _down[i - grid.Stride]) + hold;
            xx += sum;
            yy += sum;
            var inverse = Vector256<float>.One / (xx * yy - xy * xy);
            (yy * inverse).StoreUnsafe(ref _xx[i]);
            (-xy * inverse).StoreUnsafe(ref _xy[i]);
            (xx * inverse).StoreUnsafe(ref _yy[i]);
        }
    }

    private void Relax(PatchGrid grid, int j, bool white)
    {
        int at = grid.Index(0, j), end = at + grid.Columns, stride = grid.Stride;
        var chosen = white ? _white : ~_white;
        ref float u = ref grid.U[0], v = ref grid.V[0];
        for (int k = at; k < end; k += Vector256<float>.Count)
        {
            nuint i = (nuint)k, s = (nuint)stride;
            Vector256<float> east = Vector256.LoadUnsafe(ref _right[k]), west = Vector256.LoadUnsafe(ref _right[k - 1]);
            Vector256<float> south = Vector256.LoadUnsafe(ref _down[k]), north = Vector256.LoadUnsafe(ref _down[k - stride]);
            var p = Around(ref u, i, s, east, west, south, north, Vector256.LoadUnsafe(ref _p[k]));
            var q = Around(ref v, i, s, east, west, south, north, Vector256.LoadUnsafe(ref _q[k]));
            var xy = Vector256.LoadUnsafe(ref _xy[k]);
            Vector256.ConditionalSelect(chosen, Vector256.LoadUnsafe(ref _xx[k]) * p + xy * q, Vector256.LoadUnsafe(ref u, i)).StoreUnsafe(ref u, i);
            Vector256.ConditionalSelect(chosen, xy * p + Vector256.LoadUnsafe(ref _yy[k]) * q, Vector256.LoadUnsafe(ref v, i)).StoreUnsafe(ref v, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Around(
        ref float values, nuint i, nuint stride, Vector256<float> east, Vector256<float> west, Vector256<float> south, Vector256<float> north, Vector256<float> sum)
    {
        sum = Vector256.FusedMultiplyAdd(east, Vector256.LoadUnsafe(ref values, i + 1), sum);
        sum = Vector256.FusedMultiplyAdd(west, Vector256.LoadUnsafe(ref values, i - 1), sum);
        sum = Vector256.FusedMultiplyAdd(south, Vector256.LoadUnsafe(ref values, i + stride), sum);
        return Vector256.FusedMultiplyAdd(north, Vector256.LoadUnsafe(ref values, i - stride), sum);
    }
}
