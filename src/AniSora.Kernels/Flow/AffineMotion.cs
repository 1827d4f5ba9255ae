namespace AniSora.Kernels.Flow;

/// <summary>The motion of a plane seen from afar: u = U + Ux·x + Uy·y, v = V + Vx·x + Vy·y.</summary>
/// <param name="Support">The share of what has a say that follows it, 0…1.</param>
internal readonly record struct AffineMotion(double U, double Ux, double Uy, double V, double Vx, double Vy, double Support)
{
    /// <summary>The motion at a place.</summary>
    public (float U, float V) At(double x, double y) => ((float)(U + Ux * x + Uy * y), (float)(V + Vx * x + Vy * y));

    /// <summary>The same motion on a grid of twice the resolution, whose nodes (i, j) lie at (i/2 - 1/4, j/2 - 1/4), in its pixels.</summary>
    public AffineMotion Doubled() => new(2 * U - 0.5 * (Ux + Uy), Ux, Uy, 2 * V - 0.5 * (Vx + Vy), Vx, Vy, Support);

    /// <summary>The motion of most of a grid: reweighted least squares with Geman and McClure's weights.</summary>
    /// <param name="grid">Places count in nodes; a node's say grows with its A.</param>
    /// <param name="start">Where to start from.</param>
    public static AffineMotion Fit(PatchGrid grid, AffineMotion start)
    {
        foreach (double scale in (ReadOnlySpan<double>)[1.5, 0.75, 0.5, 0.5])
            start = Refit(grid, start, scale * scale);
        return start;
    }

    /// <summary>Geman and McClure's weight.</summary>
    private static double Kept(double du, double dv, double scale2)
    {
        double kept = scale2 / (scale2 + du * du + dv * dv);
        return kept * kept;
    }

    private static double Say(PatchGrid grid, int node)
    {
        // What noise alone makes of A stays below 1.
        double a = grid.Xx[node] + grid.Yy[node];
        return a * a / (a * a + 9);
    }

    private static AffineMotion Refit(PatchGrid grid, AffineMotion m, double scale2)
    {
        double all = 1e-9;
        var normal = new AffineNormal();
        for (int j = 0; j < grid.Rows; j++)
        {
            for (int i = 0, at = grid.Index(0, j); i < grid.Columns; i++, at++)
            {
                double u = grid.U[at], v = grid.V[at], du = u - (m.U + m.Ux * i + m.Uy * j), dv = v - (m.V + m.Vx * i + m.Vy * j);
                double say = Say(grid, at);
                all += say;
                normal.Add(say * Kept(du, dv, scale2), i, j, u, v);
            }
        }

        return normal.Solve(all);
    }
}

/// <summary>The normal equations of <see cref="AffineMotion"/>: sums over weighted places and motions.</summary>
internal struct AffineNormal
{
    private double _w, _x, _y, _xx, _xy, _yy, _u, _ux, _uy, _v, _vx, _vy;

    /// <summary>Adds one place's motion.</summary>
    public void Add(double weight, double x, double y, double u, double v)
    {
        double wx = weight * x, wy = weight * y;
        _w += weight;
        _x += wx;
        _y += wy;
        _xx += wx * x;
        _xy += wx * y;
        _yy += wy * y;
        _u += weight * u;
        _ux += wx * u;
        _uy += wy * u;
        _v += weight * v;
        _vx += wx * v;
        _vy += wy * v;
    }

    /// <summary>The fit; a shift alone where the places do not spread over the plane, nothing where there is no weight.</summary>
    /// <param name="all">The weight that full agreement would have.</param>
    public readonly AffineMotion Solve(double all)
    {
        if (_w < 1e-6)
            return default;
        // About the weighted centre.
        double cx = _x / _w, cy = _y / _w, a = _xx - _x * cx, b = _xy - _x * cy, c = _yy - _y * cy, det = a * c - b * b;
        if (_w < 3 || det < 1e-3 * (a + c))
            return new(_u / _w, 0, 0, _v / _w, 0, 0, _w / all);
        double pu = _ux - cx * _u, qu = _uy - cy * _u, pv = _vx - cx * _v, qv = _vy - cy * _v;
        double ux = (c * pu - b * qu) / det, uy = (a * qu - b * pu) / det, vx = (c * pv - b * qv) / det, vy = (a * qv - b * pv) / det;
        return new(_u / _w - ux * cx - uy * cy, ux, uy, _v / _w - vx * cx - vy * cy, vx, vy, _w / all);
    }
}
