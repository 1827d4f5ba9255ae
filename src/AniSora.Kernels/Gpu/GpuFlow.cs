using AniSora.Kernels.Flow;
using ILGPU;

namespace AniSora.Kernels.Gpu;

/// <summary>
/// Optical flow on a device: the steps of <see cref="FlowEstimator"/>, whose order and reasons are there. Only the camera's fit, a few sums over a
/// coarse grid in double precision, is made by the host.
/// </summary>
internal sealed class GpuFlow
{
    private readonly GpuCall _call;
    private readonly FlowSettings _settings;
    private readonly Level[] _levels;
    private readonly ArrayView<float> _solver;

    public GpuFlow(GpuCall call, int width, int height, FlowSettings settings)
    {
        (_call, _settings) = (call, settings);
        _levels = [.. FlowEstimator.Sizes(width, height).Select(size => new Level(call, new FlowSize(size.Width, size.Height)))];
        _solver = call.Scratch<float>((long)Plane.SolverCount * _levels[0].Size.Length);
    }

    /// <summary>Estimates the motion between two pictures <c>[H, W]</c> of the device.</summary>
    /// <returns><c>[2, H, W]</c>: to the right, downwards.</returns>
    public ArrayView<float> Estimate(ArrayView<float> first, ArrayView<float> second)
    {
        Fill(first, level => level.First);
        Fill(second, level => level.Second);
        AffineMotion camera = default;
        int finest = Math.Min(_settings.Finest, _levels.Length - 1);
        for (int l = _levels.Length - 1; l >= finest; l--)
        {
            var level = _levels[l];
            bool coarsest = l == _levels.Length - 1;
            _call.Clear(level.Grid);
            if (!coarsest)
                _call.Run(GridKernels.Enlarge, level.Size.Nodes, _levels[l + 1].Grid, level.Grid, _levels[l + 1].Size, level.Size);
            camera = camera.Doubled();
            var rule = MatchRule.For(_settings, l, coarsest ? null : camera);
            for (int round = 0; round < _settings.Rounds; round++)
            {
                var now = round == 0 ? rule : rule with { Camera = null };
                _call.Run(FlowKernels.Match, level.Size.Nodes, level.First, level.Second, level.Grid, Everywhere(level, now.Camera ?? default), level.Size, new FlowRule(now));
                if (round == 0 && !coarsest && l >= _levels.Length - 3)
                    _call.Run(FlowKernels.Search, level.Size.Nodes, level.First, level.Second, level.Grid, level.Size, new FlowRule(rule, radius: l == _levels.Length - 2 ? 4 : 8));
                for (int k = 0; round == 0 && k < _settings.Propagations; k++)
                {
                    _call.Copy(level.Planes(Plane.MatchU, 2), level.Planes(Plane.TriedU, 2));
                    _call.Run(FlowKernels.Propagate, level.Size.Nodes, level.First, level.Second, level.Grid, level.Size, new FlowRule(rule));
                }

                Solve(level);
            }

            if (l == finest && EdgeMotion(level, rule) < _settings.LeastEdgeMotion)
                Prefer(level, default, rule);
            else if (l == finest && camera.Support >= _settings.Support)
                Prefer(level, camera, rule);
            if (l > finest)
                camera = AffineMotion.Fit(level.ReadGrid(_call), camera);
        }

        return Spread(_levels[finest], finest);
    }

    private void Fill(ArrayView<float> picture, Func<Level, ArrayView<float>> side)
    {
        _call.Run(FlowKernels.TakePicture, _levels[0].Size.Padded, picture, side(_levels[0]), _levels[0].Size);
        for (int l = 1; l < _levels.Length; l++)
            _call.Run(FlowKernels.Halve, _levels[l].Size.Padded, side(_levels[l - 1]), side(_levels[l]), _levels[l - 1].Size, _levels[l].Size);
    }

    private void Solve(Level level)
    {
        _call.Clear(_solver.SubView(0, (long)Plane.SolverCount * level.Size.Length));
        _call.Copy(level.Planes(Plane.MatchU, 2), level.Planes(Plane.U, 2));
        for (int round = 0; round < GridSolver.Reweightings; round++)
        {
            _call.Run(GridKernels.Weigh, level.Size.Nodes, level.Grid, _solver, level.Size);
            _call.Run(GridKernels.Prepare, level.Size.Nodes, level.Grid, _solver, level.Size);
            for (int sweep = 0; sweep < 2 * GridSolver.Sweeps; sweep++)
                _call.Run(GridKernels.Relax, level.Size.Nodes, level.Grid, _solver, level.Size, sweep);
        }
    }

    private double EdgeMotion(Level level, MatchRule rule)
    {
        var buffer = _call.Scratch<int>(level.Size.Nodes);
        _call.Run(FlowKernels.Moves, level.Size.Nodes, level.First, level.Second, level.Grid, buffer, level.Size, new FlowRule(rule));
        var moving = new int[level.Size.Nodes];
        _call.Download(buffer, moving.AsSpan());
        int moved = 0, count = 0, columns = level.Size.Columns, rows = level.Size.Rows, across = Math.Max(1, columns / 8), down = Math.Max(1, rows / 8);
        for (int node = 0; node < moving.Length; node++)
        {
            int i = node % columns, j = node / columns;
            if (i < across || i >= columns - across || j < down || j >= rows - down)
                (moved, count) = (moved + moving[node], count + 1);
        }

        return (double)moved / count;
    }

    private void Prefer(Level level, AffineMotion motion, MatchRule rule) =>
        _call.Run(FlowKernels.Prefer, level.Size.Nodes, level.First, level.Second, level.Grid, Everywhere(level, motion), level.Size, new FlowRule(rule));

    /// <summary>A motion at every node, <c>[2, rows, columns]</c>: from double precision, which not every device has.</summary>
    private ArrayView<float> Everywhere(Level level, AffineMotion motion)
    {
        int nodes = level.Size.Nodes;
        var motions = new float[2 * nodes];
        for (int node = 0; node < nodes; node++)
            (motions[node], motions[nodes + node]) = motion.At(node % level.Size.Columns, node / level.Size.Columns);
        return _call.Upload<float>(System.Runtime.InteropServices.MemoryMarshal.AsBytes(motions.AsSpan()));
    }

    private ArrayView<float> Spread(Level level, int finest)
    {
        var field = _call.Scratch<float>(2L * level.Size.Width * level.Size.Height);
        _call.Run(GridKernels.Spread, field.IntLength / 2, level.First, level.Second, level.Grid, field, level.Size);
        if (finest == 0)
            return field;
        var whole = _levels[0].Size;
        var large = _call.Scratch<float>(2L * whole.Width * whole.Height);
        _call.Run(GridKernels.EnlargeField, large.IntLength, field, large, level.Size, whole);
        return large;
    }

    /// <summary>A level's memory.</summary>
    private sealed class Level(GpuCall call, FlowSize size)
    {
        public FlowSize Size => size;
        public ArrayView<float> First { get; } = call.Scratch<float>(size.Padded);
        public ArrayView<float> Second { get; } = call.Scratch<float>(size.Padded);
        public ArrayView<float> Grid { get; } = call.Scratch<float>((long)Plane.Count * size.Length);

        public ArrayView<float> Planes(int from, int count) => Grid.SubView((long)from * size.Length, (long)count * size.Length);

        /// <summary>What the camera's fit looks at.</summary>
        public PatchGrid ReadGrid(GpuCall call)
        {
            var host = new PatchGrid(size.Width, size.Height);
            foreach (var (plane, values) in (ReadOnlySpan<(int, float[])>)[(Plane.U, host.U), (Plane.V, host.V), (Plane.Xx, host.Xx), (Plane.Yy, host.Yy)])
                call.Download(Planes(plane, 1), values.AsSpan());
            return host;
        }
    }
}
