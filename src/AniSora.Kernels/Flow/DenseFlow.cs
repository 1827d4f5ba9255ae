using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AniSora.Kernels.Flow;

/// <summary>
/// From nodes to pixels: every pixel takes the mean of the four patches over it, weighted by nearness and by how well each one's motion explains
/// the pixel (Kroeger et al. 2016, eq. 3): at the edge of a figure the pixel chooses its side.
/// </summary>
internal static class DenseFlow
{
    /// <summary>Squared difference that halves a patch's weight, grey levels².</summary>
    public const float Noise = 4;

    private const int Cell = PatchGrid.Cell, Lanes = PatchGrid.Patch;

    private static readonly Vector256<float> _ramp = Vector256.Create(0.125f, 0.375f, 0.625f, 0.875f, 0.875f, 0.625f, 0.375f, 0.125f);

    /// <summary>Fills <c>[H, W]</c> of the level.</summary>
    public static void Spread(PatchGrid grid, FlowImage first, FlowImage second, float[] u, float[] v) =>
        // A band of four rows of pixels lies under the lower half of one row of patches and the upper half of the next.
        Stripes.Run(grid.Rows + 1, 8, (grid, first, second, u, v), static (s, from, to) =>
        {
            int stride = s.first.Stride;
            float[] sums = ArrayPool<float>.Shared.Rent(3 * Cell * stride);
            for (int band = from; band < to; band++)
            {
                Array.Clear(sums, 0, 3 * Cell * stride);
                for (int half = 0; half < 2; half++)
                {
                    int j = band - 1 + half;
                    if (j >= 0 && j < s.grid.Rows)
                        AddPatches(s.grid, s.first, s.second, j, (1 - half) * Cell, sums);
                }

                for (int row = 0; row < Cell; row++)
                {
                    int y = band * Cell - PatchGrid.Overhang + row;
                    if (y >= 0 && y < s.first.Height)
                        Divide(sums, Cell * stride, row * stride + FlowImage.Border, s.u.AsSpan(y * s.first.Width, s.first.Width), s.v.AsSpan(y * s.first.Width, s.first.Width));
                }
            }

            ArrayPool<float>.Shared.Return(sums);
        });

    private static void AddPatches(PatchGrid grid, FlowImage first, FlowImage second, int j, int top, float[] sums)
    {
        ref float a = ref first.Values[0], b = ref second.Values[0], us = ref sums[0], vs = ref sums[Cell * first.Stride], ws = ref sums[2 * Cell * first.Stride];
        nuint stride = (nuint)first.Stride, border = FlowImage.Border;
        var noise = Vector256.Create(Noise);
        int y = j * Cell - PatchGrid.Overhang;
        for (int i = 0; i < grid.Columns; i++)
        {
            int node = grid.Index(i, j), x = i * Cell - PatchGrid.Overhang;
            float u = grid.U[node], v = grid.V[node];
            var (from, fx, fy) = PatchMatcher.Locate(second, x + u, y + v);
            from += (nuint)top * stride;
            nuint here = (nuint)first.Index(x, y + top), to = (nuint)((int)border + x);
            Vector256<float> du = Vector256.Create(u), dv = Vector256.Create(v), above = PatchMatcher.Between(ref b, from, fx);
            for (int row = 0; row < Cell; row++, here += stride, to += stride)
            {
                from += stride;
                var below = PatchMatcher.Between(ref b, from, fx);
                var difference = Vector256.FusedMultiplyAdd(fy, below - above, above) - Vector256.LoadUnsafe(ref a, here);
                above = below;
                var weight = _ramp * _ramp[top + row] / Vector256.FusedMultiplyAdd(difference, difference, noise);
                Vector256.FusedMultiplyAdd(weight, du, Vector256.LoadUnsafe(ref us, to)).StoreUnsafe(ref us, to);
                Vector256.FusedMultiplyAdd(weight, dv, Vector256.LoadUnsafe(ref vs, to)).StoreUnsafe(ref vs, to);
                (weight + Vector256.LoadUnsafe(ref ws, to)).StoreUnsafe(ref ws, to);
            }
        }
    }

    private static void Divide(float[] sums, int plane, int at, Span<float> u, Span<float> v)
    {
        int x = 0;
        for (; x <= u.Length - Lanes; x += Lanes)
        {
            var share = Vector256<float>.One / Vector256.LoadUnsafe(ref sums[2 * plane + at + x]);
            (share * Vector256.LoadUnsafe(ref sums[at + x])).CopyTo(u[x..]);
            (share * Vector256.LoadUnsafe(ref sums[plane + at + x])).CopyTo(v[x..]);
        }

        for (; x < u.Length; x++)
        {
            float share = 1 / sums[2 * plane + at + x];
            (u[x], v[x]) = (share * sums[at + x], share * sums[plane + at + x]);
        }
    }

    /// <summary>A field of half the size, enlarged: bilinear, twice as long.</summary>
    /// <param name="halfU"><c>[(H + 1) / 2, (W + 1) / 2]</c>.</param>
    /// <param name="halfV">Likewise.</param>
    /// <param name="field">Receives <c>[H, W]</c>.</param>
    public static void Enlarge(float[] halfU, float[] halfV, FlowField field) =>
        Stripes.Run(field.Height, 64, (halfU, halfV, field), static (s, from, to) =>
        {
            int width = s.field.Width;
            float[] line = ArrayPool<float>.Shared.Rent((width + 1) / 2 + 2 * Lanes);
            for (int y = from; y < to; y++)
            {
                EnlargeRow(s.halfU, (width + 1) / 2, (s.field.Height + 1) / 2, y, line, s.field.U.AsSpan(y * width, width));
                EnlargeRow(s.halfV, (width + 1) / 2, (s.field.Height + 1) / 2, y, line, s.field.V.AsSpan(y * width, width));
            }

            ArrayPool<float>.Shared.Return(line);
        });

    private static void EnlargeRow(float[] half, int w, int h, int y, float[] line, Span<float> row)
    {
        // Rows y/2 and the next one on the pixel's side, at 3/4 and 1/4; times 2. The line has its edge values once more on both sides.
        ReadOnlySpan<float> near = half.AsSpan(y / 2 * w, w), next = half.AsSpan(Math.Clamp(y / 2 + (y % 2 == 0 ? -1 : 1), 0, h - 1) * w, w);
        int x = 0;
        for (; x <= w - Lanes; x += Lanes)
            (Vector256.Create(near[x..]) * 1.5f + Vector256.Create(next[x..]) * 0.5f).StoreUnsafe(ref line[1 + x]);
        for (; x < w; x++)
            line[1 + x] = 1.5f * near[x] + 0.5f * next[x];
        (line[0], line[w + 1]) = (line[1], line[w]);
        Widen(line, row);
    }

    private static void Widen(float[] line, Span<float> row)
    {
        int x = 0;
        ref float to = ref MemoryMarshal.GetReference(row);
        for (; x <= row.Length - 2 * Lanes; x += 2 * Lanes)
        {
            int i = 1 + x / 2;
            var here = Vector256.LoadUnsafe(ref line[i]) * 0.75f;
            var even = here + Vector256.LoadUnsafe(ref line[i - 1]) * 0.25f;
            var odd = here + Vector256.LoadUnsafe(ref line[i + 1]) * 0.25f;
            Flow.Lanes.ZipLower(even, odd).StoreUnsafe(ref to, (nuint)x);
            Flow.Lanes.ZipUpper(even, odd).StoreUnsafe(ref to, (nuint)(x + Lanes));
        }

        for (; x < row.Length; x++)
            row[x] = line[1 + x / 2] * 0.75f + line[1 + x / 2 + (x % 2 == 0 ? -1 : 1)] * 0.25f;
    }
}
