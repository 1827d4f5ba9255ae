using AniSora.Kernels;

namespace AniSora.Data;

/// <summary>A decoded picture.</summary>
/// <param name="Width">W in pixels.</param>
/// <param name="Height">H in pixels.</param>
/// <param name="Rgba"><c>[H, W, 4]</c>, straight (not premultiplied) alpha.</param>
public sealed record Picture(int Width, int Height, byte[] Rgba)
{
    /// <summary>
    /// Scales to a size and keeps the aspect ratio; what is missing becomes transparent. Shrinking averages the covered area, enlarging is
    /// bilinear, both with premultiplied colours so that transparent pixels do not bleed into edges.
    /// </summary>
    /// <param name="width">New W.</param>
    /// <param name="height">New H.</param>
    /// <param name="cover">True: fill the whole size and cut off what overhangs. False: show everything, centred.</param>
    public Picture Fitted(int width, int height, bool cover = false)
    {
        if (width == Width && height == Height)
            return this;
        double sx = (double)width / Width, sy = (double)height / Height, scale = cover ? Math.Max(sx, sy) : Math.Min(sx, sy);
        var columns = Taps(Width, width, scale);
        var rows = Taps(Height, height, scale);
        var result = new byte[4 * width * height];
        // Rows first into floats [height, Width, 4], then columns.
        var stretched = new float[height * Width * 4];
        for (int y = 0; y < height; y++)
        {
            var line = stretched.AsSpan(y * Width * 4, Width * 4);
            foreach (var (source, weight) in rows[y])
            {
                for (int x = 0, p = source * Width * 4; x < 4 * Width; x += 4, p += 4)
                {
                    float a = weight * Rgba[p + 3];
                    line[x] += a * Rgba[p];
                    line[x + 1] += a * Rgba[p + 1];
                    line[x + 2] += a * Rgba[p + 2];
                    line[x + 3] += a;
                }
            }
        }

        for (int y = 0, q = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, q += 4)
            {
                float r = 0, g = 0, b = 0, a = 0;
                foreach (var (source, weight) in columns[x])
                {
                    int p = (y * Width + source) * 4;
                    r += weight * stretched[p];
                    g += weight * stretched[p + 1];
                    b += weight * stretched[p + 2];
                    a += weight * stretched[p + 3];
                }

                if (a < 0.5f)
                    continue;
                result[q] = (byte)Math.Clamp(MathF.Round(r / a), 0, 255);
                result[q + 1] = (byte)Math.Clamp(MathF.Round(g / a), 0, 255);
                result[q + 2] = (byte)Math.Clamp(MathF.Round(b / a), 0, 255);
                result[q + 3] = (byte)Math.Clamp(MathF.Round(a), 0, 255);
            }
        }

        return new Picture(width, height, result);
    }

    /// <summary>The picture over an opaque colour.</summary>
    /// <param name="background">0xRRGGBB.</param>
    /// <returns><c>[H, W, 3]</c>.</returns>
    public byte[] Over(int background = 0xFFFFFF)
    {
        byte[] rgb = new byte[3 * Width * Height], alpha = new byte[Width * Height];
        MaskBlend.Over(Rgba, Backgrounds.Render(new BackgroundSpec(BackgroundKind.Plain, background, background, 0, 0), Width, Height), rgb, alpha);
        return rgb;
    }

    // For every target position the source positions under it and their weights: a triangle of at least one source pixel's half width.
    private static (int Source, float Weight)[][] Taps(int source, int target, double scale)
    {
        double offset = 0.5 * (target - source * scale), support = Math.Max(1, 1 / scale);
        var taps = new (int, float)[target][];
        for (int i = 0; i < target; i++)
        {
            double centre = (i + 0.5 - offset) / scale;
            if (centre < 0 || centre > source)
            {
                taps[i] = [];
                continue;
            }

            var found = new List<(int, double)>();
            for (int s = (int)Math.Floor(centre - support - 0.5); s <= Math.Ceiling(centre + support); s++)
            {
                double weight = 1 - Math.Abs(s + 0.5 - centre) / support;
                if (weight > 0)
                    found.Add((Math.Clamp(s, 0, source - 1), weight));
            }

            double sum = found.Sum(t => t.Item2);
            taps[i] = [.. found.Select(t => (t.Item1, (float)(t.Item2 / sum)))];
        }

        return taps;
    }
}
