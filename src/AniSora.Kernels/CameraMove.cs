using AniSora.Kernels.Flow;

namespace AniSora.Kernels;

/// <summary>
/// The camera's part of one field: the affine motion that most of the picture follows. Signs are the picture's, not the camera's: a camera that
/// turns left moves the picture to the right.
/// </summary>
/// <param name="Dx">How far the picture's centre moves to the right, in pixels.</param>
/// <param name="Dy">Downwards.</param>
/// <param name="Ux">∂U/∂x per pixel.</param>
/// <param name="Uy">∂U/∂y.</param>
/// <param name="Vx">∂V/∂x.</param>
/// <param name="Vy">∂V/∂y.</param>
/// <param name="Support">The share of the picture that follows it, 0…1.</param>
/// <param name="Width">W of the field.</param>
/// <param name="Height">H of the field.</param>
public sealed record CameraMove(double Dx, double Dy, double Ux, double Uy, double Vx, double Vy, double Support, int Width, int Height)
{
    /// <summary>Every so many pixels count: neighbours say the same.</summary>
    private const int Step = 4;

    /// <summary>A fit must have so much more support than stillness to be believed.</summary>
    private const double Advantage = 0.05;

    /// <summary>Growth of the picture per frame: 0.01 = 1 % larger.</summary>
    public double Zoom => (Ux + Vy) / 2;

    /// <summary>Rotation of the picture per frame, in radians, clockwise as seen.</summary>
    public double Turn => (Vx - Uy) / 2;

    /// <summary>The camera's motion of a pixel.</summary>
    /// <param name="x">Its column.</param>
    /// <param name="y">Its row.</param>
    public (double U, double V) At(double x, double y)
    {
        double px = x - (Width - 1) / 2.0, py = y - (Height - 1) / 2.0;
        return (Dx + Ux * px + Uy * py, Dy + Vx * px + Vy * py);
    }

    /// <summary>
    /// Fits the camera's motion: reweighted least squares (Geman and McClure's weights, ever narrower) from three starts, of which the one with
    /// the most support is taken. The outer fifth of the picture counts twice: figures tend to be in the middle.
    /// </summary>
    /// <param name="field">The motion from one frame to the next.</param>
    public static CameraMove Fit(FlowField field)
    {
        var (u, v) = (Order.Median([.. field.U]), Order.Median([.. field.V]));
        AffineMotion still = default, rim = Refit(field, default, double.PositiveInfinity, rimOnly: true);
        AffineMotion[] fits = [.. new[] { new AffineMotion(u, 0, 0, v, 0, 0, 0), rim, still }.Select(start => Narrow(field, start))];
        var best = fits.MaxBy(f => f.Support);
        double narrow = Scale(field);
        double stillness = SupportOf(field, still, narrow);
        if (stillness > best.Support - Advantage)
            best = still with { Support = stillness };
        // From the upper left pixel to the centre.
        var (dx, dy) = best.At((field.Width - 1) / 2.0, (field.Height - 1) / 2.0);
        return new(dx, dy, best.Ux, best.Uy, best.Vx, best.Vy, best.Support, field.Width, field.Height);
    }

    /// <summary>What counts as following: half a pixel, or a four-hundredth of the height.</summary>
    private static double Scale(FlowField field) => Math.Max(0.5, field.Height / 400.0);

    private static AffineMotion Narrow(FlowField field, AffineMotion motion)
    {
        double narrow = Scale(field);
        foreach (double scale in (ReadOnlySpan<double>)[8, 4, 2, 1, 1, 1])
            motion = Refit(field, motion, scale * narrow, rimOnly: false);
        return motion with { Support = SupportOf(field, motion, narrow) };
    }

    private static AffineMotion Refit(FlowField field, AffineMotion motion, double scale, bool rimOnly)
    {
        var normal = new AffineNormal();
        double all = 1e-9;
        for (int y = Step / 2; y < field.Height; y += Step)
        {
            for (int x = Step / 2; x < field.Width; x += Step)
            {
                int i = y * field.Width + x;
                double weight = Weight(field, x, y);
                if (rimOnly && weight < 2)
                    continue;
                normal.Add(double.IsFinite(scale) ? weight * Kept(field, motion, i, x, y, scale) : weight, x, y, field.U[i], field.V[i]);
                all += weight;
            }
        }

        return normal.Solve(all);
    }

    private static double SupportOf(FlowField field, AffineMotion motion, double scale)
    {
        double sum = 0, all = 1e-9;
        for (int y = Step / 2; y < field.Height; y += Step)
        {
            for (int x = Step / 2; x < field.Width; x += Step)
            {
                double weight = Weight(field, x, y);
                sum += weight * Kept(field, motion, y * field.Width + x, x, y, scale);
                all += weight;
            }
        }

        return sum / all;
    }

    private static double Weight(FlowField field, int x, int y) =>
        Math.Min(x, field.Width - 1 - x) * 10 < field.Width || Math.Min(y, field.Height - 1 - y) * 10 < field.Height ? 2 : 1;

    private static double Kept(FlowField field, AffineMotion motion, int i, int x, int y, double scale)
    {
        var (u, v) = motion.At(x, y);
        double du = field.U[i] - u, dv = field.V[i] - v, kept = scale * scale / (scale * scale + du * du + dv * dv);
        return kept * kept;
    }
}
