using ILGPU;

namespace AniSora.Kernels.Gpu;

/// <summary>One field of all matches (<see cref="Flow.GridSolver"/>), from level to level, and from nodes to pixels (<see cref="Flow.DenseFlow"/>).</summary>
internal static class GridKernels
{
    /// <summary>A node's weights to the right and down.</summary>
    public static void Weigh(Index1D n, ArrayView<float> grid, ArrayView<float> solver, FlowSize size)
    {
        int i = n % size.Columns, j = n / size.Columns, node = size.Node(i, j), length = size.Length;
        solver[Plane.Right * length + node] = i + 1 < size.Columns ? Weight(grid, length, node, node + 1) : 0;
        solver[Plane.Down * length + node] = j + 1 < size.Rows ? Weight(grid, length, node, node + size.GridStride) : 0;
    }

    private static float Weight(ArrayView<float> grid, int length, int node, int other)
    {
        float du = grid[Plane.U * length + other] - grid[Plane.U * length + node], dv = grid[Plane.V * length + other] - grid[Plane.V * length + node];
        float step = grid[Plane.Mean * length + other] - grid[Plane.Mean * length + node];
        return Flow.GridSolver.Lambda / (MathF.Sqrt(du * du + dv * dv + Flow.GridSolver.Epsilon * Flow.GridSolver.Epsilon)
            * (1 + step * step * (1 / (Flow.GridSolver.Contrast * Flow.GridSolver.Contrast))));
    }

    /// <summary>The right side A·d* and the inverse of A + Σw of a node.</summary>
    public static void Prepare(Index1D n, ArrayView<float> grid, ArrayView<float> solver, FlowSize size)
    {
        int node = size.Node(n % size.Columns, n / size.Columns), length = size.Length;
        const float hold = Flow.GridSolver.Hold;
        float xx = grid[Plane.Xx * length + node], xy = grid[Plane.Xy * length + node], yy = grid[Plane.Yy * length + node];
        float u = grid[Plane.MatchU * length + node], v = grid[Plane.MatchV * length + node];
        solver[Plane.P * length + node] = (xx + hold) * u + xy * v;
        solver[Plane.Q * length + node] = xy * u + (yy + hold) * v;
        float sum = solver[Plane.Right * length + node] + solver[Plane.Right * length + node - 1] + solver[Plane.Down * length + node]
            + solver[Plane.Down * length + node - size.GridStride] + hold;
        xx += sum;
        yy += sum;
        float inverse = 1 / (xx * yy - xy * xy);
        solver[Plane.InverseXx * length + node] = yy * inverse;
        solver[Plane.InverseXy * length + node] = -xy * inverse;
        solver[Plane.InverseYy * length + node] = xx * inverse;
    }

    /// <summary>Nodes of one colour of the checkerboard: they depend on the other colour only.</summary>
    public static void Relax(Index1D n, ArrayView<float> grid, ArrayView<float> solver, FlowSize size, int sweep)
    {
        int i = n % size.Columns, j = n / size.Columns;
        if (((i + j + sweep) & 1) != 0)
            return;
        int node = size.Node(i, j), stride = size.GridStride, length = size.Length, u = Plane.U * length + node, v = Plane.V * length + node;
        float east = solver[Plane.Right * length + node], west = solver[Plane.Right * length + node - 1];
        float south = solver[Plane.Down * length + node], north = solver[Plane.Down * length + node - stride];
        float p = north * grid[u - stride] + (south * grid[u + stride] + (west * grid[u - 1] + (east * grid[u + 1] + solver[Plane.P * length + node])));
        float q = north * grid[v - stride] + (south * grid[v + stride] + (west * grid[v - 1] + (east * grid[v + 1] + solver[Plane.Q * length + node])));
        float xy = solver[Plane.InverseXy * length + node];
        grid[u] = solver[Plane.InverseXx * length + node] * p + xy * q;
        grid[v] = xy * p + solver[Plane.InverseYy * length + node] * q;
    }

    /// <summary>The motion of a level of half the size: bilinear, twice as long.</summary>
    public static void Enlarge(Index1D n, ArrayView<float> coarse, ArrayView<float> grid, FlowSize half, FlowSize size)
    {
        int i = n % size.Columns, j = n / size.Columns, node = size.Node(i, j);
        int near = IntrinsicMath.Min(j / 2, half.Rows - 1), next = IntrinsicMath.Clamp(j / 2 + (j % 2 == 0 ? -1 : 1), 0, half.Rows - 1);
        int left = IntrinsicMath.Min(i / 2, half.Columns - 1), right = IntrinsicMath.Clamp(i / 2 + (i % 2 == 0 ? -1 : 1), 0, half.Columns - 1);
        int a = half.Node(left, near), b = half.Node(right, near), c = half.Node(left, next), d = half.Node(right, next);
        for (int plane = Plane.U; plane <= Plane.V; plane++)
        {
            int from = plane * half.Length;
            grid[plane * size.Length + node] = 1.125f * coarse[from + a] + 0.375f * (coarse[from + b] + coarse[from + c]) + 0.125f * coarse[from + d];
        }
    }

    /// <summary>A pixel's motion, from the patches over it; both planes into <c>[2, H, W]</c>.</summary>
    public static void Spread(Index1D n, ArrayView<float> first, ArrayView<float> second, ArrayView<float> grid, ArrayView<float> field, FlowSize size)
    {
        int x = n % size.Width, y = n / size.Width, length = size.Length, lastI = (x + FlowSize.Overhang) / FlowSize.Cell, lastJ = (y + FlowSize.Overhang) / FlowSize.Cell;
        float us = 0, vs = 0, ws = 0, here = first[size.Pixel(x, y)];
        for (int j = IntrinsicMath.Max(0, lastJ - 1); j <= IntrinsicMath.Min(lastJ, size.Rows - 1); j++)
        {
            for (int i = IntrinsicMath.Max(0, lastI - 1); i <= IntrinsicMath.Min(lastI, size.Columns - 1); i++)
            {
                int node = size.Node(i, j), px = i * FlowSize.Cell - FlowSize.Overhang, py = j * FlowSize.Cell - FlowSize.Overhang;
                float u = grid[Plane.U * length + node], v = grid[Plane.V * length + node];
                float difference = FlowPlace.Of(size, px + u, py + v).Between(second, size.Stride, (y - py) * size.Stride + x - px) - here;
                float share = Ramp(x - px) * Ramp(y - py) / (difference * difference + Flow.DenseFlow.Noise);
                us += share * u;
                vs += share * v;
                ws += share;
            }
        }

        field[n] = us / ws;
        field[size.Width * size.Height + n] = vs / ws;
    }

    /// <summary>Nearness to a patch's middle: 0.125, 0.375, 0.625, 0.875 and back.</summary>
    private static float Ramp(int place) => 0.125f + 0.25f * IntrinsicMath.Min(place, FlowPatch.Side - 1 - place);

    /// <summary>A field <c>[2, H, W]</c> of half the size, twice as long.</summary>
    public static void EnlargeField(Index1D n, ArrayView<float> from, ArrayView<float> to, FlowSize half, FlowSize size)
    {
        int pixels = size.Width * size.Height, plane = n / pixels, x = n % pixels % size.Width, y = n % pixels / size.Width, start = plane * half.Width * half.Height;
        int near = start + y / 2 * half.Width, next = start + IntrinsicMath.Clamp(y / 2 + (y % 2 == 0 ? -1 : 1), 0, half.Height - 1) * half.Width;
        int side = IntrinsicMath.Clamp(x / 2 + (x % 2 == 0 ? -1 : 1), 0, half.Width - 1);
        float here = from[near + x / 2] * 1.5f + from[next + x / 2] * 0.5f, beside = from[near + side] * 1.5f + from[next + side] * 0.5f;
        to[n] = here * 0.75f + beside * 0.25f;
    }
}
