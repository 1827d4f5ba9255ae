namespace AniSora.Kernels.Foreground;

/// <summary>Where the camera takes a pixel: x' = Xx·x + Xy·y + X, y' = Yx·x + Yy·y + Y.</summary>
internal readonly record struct PlaneMap(double Xx, double Xy, double X, double Yx, double Yy, double Y)
{
    /// <summary>Where every pixel stays.</summary>
    public static readonly PlaneMap Stay = new(1, 0, 0, 0, 1, 0);

    /// <summary>From a frame to another that is a whole number of steps away.</summary>
    /// <param name="cameras">From each frame to the one a step later.</param>
    /// <param name="from">The frame.</param>
    /// <param name="to">The other.</param>
    /// <param name="step">Frames of a step.</param>
    public static PlaneMap Between(IReadOnlyList<CameraMove> cameras, int from, int to, int step)
    {
        var map = Stay;
        for (int t = Math.Min(from, to); t < Math.Max(from, to); t += step)
            map = Of(cameras[t]).After(map);
        return from <= to || map == Stay ? map : map.Inverse();
    }

    /// <summary>The place of a pixel.</summary>
    public (float X, float Y) At(int x, int y) => ((float)(Xx * x + Xy * y + X), (float)(Yx * x + Yy * y + Y));

    private static PlaneMap Of(CameraMove move)
    {
        var (u, v) = move.At(0, 0);
        return new(1 + move.Ux, move.Uy, u, move.Vx, 1 + move.Vy, v);
    }

    private PlaneMap After(PlaneMap first) => new(
        Xx * first.Xx + Xy * first.Yx, Xx * first.Xy + Xy * first.Yy, Xx * first.X + Xy * first.Y + X,
        Yx * first.Xx + Yy * first.Yx, Yx * first.Xy + Yy * first.Yy, Yx * first.X + Yy * first.Y + Y);

    private PlaneMap Inverse()
    {
        double scale = 1 / (Xx * Yy - Xy * Yx);
        return new(Yy * scale, -Xy * scale, (Xy * Y - Yy * X) * scale, -Yx * scale, Xx * scale, (Yx * X - Xx * Y) * scale);
    }
}
