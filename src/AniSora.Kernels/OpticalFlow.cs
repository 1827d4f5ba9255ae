using System.Numerics;

namespace AniSora.Kernels;

/// <summary>A dense motion field: pixel (x, y) of the first picture is found at (x + U, y + V) in the second.</summary>
/// <param name="Width">W.</param>
/// <param name="Height">H.</param>
/// <param name="U">Motion to the right in pixels, <c>[H, W]</c>.</param>
/// <param name="V">Motion downwards in pixels, <c>[H, W]</c>.</param>
public sealed record FlowField(int Width, int Height, float[] U, float[] V)
{
    /// <summary>The mean of √(U² + V²) over all pixels, in pixels.</summary>
    public double MeanMagnitude()
    {
        double sum = 0;
        for (int i = 0; i < U.Length; i++)
            sum += Math.Sqrt(U[i] * U[i] + V[i] * V[i]);
        return sum / U.Length;
    }
}

/// <summary>
/// Dense optical flow by iterated Lucas–Kanade on a pyramid (Lucas and Kanade 1981, Bouguet 2001), with every pixel's own window, a damped
/// solution and a smoothing step after each iteration. Where stillness explains the pictures as well as motion does, it is preferred: a
/// figure's motion does not leak into a still background. Follows motion up to about a third of the texture's wavelength.
/// </summary>
public static class OpticalFlow
{
    /// <summary>Half the window's side: 2 gives 5×5 pixels.</summary>
    private const int WindowRadius = 2;
    private const int IterationsPerLevel = 4;
    /// <summary>The smallest side of the coarsest level, in pixels.</summary>
    private const int CoarsestSide = 8;
    /// <summary>Added to the squared gradients (grey levels²): flow needs contrast well above the noise of 8-bit pictures.</summary>
    private const float Damping = 4f;
    /// <summary>Squared difference (grey levels²) that counts as none: below the steps of 8-bit pictures.</summary>
    private const float NoDifference = 0.0625f;
    /// <summary>The longest step of one iteration in pixels: beyond it the linearisation means nothing.</summary>
    private const float LongestStep = 1.5f;

    /// <summary>Estimates the motion from one picture to the next.</summary>
    /// <param name="first">Brightness <c>[H, W]</c>, on the scale 0…255.</param>
    /// <param name="second">Brightness <c>[H, W]</c> of the following picture.</param>
    /// <param name="width">W, 4 or more.</param>
    /// <param name="height">H, 4 or more.</param>
    /// <exception cref="ArgumentException">The pictures are not of that size.</exception>
    public static FlowField Estimate(ReadOnlySpan<float> first, ReadOnlySpan<float> second, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 4);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 4);
        if (first.Length != width * height || second.Length != width * height)
            throw new ArgumentException($"pictures of {width}×{height} have {width * height} values, got {first.Length} and {second.Length}");

        var levels = new List<(Plane First, Plane Second)> { (new Plane(first.ToArray(), width, height), new Plane(second.ToArray(), width, height)) };
        while (Math.Min(levels[^1].First.Width, levels[^1].First.Height) >= 2 * CoarsestSide)
            levels.Add((levels[^1].First.Halved(), levels[^1].Second.Halved()));

        var u = new Plane(levels[^1].First.Width, levels[^1].First.Height);
        var v = new Plane(u.Width, u.Height);
        for (int level = levels.Count - 1; level >= 0; level--)
        {
            var (a, b) = levels[level];
            if (u.Width != a.Width || u.Height != a.Height)
                (u, v) = (u.Enlarged(a.Width, a.Height, (float)a.Width / u.Width), v.Enlarged(a.Width, a.Height, (float)a.Height / v.Height));
            Refine(a, b, u, v);
        }

        PreferStillness(levels[0].First, levels[0].Second, u, v);
        return new FlowField(width, height, u.Values, v.Values);
    }

    /// <summary>Brightness of RGB bytes by Rec. 601: 0.299 R + 0.587 G + 0.114 B.</summary>
    /// <param name="pixels"><c>[N, channels]</c>, channels 3 or 4 (a fourth is ignored).</param>
    /// <param name="channels">3 or 4.</param>
    /// <param name="luma">Receives <c>[N]</c>, 0…255.</param>
    public static void Luma(ReadOnlySpan<byte> pixels, int channels, Span<float> luma)
    {
        if (channels is not (3 or 4) || pixels.Length != (long)luma.Length * channels)
            throw new ArgumentException($"{luma.Length} pixels of {channels} channels do not fill {pixels.Length} bytes");
        for (int i = 0, p = 0; i < luma.Length; i++, p += channels)
            luma[i] = 0.299f * pixels[p] + 0.587f * pixels[p + 1] + 0.114f * pixels[p + 2];
    }

    private static void Refine(Plane first, Plane second, Plane u, Plane v)
    {
        int w = first.Width, h = first.Height, n = w * h;
        Plane warped = new(w, h), xx = new(w, h), xy = new(w, h), yy = new(w, h), xt = new(w, h), yt = new(w, h), scratch = new(w, h);
        for (int iteration = 0; iteration < IterationsPerLevel; iteration++)
        {
            second.WarpInto(u, v, warped);
            Products(first, warped, xx, xy, yy, xt, yt);
            foreach (var plane in (ReadOnlySpan<Plane>)[xx, xy, yy, xt, yt])
                plane.BoxMean(WindowRadius, scratch);

            // Per pixel: (A + λI)·d = −b with A the window's mean gradient products and b = mean(∇I·Iₜ).
            int i = 0;
            var damping = new Vector<float>(Damping);
            var limit = new Vector<float>(LongestStep);
            for (; i <= n - Vector<float>.Count; i += Vector<float>.Count)
            {
                var a = new Vector<float>(xx.Values, i) + damping;
                var b = new Vector<float>(xy.Values, i);
                var c = new Vector<float>(yy.Values, i) + damping;
                var p = new Vector<float>(xt.Values, i);
                var q = new Vector<float>(yt.Values, i);
                var inverse = Vector<float>.One / (a * c - b * b);
                var du = (b * q - c * p) * inverse;
                var dv = (b * p - a * q) * inverse;
                (new Vector<float>(u.Values, i) + Vector.Max(-limit, Vector.Min(limit, du))).CopyTo(u.Values, i);
                (new Vector<float>(v.Values, i) + Vector.Max(-limit, Vector.Min(limit, dv))).CopyTo(v.Values, i);
            }

            for (; i < n; i++)
            {
                float a = xx.Values[i] + Damping, b = xy.Values[i], c = yy.Values[i] + Damping, inverse = 1 / (a * c - b * b);
                u.Values[i] += Math.Clamp((b * yt.Values[i] - c * xt.Values[i]) * inverse, -LongestStep, LongestStep);
                v.Values[i] += Math.Clamp((b * xt.Values[i] - a * yt.Values[i]) * inverse, -LongestStep, LongestStep);
            }

            u.Smooth(scratch);
            v.Smooth(scratch);
        }
    }

    // Coarse levels see figure and background through one window and spread motion over both. With E₀ and E₁ the window's squared
    // difference without and with the motion, the flow is scaled by E₀ / (E₀ + E₁): 1 where motion explains what changed, 0 where nothing did.
    private static void PreferStillness(Plane first, Plane second, Plane u, Plane v)
    {
        Plane still = new(first.Width, first.Height), moved = new(first.Width, first.Height), scratch = new(first.Width, first.Height);
        second.WarpInto(u, v, moved);
        for (int i = 0; i < still.Values.Length; i++)
        {
            float e0 = second.Values[i] - first.Values[i], e1 = moved.Values[i] - first.Values[i];
            (still.Values[i], moved.Values[i]) = (e0 * e0, e1 * e1);
        }

        still.BoxMean(WindowRadius, scratch);
        moved.BoxMean(WindowRadius, scratch);
        for (int i = 0; i < still.Values.Length; i++)
        {
            // Running sums can end a rounding error below zero.
            float e0 = Math.Max(0, still.Values[i]), scale = e0 / (e0 + Math.Max(0, moved.Values[i]) + NoDifference);
            u.Values[i] *= scale;
            v.Values[i] *= scale;
        }
    }

    // Gradients are the mean of both pictures', which cancels the first-order error of a one-sided linearisation.
    private static void Products(Plane first, Plane warped, Plane xx, Plane xy, Plane yy, Plane xt, Plane yt)
    {
        int w = first.Width, h = first.Height;
        float[] f = first.Values, g = warped.Values;
        for (int y = 0; y < h; y++)
        {
            int up = Math.Max(0, y - 1) * w, down = Math.Min(h - 1, y + 1) * w, row = y * w;
            for (int x = 0; x < w; x++)
            {
                int left = Math.Max(0, x - 1), right = Math.Min(w - 1, x + 1), i = row + x;
                float gx = 0.25f * (f[row + right] - f[row + left] + g[row + right] - g[row + left]);
                float gy = 0.25f * (f[down + x] - f[up + x] + g[down + x] - g[up + x]);
                float gt = g[i] - f[i];
                xx.Values[i] = gx * gx;
                xy.Values[i] = gx * gy;
                yy.Values[i] = gy * gy;
                xt.Values[i] = gx * gt;
                yt.Values[i] = gy * gt;
            }
        }
    }
}
