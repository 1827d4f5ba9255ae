using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AniSora.Models.Fast;

/// <summary>
/// Products of small matrices on one thread, where they lie: libtorch has none to call from inside of a loop over its threads.
/// </summary>
/// <remarks>
/// A tile of 6 × 64 sums stays in 24 registers; each step takes four vectors of b and six single numbers of a, which may lie in rows or
/// in columns.
/// </remarks>
internal static unsafe class MatrixProduct
{
    private interface INumber
    {
        static abstract int Value { get; }
    }

    private readonly struct One : INumber
    {
        public static int Value => 1;
    }

    private readonly struct Two : INumber
    {
        public static int Value => 2;
    }

    private readonly struct Three : INumber
    {
        public static int Value => 3;
    }

    private readonly struct Four : INumber
    {
        public static int Value => 4;
    }

    private readonly struct Six : INumber
    {
        public static int Value => 6;
    }

    private const int W = Simd.Width;

    /// <summary>c = a·b, or c += a·b.</summary>
    /// <param name="rows">Rows of a and c.</param>
    /// <param name="columns">Columns of b and c.</param>
    /// <param name="depth">Columns of a, rows of b.</param>
    /// <param name="a">a's first number.</param>
    /// <param name="aRow">From one row of a to the next.</param>
    /// <param name="aStep">From one column of a to the next.</param>
    /// <param name="b">b's first number; its rows are contiguous.</param>
    /// <param name="bStep">From one row of b to the next.</param>
    /// <param name="c">c's first number; its rows are contiguous.</param>
    /// <param name="cRow">From one row of c to the next.</param>
    /// <param name="add">Whether to add to what is there.</param>
    public static void Run(int rows, int columns, int depth, float* a, long aRow, long aStep, float* b, long bStep, float* c, long cRow, bool add)
    {
        var column = 0;
        for (; column + 4 * W <= columns; column += 4 * W)
            Panel<Four>(rows, depth, a, aRow, aStep, b + column, bStep, c + column, cRow, add);
        if (column + 2 * W <= columns)
        {
            Panel<Two>(rows, depth, a, aRow, aStep, b + column, bStep, c + column, cRow, add);
            column += 2 * W;
        }
        if (column + W <= columns)
        {
            Panel<One>(rows, depth, a, aRow, aStep, b + column, bStep, c + column, cRow, add);
            column += W;
        }
        if (column < columns)
            for (var row = 0; row < rows; row++)
                Rest(columns - column, depth, a + row * aRow, aStep, b + column, bStep, c + row * cRow + column, add);
    }

    private static void Panel<TColumns>(int rows, int depth, float* a, long aRow, long aStep, float* b, long bStep, float* c, long cRow, bool add)
        where TColumns : struct, INumber
    {
        var row = 0;
        for (; row + 6 <= rows; row += 6)
            Tile<Six, TColumns>(depth, a + row * aRow, aRow, aStep, b, bStep, c + row * cRow, cRow, add);
        if (row + 3 <= rows)
        {
            Tile<Three, TColumns>(depth, a + row * aRow, aRow, aStep, b, bStep, c + row * cRow, cRow, add);
            row += 3;
        }
        for (; row < rows; row++)
            Tile<One, TColumns>(depth, a + row * aRow, aRow, aStep, b, bStep, c + row * cRow, cRow, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rest(int columns, int depth, float* a, long aStep, float* b, long bStep, float* c, bool add)
    {
        var sum = add ? Simd.Load(c, columns) : default;
        for (var k = 0; k < depth; k++, a += aStep, b += bStep)
            sum = Simd.Fma(Vector512.Create(*a), Simd.Load(b, columns), sum);
        Simd.Store(sum, c, columns);
    }

    // What a tile does not have is a constant false to the compiler.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TRows, TColumns>(int depth, float* a, long aRow, long aStep, float* b, long bStep, float* c, long cRow, bool add)
        where TRows : struct, INumber
        where TColumns : struct, INumber
    {
        Vector512<float> c00 = default, c01 = default, c02 = default, c03 = default, c10 = default, c11 = default, c12 = default, c13 = default;
        Vector512<float> c20 = default, c21 = default, c22 = default, c23 = default, c30 = default, c31 = default, c32 = default, c33 = default;
        Vector512<float> c40 = default, c41 = default, c42 = default, c43 = default, c50 = default, c51 = default, c52 = default, c53 = default;
        float* a3 = a + 3 * aRow;
        for (var k = 0; k < depth; k++, a += aStep, a3 += aStep, b += bStep)
        {
            Vector512<float> b0 = Vector512.Load(b), b1 = default, b2 = default, b3 = default;
            if (TColumns.Value > 1)
                b1 = Vector512.Load(b + W);
            if (TColumns.Value > 2)
                (b2, b3) = (Vector512.Load(b + 2 * W), Vector512.Load(b + 3 * W));
            Add<TColumns>(Vector512.Create(a[0]), b0, b1, b2, b3, ref c00, ref c01, ref c02, ref c03);
            if (TRows.Value > 1)
            {
                Add<TColumns>(Vector512.Create(a[aRow]), b0, b1, b2, b3, ref c10, ref c11, ref c12, ref c13);
                Add<TColumns>(Vector512.Create(a[2 * aRow]), b0, b1, b2, b3, ref c20, ref c21, ref c22, ref c23);
            }
            if (TRows.Value > 3)
            {
                Add<TColumns>(Vector512.Create(a3[0]), b0, b1, b2, b3, ref c30, ref c31, ref c32, ref c33);
                Add<TColumns>(Vector512.Create(a3[aRow]), b0, b1, b2, b3, ref c40, ref c41, ref c42, ref c43);
                Add<TColumns>(Vector512.Create(a3[2 * aRow]), b0, b1, b2, b3, ref c50, ref c51, ref c52, ref c53);
            }
        }
        Store<TColumns>(c, add, c00, c01, c02, c03);
        if (TRows.Value > 1)
        {
            Store<TColumns>(c + cRow, add, c10, c11, c12, c13);
            Store<TColumns>(c + 2 * cRow, add, c20, c21, c22, c23);
        }
        if (TRows.Value > 3)
        {
            Store<TColumns>(c + 3 * cRow, add, c30, c31, c32, c33);
            Store<TColumns>(c + 4 * cRow, add, c40, c41, c42, c43);
            Store<TColumns>(c + 5 * cRow, add, c50, c51, c52, c53);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TColumns>(Vector512<float> s, Vector512<float> b0, Vector512<float> b1, Vector512<float> b2, Vector512<float> b3,
        ref Vector512<float> c0, ref Vector512<float> c1, ref Vector512<float> c2, ref Vector512<float> c3)
        where TColumns : struct, INumber
    {
        c0 = Simd.Fma(s, b0, c0);
        if (TColumns.Value > 1)
            c1 = Simd.Fma(s, b1, c1);
        if (TColumns.Value > 2)
        {
            c2 = Simd.Fma(s, b2, c2);
            c3 = Simd.Fma(s, b3, c3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TColumns>(float* c, bool add, Vector512<float> c0, Vector512<float> c1, Vector512<float> c2, Vector512<float> c3)
        where TColumns : struct, INumber
    {
        (add ? Vector512.Load(c) + c0 : c0).Store(c);
        if (TColumns.Value > 1)
            (add ? Vector512.Load(c + W) + c1 : c1).Store(c + W);
        if (TColumns.Value > 2)
        {
            (add ? Vector512.Load(c + 2 * W) + c2 : c2).Store(c + 2 * W);
            (add ? Vector512.Load(c + 3 * W) + c3 : c3).Store(c + 3 * W);
        }
    }

    /// <summary>Writes a matrix's columns as rows.</summary>
    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="columns">Columns of the matrix.</param>
    /// <param name="from">Its first number; rows are contiguous.</param>
    /// <param name="row">From one row to the next.</param>
    /// <param name="to">Gets [columns, rows].</param>
    /// <param name="toRow">From one of its rows to the next.</param>
    public static void Transpose(int rows, int columns, float* from, long row, float* to, long toRow)
    {
        var block = stackalloc float[2 * W * W];
        for (var r = 0; r < rows; r += W)
            for (var c = 0; c < columns; c += W)
                if (r + W <= rows && c + W <= columns && System.Runtime.Intrinsics.X86.Avx512F.IsSupported)
                {
                    for (var i = 0; i < W; i++)
                        Vector512.Load(from + (r + i) * row + c).Store(block + i * W);
                    Shuffle.Transpose(block);
                    for (var i = 0; i < W; i++)
                        Vector512.Load(block + i * W).Store(to + (c + i) * toRow + r);
                }
                else
                    for (var i = r; i < Math.Min(rows, r + W); i++)
                        for (var j = c; j < Math.Min(columns, c + W); j++)
                            to[j * toRow + i] = from[i * row + j];
    }
}
