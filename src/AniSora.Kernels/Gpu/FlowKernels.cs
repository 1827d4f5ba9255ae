using ILGPU;

namespace AniSora.Kernels.Gpu;

/// <summary>Dense optical flow, step by step as in <c>Flow</c> (where the reasons are): a thread for each pixel or node. Equal but for rounding.</summary>
internal static class FlowKernels
{
    private const int Pixels = FlowPatch.Pixels;

    /// <summary>A picture <c>[H, W]</c> with a border that continues its edge.</summary>
    public static void TakePicture(Index1D i, ArrayView<float> picture, ArrayView<float> to, FlowSize size)
    {
        int x = i % size.Stride - FlowSize.Border, y = i / size.Stride - FlowSize.Border;
        to[i] = picture[IntrinsicMath.Clamp(y, 0, size.Height - 1) * size.Width + IntrinsicMath.Clamp(x, 0, size.Width - 1)];
    }

    /// <summary>The next level's picture: each pixel the mean of four.</summary>
    public static void Halve(Index1D i, ArrayView<float> from, ArrayView<float> to, FlowSize fine, FlowSize size)
    {
        int x = 2 * IntrinsicMath.Clamp(i % size.Stride - FlowSize.Border, 0, size.Width - 1), y = 2 * IntrinsicMath.Clamp(i / size.Stride - FlowSize.Border, 0, size.Height - 1);
        int next = IntrinsicMath.Min(x + 1, fine.Width - 1), below = IntrinsicMath.Min(y + 1, fine.Height - 1);
        to[i] = 0.25f * (from[fine.Pixel(x, y)] + from[fine.Pixel(x, below)] + (from[fine.Pixel(next, y)] + from[fine.Pixel(next, below)]));
    }

    /// <summary>Matches a patch from where the grid's motion, or the camera's, puts it.</summary>
    public static void Match(Index1D n, ArrayView<float> first, ArrayView<float> second, ArrayView<float> grid, ArrayView<float> camera, FlowSize size, FlowRule rule)
    {
        int i = n % size.Columns, j = n / size.Columns, node = size.Node(i, j), length = size.Length;
        var patch = FlowPatch.Take(first, size, i, j);
        float u = grid[Plane.U * length + node], v = grid[Plane.V * length + node];
        if (rule.UseCamera != 0)
        {
            float cu = camera[n], cv = camera[size.Nodes + n];
            if (!Alike(u, v, cu, cv) && patch.At(first, second, size, cu, cv).Squares < patch.At(first, second, size, u, v).Squares - rule.Tie)
            {
                u = cu;
                v = cv;
            }
        }

        patch.Descend(first, second, grid, size, rule, node, u, v, float.PositiveInfinity);
    }

    /// <summary>A patch without a match looks for one around the place where it is.</summary>
    public static void Search(Index1D n, ArrayView<float> first, ArrayView<float> second, ArrayView<float> grid, FlowSize size, FlowRule rule)
    {
        int i = n % size.Columns, j = n / size.Columns, node = size.Node(i, j), length = size.Length;
        float residual = grid[Plane.Residual * length + node];
        if (residual < rule.Unmatched)
            return;
        var patch = FlowPatch.Take(first, size, i, j);
        if (residual < rule.UnmatchedShare * patch.Variance)
            return;
        float best = float.MaxValue;
        int shortest = 0, u = 0, v = 0;
        for (int dy = -rule.Radius; dy <= rule.Radius; dy += Flow.PatchMatcher.SearchStep)
        {
            for (int dx = -rule.Radius; dx <= rule.Radius; dx += Flow.PatchMatcher.SearchStep)
            {
                float difference = patch.At(first, second, size, dx, dy);
                int squared = dx * dx + dy * dy;
                if (difference < best || (difference == best && squared < shortest))
                {
                    best = difference;
                    shortest = squared;
                    u = dx;
                    v = dy;
                }
            }
        }

        patch.Descend(first, second, grid, size, rule, node, u, v, 0.7f * Pixels * residual);
    }

    /// <summary>A patch without a match tries those of its neighbours, which lie in the planes of what is tried.</summary>
    public static void Propagate(Index1D n, ArrayView<float> first, ArrayView<float> second, ArrayView<float> grid, FlowSize size, FlowRule rule)
    {
        int i = n % size.Columns, j = n / size.Columns, node = size.Node(i, j), length = size.Length, us = Plane.TriedU * length, vs = Plane.TriedV * length, from = -1;
        float residual = grid[Plane.Residual * length + node];
        if (residual < rule.Unmatched)
            return;
        var patch = FlowPatch.Take(first, size, i, j);
        float best = 0.9f * Pixels * residual;
        for (int k = 0; k < 8; k++)
        {
            // Right, left, below, above, one node away and then two.
            int step = (1 - 2 * (k & 1)) * (1 + k / 4), dx = (k & 2) == 0 ? step : 0, dy = (k & 2) == 0 ? 0 : step;
            if (i + dx < 0 || j + dy < 0 || i + dx >= size.Columns || j + dy >= size.Rows)
                continue;
            int other = size.Node(i + dx, j + dy);
            if (IntrinsicMath.Abs(grid[us + other] - grid[us + node]) + IntrinsicMath.Abs(grid[vs + other] - grid[vs + node]) < 0.5f)
                continue;
            float difference = patch.At(first, second, size, grid[us + other], grid[vs + other]).Squares;
            if (difference < best)
            {
                best = difference;
                from = other;
            }
        }

        if (from >= 0)
            patch.Descend(first, second, grid, size, rule, node, grid[us + from], grid[vs + from], float.PositiveInfinity);
    }

    /// <summary>1 where stillness does not explain a patch as well as the grid's motion.</summary>
    public static void Moves(Index1D n, ArrayView<float> first, ArrayView<float> second, ArrayView<float> grid, ArrayView<int> moving, FlowSize size, FlowRule rule)
    {
        int i = n % size.Columns, j = n / size.Columns, node = size.Node(i, j);
        float u = grid[Plane.U * size.Length + node], v = grid[Plane.V * size.Length + node];
        int moved = 0;
        if (!Alike(u, v, 0, 0))
        {
            var patch = FlowPatch.Take(first, size, i, j);
            if (patch.At(first, second, size, 0f, 0f).Squares > patch.At(first, second, size, u, v).Squares + IntrinsicMath.Abs(rule.Tie))
                moved = 1;
        }

        moving[n] = moved;
    }

    /// <summary>One motion wherever it explains a patch as well as what the neighbours made of it.</summary>
    public static void Prefer(Index1D n, ArrayView<float> first, ArrayView<float> second, ArrayView<float> grid, ArrayView<float> motion, FlowSize size, FlowRule rule)
    {
        int i = n % size.Columns, j = n / size.Columns, node = size.Node(i, j), length = size.Length;
        float u = motion[n], v = motion[size.Nodes + n], gridU = grid[Plane.U * length + node], gridV = grid[Plane.V * length + node];
        if (Alike(gridU, gridV, u, v))
            return;
        var patch = FlowPatch.Take(first, size, i, j);
        if (patch.At(first, second, size, u, v).Squares < patch.At(first, second, size, gridU, gridV).Squares + IntrinsicMath.Abs(rule.Tie) / 16)
        {
            grid[Plane.U * length + node] = u;
            grid[Plane.V * length + node] = v;
        }
    }

    private static bool Alike(float u, float v, float otherU, float otherV) => IntrinsicMath.Abs(u - otherU) + IntrinsicMath.Abs(v - otherV) < 0.05f;
}
