namespace AniSora.Kernels;

/// <summary>Motion as colour, by the wheel of Baker et al. (A database and evaluation methodology for optical flow, 2007): hue = direction, white = none.</summary>
public static class FlowColours
{
    /// <summary>Steps between red, yellow, green, cyan, blue, magenta and red again: about as many as the eye tells apart.</summary>
    private static readonly (int Steps, int From, int To)[] _arcs =
        [(15, 0xFF0000, 0xFFFF00), (6, 0xFFFF00, 0x00FF00), (4, 0x00FF00, 0x00FFFF), (11, 0x00FFFF, 0x0000FF), (13, 0x0000FF, 0xFF00FF), (6, 0xFF00FF, 0xFF0000)];

    private static readonly float[][] _wheel = [.. _arcs.SelectMany(arc => Enumerable.Range(0, arc.Steps).Select(k => Mix(arc.From, arc.To, (float)k / arc.Steps)))];

    /// <summary>Paints a field.</summary>
    /// <param name="field">The motion.</param>
    /// <param name="fullScale">Motion of full colour, in pixels; longer ones are darker. 0 = the longest of the field.</param>
    /// <returns>RGB <c>[H, W, 3]</c>.</returns>
    public static byte[] Paint(FlowField field, double fullScale = 0)
    {
        if (fullScale <= 0)
            fullScale = Math.Max(1e-3, Enumerable.Range(0, field.U.Length).Max(i => Math.Sqrt(field.U[i] * field.U[i] + field.V[i] * field.V[i])));
        var rgb = new byte[3 * field.U.Length];
        for (int i = 0; i < field.U.Length; i++)
            Colour(field.U[i] / fullScale, field.V[i] / fullScale, rgb.AsSpan(3 * i, 3));
        return rgb;
    }

    private static void Colour(double u, double v, Span<byte> rgb)
    {
        double length = Math.Sqrt(u * u + v * v), place = (Math.Atan2(-v, -u) / Math.PI + 1) / 2 * (_wheel.Length - 1);
        int k = (int)place;
        float[] from = _wheel[k], to = _wheel[(k + 1) % _wheel.Length];
        for (int c = 0; c < 3; c++)
        {
            double full = from[c] + (place - k) * (to[c] - from[c]);
            // A rounding error beyond full colour is not a longer motion.
            rgb[c] = (byte)(255 * (length <= 1 + 1e-6 ? Math.Max(0, 1 - length * (1 - full)) : 0.75 * full));
        }
    }

    private static float[] Mix(int from, int to, float share) =>
        [.. new[] { 16, 8, 0 }.Select(shift => ((1 - share) * ((from >> shift) & 255) + share * ((to >> shift) & 255)) / 255)];
}
