namespace AniSora.Kernels.Flow;

/// <summary>How patches are matched on one level; the values that depend on its noise are those of <see cref="FlowSettings"/> times a factor.</summary>
internal readonly record struct MatchRule(int Iterations, float Damping, float Tie, float Unmatched, float UnmatchedShare, float Doubt, float Trust, AffineMotion? Camera)
{
    public static MatchRule For(FlowSettings settings, int level, AffineMotion? camera)
    {
        float noise = MathF.Pow(settings.Decay, level);
        const int pixels = PatchGrid.Patch * PatchGrid.Patch;
        return new(settings.Iterations, settings.Damping * noise, (camera?.Support >= settings.Support ? -settings.Tie : settings.Tie) * noise,
            settings.Unmatched * noise, settings.UnmatchedShare, settings.Doubt, 1 / (pixels * settings.Noise * noise), camera);
    }
}

/// <summary>Both pictures at one size, and the patches' motion between them.</summary>
internal sealed class Level(int width, int height)
{
    private const int Cell = PatchGrid.Cell, Pixels = PatchGrid.Patch * PatchGrid.Patch;

    /// <summary>Rows of patches that are worth a thread of their own.</summary>
    private const int Grain = 8;

    private float[] _triedU = [], _triedV = [];

    public FlowImage First { get; } = new(width, height);
    public FlowImage Second { get; } = new(width, height);
    public PatchGrid Grid { get; } = new(width, height);

    /// <summary>Matches every patch from where the grid's motion (or the camera's, see <see cref="MatchRule"/>) puts it.</summary>
    public void Match(MatchRule rule) => Stripes.Run(Grid.Rows, Grain, (Level: this, Rule: rule), static (s, from, to) =>
    {
        var grid = s.Level.Grid;
        var matcher = new PatchMatcher(s.Level.First, s.Level.Second, stackalloc float[PatchMatcher.Scratch]);
        for (int j = from; j < to; j++)
        {
            for (int i = 0; i < grid.Columns; i++)
            {
                int node = grid.Index(i, j);
                matcher.Take(i * Cell - PatchGrid.Overhang, j * Cell - PatchGrid.Overhang);
                float u = grid.U[node], v = grid.V[node];
                if (s.Rule.Camera is { } camera)
                {
                    var (cu, cv) = camera.At(i, j);
                    if (matcher.Difference(cu, cv) < matcher.Difference(u, v) - s.Rule.Tie)
                        (u, v) = (cu, cv);
                }

                s.Level.Descend(in matcher, node, u, v, s.Rule);
            }
        }
    });

    /// <summary>The share of the patches along the picture's edge (an eighth of it on each side) that stillness does not explain as well as the grid's motion, 0…1.</summary>
    public double EdgeMotion(MatchRule rule)
    {
        var matcher = new PatchMatcher(First, Second, stackalloc float[PatchMatcher.Scratch]);
        int moving = 0, count = 0, across = Math.Max(1, Grid.Columns / 8), down = Math.Max(1, Grid.Rows / 8);
        for (int j = 0; j < Grid.Rows; j++)
        {
            bool whole = j < down || j >= Grid.Rows - down;
            for (int i = 0; i < Grid.Columns; i = !whole && i == across - 1 ? Math.Max(across, Grid.Columns - across) : i + 1, count++)
            {
                int node = Grid.Index(i, j);
                matcher.Take(i * Cell - PatchGrid.Overhang, j * Cell - PatchGrid.Overhang);
                if (matcher.Difference(0, 0) > matcher.Difference(Grid.U[node], Grid.V[node]) + MathF.Abs(rule.Tie))
                    moving++;
            }
        }

        return (double)moving / count;
    }

    /// <summary>After the last round: one motion wherever it explains a patch as well as what the neighbours made of it.</summary>
    public void Prefer(AffineMotion motion, MatchRule rule) => Stripes.Run(Grid.Rows, Grain, (Level: this, Motion: motion, Rule: rule), static (s, from, to) =>
    {
        var grid = s.Level.Grid;
        var matcher = new PatchMatcher(s.Level.First, s.Level.Second, stackalloc float[PatchMatcher.Scratch]);
        float margin = MathF.Abs(s.Rule.Tie) / 16;
        for (int j = from; j < to; j++)
        {
            for (int i = 0; i < grid.Columns; i++)
            {
                int node = grid.Index(i, j);
                var (u, v) = s.Motion.At(i, j);
                matcher.Take(i * Cell - PatchGrid.Overhang, j * Cell - PatchGrid.Overhang);
                if (matcher.Difference(u, v) < matcher.Difference(grid.U[node], grid.V[node]) + margin)
                    (grid.U[node], grid.V[node]) = (u, v);
            }
        }
    });

    /// <summary>Patches without a match look for one around the place where they are.</summary>
    public void Search(MatchRule rule, int radius) => Stripes.Run(Grid.Rows, Grain, (Level: this, Rule: rule, Radius: radius), static (s, from, to) =>
    {
        var grid = s.Level.Grid;
        var matcher = new PatchMatcher(s.Level.First, s.Level.Second, stackalloc float[PatchMatcher.Scratch]);
        for (int j = from; j < to; j++)
        {
            for (int i = 0; i < grid.Columns; i++)
            {
                int node = grid.Index(i, j);
                if (grid.Residual[node] < s.Rule.Unmatched)
                    continue;
                matcher.Take(i * Cell - PatchGrid.Overhang, j * Cell - PatchGrid.Overhang);
                if (grid.Residual[node] < s.Rule.UnmatchedShare * matcher.Variance)
                    continue;
                var (u, v) = matcher.Search(s.Radius);
                s.Level.Descend(in matcher, node, u, v, s.Rule, below: 0.7f * Pixels * grid.Residual[node]);
            }
        }
    });

    /// <summary>Patches without a match try those of their neighbours, one and two nodes away. All try at once: no order matters.</summary>
    public void Propagate(MatchRule rule)
    {
        if (_triedU.Length == 0)
            (_triedU, _triedV) = (new float[Grid.U.Length], new float[Grid.U.Length]);
        Array.Copy(Grid.MatchU, _triedU, _triedU.Length);
        Array.Copy(Grid.MatchV, _triedV, _triedV.Length);
        Stripes.Run(Grid.Rows, Grain, (Level: this, Rule: rule), static (s, from, to) =>
        {
            var matcher = new PatchMatcher(s.Level.First, s.Level.Second, stackalloc float[PatchMatcher.Scratch]);
            for (int j = from; j < to; j++)
            {
                for (int i = 0; i < s.Level.Grid.Columns; i++)
                {
                    if (s.Level.Grid.Residual[s.Level.Grid.Index(i, j)] >= s.Rule.Unmatched)
                        s.Level.TryNeighbours(ref matcher, i, j, s.Rule);
                }
            }
        });
    }

    private void TryNeighbours(ref PatchMatcher matcher, int i, int j, MatchRule rule)
    {
        int node = Grid.Index(i, j), from = -1;
        matcher.Take(i * Cell - PatchGrid.Overhang, j * Cell - PatchGrid.Overhang);
        float best = 0.9f * Pixels * Grid.Residual[node];
        foreach (var (dx, dy) in (ReadOnlySpan<(int, int)>)[(1, 0), (-1, 0), (0, 1), (0, -1), (2, 0), (-2, 0), (0, 2), (0, -2)])
        {
            if (i + dx < 0 || j + dy < 0 || i + dx >= Grid.Columns || j + dy >= Grid.Rows)
                continue;
            int other = Grid.Index(i + dx, j + dy);
            if (MathF.Abs(_triedU[other] - _triedU[node]) + MathF.Abs(_triedV[other] - _triedV[node]) < 0.5f)
                continue;
            float difference = matcher.Difference(_triedU[other], _triedV[other]);
            if (difference < best)
                (best, from) = (difference, other);
        }

        if (from >= 0)
            Descend(in matcher, node, _triedU[from], _triedV[from], rule);
    }

    private void Descend(in PatchMatcher matcher, int node, float u, float v, MatchRule rule, float below = float.PositiveInfinity)
    {
        float difference = matcher.Descend(ref u, ref v, rule.Iterations, rule.Damping);
        if (!(difference < below))
            return;
        float residual = difference / Pixels, trust = rule.Trust / (1 + residual / rule.Doubt);
        (Grid.MatchU[node], Grid.MatchV[node], Grid.Residual[node], Grid.Mean[node]) = (u, v, residual, matcher.Mean);
        (Grid.Xx[node], Grid.Xy[node], Grid.Yy[node]) = (matcher.Xx * trust, matcher.Xy * trust, matcher.Yy * trust);
    }
}
