namespace AniSora.Kernels.Flow;

/// <summary>
/// Dense flow from coarse to fine on patches: dense inverse search (Kroeger et al. 2016) with three changes for drawn pictures. Patches that found
/// no match search for it and ask their neighbours, so that small figures may move far. On each level the patches are made one field by
/// <see cref="GridSolver"/>, which knows what a flat patch or a straight edge can't see. And the camera's motion, fitted to most of the picture,
/// is preferred wherever it explains the pictures as well as anything else.
/// </summary>
/// <remarks>Keeps its memory between calls; one call at a time. The result does not depend on the number of threads.</remarks>
internal sealed class FlowEstimator
{
    /// <summary>The coarsest level's shorter side is below this, in pixels.</summary>
    private const int CoarsestSide = 16;

    private readonly FlowSettings _settings;
    private readonly Level[] _levels;
    private readonly GridSolver _solver;
    private readonly float[] _u, _v;
    private readonly int _width, _height, _finest;

    public FlowEstimator(int width, int height, FlowSettings settings)
    {
        (_width, _height, _settings) = (width, height, settings);
        var levels = new List<Level>();
        for (int w = width, h = height; ; (w, h) = ((w + 1) / 2, (h + 1) / 2))
        {
            levels.Add(new Level(w, h));
            if (Math.Min(w, h) < CoarsestSide)
                break;
        }

        _levels = [.. levels];
        _finest = Math.Min(settings.Finest, _levels.Length - 1);
        var finest = _levels[_finest];
        _solver = new GridSolver(finest.Grid);
        (_u, _v) = _finest == 0 ? ([], []) : (new float[finest.First.Width * finest.First.Height], new float[finest.First.Width * finest.First.Height]);
    }

    /// <summary>Whether it was made for this.</summary>
    public bool Fits(int width, int height, FlowSettings settings) => width == _width && height == _height && settings == _settings;

    /// <summary>Estimates the motion from one picture <c>[H, W]</c> (0…255) to the next.</summary>
    public FlowField Estimate(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        Fill(first, level => level.First);
        Fill(second, level => level.Second);
        AffineMotion camera = default;
        for (int l = _levels.Length - 1; l >= _finest; l--)
        {
            var level = _levels[l];
            bool coarsest = l == _levels.Length - 1;
            if (coarsest)
                level.Grid.Clear();
            else
                level.Grid.Enlarge(_levels[l + 1].Grid);
            camera = camera.Doubled();
            var rule = MatchRule.For(_settings, l, coarsest ? null : camera);
            for (int round = 0; round < _settings.Rounds; round++)
            {
                level.Match(round == 0 ? rule : rule with { Camera = null });
                // Two levels search, a sixth of the height each way; finer ones have what these found.
                if (round == 0 && !coarsest && l >= _levels.Length - 3)
                    level.Search(rule, radius: l == _levels.Length - 2 ? 4 : 8);
                for (int k = 0; round == 0 && k < _settings.Propagations; k++)
                    level.Propagate(rule);
                _solver.Solve(level.Grid);
            }

            if (l == _finest && level.EdgeMotion(rule) < _settings.LeastEdgeMotion)
                level.Prefer(default, rule);
            else if (l == _finest && camera.Support >= _settings.Support)
                level.Prefer(camera, rule);
            if (l > _finest)
                camera = AffineMotion.Fit(level.Grid, camera);
        }

        var field = new FlowField(_width, _height, new float[_width * _height], new float[_width * _height]);
        var finest = _levels[_finest];
        if (_finest == 0)
        {
            DenseFlow.Spread(finest.Grid, finest.First, finest.Second, field.U, field.V);
        }
        else
        {
            DenseFlow.Spread(finest.Grid, finest.First, finest.Second, _u, _v);
            DenseFlow.Enlarge(_u, _width, _height, field.U);
            DenseFlow.Enlarge(_v, _width, _height, field.V);
        }

        return field;
    }

    private void Fill(ReadOnlySpan<float> picture, Func<Level, FlowImage> side)
    {
        if (_finest == 0)
            side(_levels[0]).Fill(picture);
        for (int l = 1; l < _levels.Length; l++)
        {
            if (l == 1 && _finest > 0)
                side(_levels[1]).FillHalved(picture, _width, _height);
            else
                side(_levels[l]).FillHalved(side(_levels[l - 1]));
        }
    }
}
