namespace AniSora.Benchmarks.Flow;

/// <summary>A known motion of the picture plane, in pixels of the rendered frame: where a point goes, and where a point came from.</summary>
internal sealed record KnownMotion(Func<double, double, (double X, double Y)> To, Func<double, double, (double X, double Y)> From)
{
    /// <summary>x ↦ centre + m·(x - centre) + shift.</summary>
    public static KnownMotion Affine(double cx, double cy, double a, double b, double c, double d, double dx, double dy)
    {
        double det = a * d - b * c;
        return new(
            (x, y) => (cx + dx + a * (x - cx) + b * (y - cy), cy + dy + c * (x - cx) + d * (y - cy)),
            (x, y) =>
            {
                double px = x - cx - dx, py = y - cy - dy;
                return (cx + (d * px - b * py) / det, cy + (a * py - c * px) / det);
            });
    }

    /// <summary>A motion of one kind whose largest displacement over the frame is <paramref name="reach"/> pixels (the mean amplitude, for smooth fields).</summary>
    public static KnownMotion Draw(string kind, double reach, int width, int height, Random random)
    {
        double cx = width / 2.0, cy = height / 2.0, corner = Math.Sqrt(cx * cx + cy * cy), angle = random.NextDouble() * 2 * Math.PI, sign = random.Next(2) * 2 - 1;
        switch (kind)
        {
            case "translation":
                return Affine(cx, cy, 1, 0, 0, 1, reach * Math.Cos(angle), reach * Math.Sin(angle));
            case "zoom":
                double scale = 1 + sign * reach / corner;
                return Affine(cx, cy, scale, 0, 0, scale, 0, 0);
            case "rotation":
                double turn = sign * reach / corner;
                return Affine(cx, cy, Math.Cos(turn), -Math.Sin(turn), Math.Sin(turn), Math.Cos(turn), 0, 0);
            case "affine":
                double[] m = [.. Enumerable.Range(0, 4).Select(_ => (random.NextDouble() - 0.5) * reach / corner)];
                return Affine(cx, cy, 1 + m[0], m[1], m[2], 1 + m[3], 0.6 * reach * Math.Cos(angle), 0.6 * reach * Math.Sin(angle));
            case "smooth":
                return Smooth(reach, random);
            default:
                throw new ArgumentException($"no motion is called {kind}");
        }
    }

    // Waves long enough that the field's gradient stays below one half: the inverse is found by iteration.
    private static KnownMotion Smooth(double reach, Random random)
    {
        var waves = Enumerable.Range(0, 4).Select(_ =>
        {
            double direction = random.NextDouble() * 2 * Math.PI, length = Math.Max(90, 16 * reach) * (1 + random.NextDouble()), phase = random.NextDouble() * 2 * Math.PI;
            return (Kx: 2 * Math.PI * Math.Cos(direction) / length, Ky: 2 * Math.PI * Math.Sin(direction) / length, Phase: phase);
        }).ToArray();
        (double, double) Shift(double x, double y)
        {
            double Wave(int i) => Math.Sin(waves[i].Kx * x + waves[i].Ky * y + waves[i].Phase);
            return (reach * 0.5 * (Wave(0) + Wave(1)), reach * 0.5 * (Wave(2) + Wave(3)));
        }

        return new(
            (x, y) =>
            {
                var (dx, dy) = Shift(x, y);
                return (x + dx, y + dy);
            },
            (x, y) =>
            {
                double px = x, py = y;
                for (int i = 0; i < 40; i++)
                {
                    var (dx, dy) = Shift(px, py);
                    (px, py) = (x - dx, y - dy);
                }

                return (px, py);
            });
    }
}
