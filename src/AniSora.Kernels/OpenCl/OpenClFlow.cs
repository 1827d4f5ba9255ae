using AniSora.Kernels.Flow;

namespace AniSora.Kernels.OpenCl;

/// <summary>
/// Optical flow on a device: the steps of <see cref="FlowEstimator"/>, whose order and reasons are there, as kernels of <c>flow.cl</c>. Only the
/// camera's fit, a few sums over a coarse grid in double precision, is made by the host.
/// </summary>
internal sealed unsafe class OpenClFlow
{
    private const string Program = "flow";
    private const int GridPlanes = 11, SolverPlanes = 7;

    private readonly OpenClCall _call;
    private readonly FlowSettings _settings;
    private readonly DeviceLevel[] _levels;
    private readonly OpenClBuffer _solver;

    public OpenClFlow(OpenClCall call, int width, int height, FlowSettings settings)
    {
        (_call, _settings) = (call, settings);
        _levels = [.. FlowEstimator.Sizes(width, height).Select(size => new DeviceLevel(call, size.Width, size.Height))];
        _solver = call.Scratch(sizeof(float) * SolverPlanes * (long)_levels[0].Length);
    }

    /// <summary>Estimates the motion between two pictures <c>[H, W]</c> of the device into two outputs <c>[H, W]</c>.</summary>
    public void Estimate(OpenClBuffer first, OpenClBuffer second, OpenClBuffer u, OpenClBuffer v)
    {
        Fill(first, level => level.First);
        Fill(second, level => level.Second);
        AffineMotion camera = default;
        int finest = Math.Min(_settings.Finest, _levels.Length - 1);
        for (int l = _levels.Length - 1; l >= finest; l--)
        {
            var level = _levels[l];
            bool coarsest = l == _levels.Length - 1;
            _call.Run(Program, "clear", (GridPlanes * (long)level.Length, 1, 1), level.Grid, GridPlanes * level.Length);
            if (!coarsest)
                Enlarge(_levels[l + 1], level);
            camera = camera.Doubled();
            var rule = MatchRule.For(_settings, l, coarsest ? null : camera);
            for (int round = 0; round < _settings.Rounds; round++)
            {
                Match(level, round == 0 ? rule : rule with { Camera = null });
                if (round == 0 && !coarsest && l >= _levels.Length - 3)
                    Search(level, rule, radius: l == _levels.Length - 2 ? 4 : 8);
                for (int k = 0; round == 0 && k < _settings.Propagations; k++)
                    Propagate(level, rule);
                Solve(level);
            }

            if (l == finest && EdgeMotion(level, rule) < _settings.LeastEdgeMotion)
                Prefer(level, default, rule);
            else if (l == finest && camera.Support >= _settings.Support)
                Prefer(level, camera, rule);
            if (l > finest)
                camera = AffineMotion.Fit(level.ReadGrid(_call), camera);
        }

        Spread(_levels[finest], finest, u, v);
    }

    private void Fill(OpenClBuffer picture, Func<DeviceLevel, OpenClBuffer> side)
    {
        var whole = _levels[0];
        _call.Run(Program, "take_picture", whole.Padded, picture, side(whole), whole.Width, whole.Height);
        for (int l = 1; l < _levels.Length; l++)
            _call.Run(Program, "halve", _levels[l].Padded, side(_levels[l - 1]), side(_levels[l]), _levels[l - 1].Width, _levels[l - 1].Height);
    }

    private void Enlarge(DeviceLevel coarse, DeviceLevel level) => _call.Run(
        Program, "enlarge_grid", level.Nodes, coarse.Grid, level.Grid, coarse.Columns, coarse.Rows, coarse.Length, level.Columns, level.Length);

    private void Match(DeviceLevel level, MatchRule rule) => WithMotion(level, rule.Camera ?? default, motion => _call.Run(
        Program, "match", level.Nodes, level.First, level.Second, level.Grid, motion, level.Width, level.Height, level.Columns, level.Length,
        rule.Camera is null ? 0 : 1, rule.Tie, rule.Iterations, rule.ShortestStep, rule.Damping, rule.Doubt, rule.Trust));

    private void Search(DeviceLevel level, MatchRule rule, int radius) => _call.Run(
        Program, "search", level.Nodes, level.First, level.Second, level.Grid, level.Width, level.Height, level.Columns, level.Length, radius,
        PatchMatcher.SearchStep, rule.Unmatched, rule.UnmatchedShare, rule.Iterations, rule.ShortestStep, rule.Damping, rule.Doubt, rule.Trust);

    private void Propagate(DeviceLevel level, MatchRule rule)
    {
        _call.Run(Program, "remember", (level.Length, 1, 1), level.Grid, level.Length);
        _call.Run(
            Program, "propagate", level.Nodes, level.First, level.Second, level.Grid, level.Width, level.Height, level.Columns, level.Length, rule.Unmatched,
            rule.Iterations, rule.ShortestStep, rule.Damping, rule.Doubt, rule.Trust);
    }

    private void Solve(DeviceLevel level)
    {
        _call.Run(Program, "clear", (SolverPlanes * (long)level.Length, 1, 1), _solver, SolverPlanes * level.Length);
        _call.Run(Program, "start", (level.Length, 1, 1), level.Grid, level.Length);
        for (int round = 0; round < GridSolver.Reweightings; round++)
        {
            _call.Run(Program, "weigh", level.Nodes, level.Grid, _solver, level.Columns, level.Length);
            _call.Run(Program, "prepare", level.Nodes, level.Grid, _solver, level.Columns, level.Length);
            for (int sweep = 0; sweep < 2 * GridSolver.Sweeps; sweep++)
                _call.Run(Program, "relax", level.Nodes, level.Grid, _solver, level.Columns, level.Length, sweep);
        }
    }

    private double EdgeMotion(DeviceLevel level, MatchRule rule)
    {
        var moving = new byte[level.Columns * level.Rows];
        fixed (byte* to = moving)
        {
            var buffer = _call.Scratch(moving.Length);
            _call.Run(
                Program, "moves", level.Nodes, level.First, level.Second, level.Grid, buffer, level.Width, level.Height, level.Columns, level.Length,
                MathF.Abs(rule.Tie));
            _call.Read(buffer, 0, to, moving.Length);
        }

        int moved = 0, count = 0, across = Math.Max(1, level.Columns / 8), down = Math.Max(1, level.Rows / 8);
        for (int node = 0; node < moving.Length; node++)
        {
            int i = node % level.Columns, j = node / level.Columns;
            if (i >= across && i < level.Columns - across && j >= down && j < level.Rows - down)
                continue;
            (moved, count) = (moved + moving[node], count + 1);
        }

        return (double)moved / count;
    }

    private void Prefer(DeviceLevel level, AffineMotion motion, MatchRule rule) => WithMotion(level, motion, motions => _call.Run(
        Program, "prefer", level.Nodes, level.First, level.Second, level.Grid, motions, level.Width, level.Height, level.Columns, level.Length,
        MathF.Abs(rule.Tie) / 16));

    /// <summary>A motion at every node, <c>[2, rows, columns]</c>: from double precision, which not every device has.</summary>
    private void WithMotion(DeviceLevel level, AffineMotion motion, Action<OpenClBuffer> run)
    {
        int nodes = level.Columns * level.Rows;
        var motions = new float[2 * nodes];
        for (int node = 0; node < nodes; node++)
            (motions[node], motions[nodes + node]) = motion.At(node % level.Columns, node / level.Columns);
        fixed (float* from = motions)
        {
            run(_call.Copy(from, motions.Length));
        }
    }

    private void Spread(DeviceLevel level, int finest, OpenClBuffer u, OpenClBuffer v)
    {
        if (finest == 0)
        {
            SpreadInto(level, u, v);
            return;
        }

        var whole = _levels[0];
        long bytes = sizeof(float) * (long)level.Width * level.Height;
        OpenClBuffer halfU = _call.Scratch(bytes), halfV = _call.Scratch(bytes);
        SpreadInto(level, halfU, halfV);
        _call.Run(Program, "enlarge_field", (whole.Width, whole.Height, 1), halfU, u, whole.Width, whole.Height);
        _call.Run(Program, "enlarge_field", (whole.Width, whole.Height, 1), halfV, v, whole.Width, whole.Height);
    }

    private void SpreadInto(DeviceLevel level, OpenClBuffer u, OpenClBuffer v) => _call.Run(
        Program, "spread", (level.Width, level.Height, 1), level.First, level.Second, level.Grid, u, v, level.Width, level.Height, level.Columns, level.Rows,
        level.Length);

    /// <summary>A level's buffers; grids have the layout of <see cref="PatchGrid"/>.</summary>
    private sealed class DeviceLevel
    {
        private readonly PatchGrid _host;

        public DeviceLevel(OpenClCall call, int width, int height)
        {
            (Width, Height, _host) = (width, height, new PatchGrid(width, height));
            Padded = (width + 2 * FlowImage.Border, height + 2 * FlowImage.Border, 1);
            long pixels = Padded.X * Padded.Y;
            (First, Second, Grid) = (call.Scratch(sizeof(float) * pixels), call.Scratch(sizeof(float) * pixels), call.Scratch(sizeof(float) * GridPlanes * (long)Length));
        }

        public int Width { get; }
        public int Height { get; }
        public int Columns => _host.Columns;
        public int Rows => _host.Rows;
        public int Length => _host.U.Length;
        public (long X, long Y, long Z) Padded { get; }
        public (long X, long Y, long Z) Nodes => (Columns, Rows, 1);
        public OpenClBuffer First { get; }
        public OpenClBuffer Second { get; }
        public OpenClBuffer Grid { get; }

        /// <summary>What the camera's fit looks at.</summary>
        public PatchGrid ReadGrid(OpenClCall call)
        {
            foreach (var (plane, values) in (ReadOnlySpan<(int, float[])>)[(0, _host.U), (1, _host.V), (4, _host.Xx), (6, _host.Yy)])
            {
                fixed (float* to = values)
                    call.Read(Grid, plane * (long)Length, to, Length);
            }

            return _host;
        }
    }
}
