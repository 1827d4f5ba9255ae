namespace AniSora.Kernels;

/// <summary>
/// Byte masks <c>[H, W]</c>, row by row: <see cref="Inside"/> (255) where the shape is, 0 elsewhere. A pixel belongs to a shape when its
/// centre (x + ½, y + ½) does, so neighbouring shapes neither overlap nor leave a seam.
/// </summary>
public static class MaskShapes
{
    /// <summary>The value of a pixel inside a shape: the same scale as alpha, so a mask can be blended with as it is.</summary>
    public const byte Inside = 255;

    /// <summary>An axis-parallel rectangle, cut off at the picture's edge.</summary>
    /// <param name="width">Picture width W in pixels.</param>
    /// <param name="height">Picture height H in pixels.</param>
    /// <param name="left">Left edge in pixels.</param>
    /// <param name="top">Upper edge in pixels.</param>
    /// <param name="boxWidth">Width of the rectangle in pixels; nothing is drawn if it is 0 or less.</param>
    /// <param name="boxHeight">Height of the rectangle in pixels.</param>
    public static byte[] Box(int width, int height, double left, double top, double boxWidth, double boxHeight) =>
        Fill(width, height, (x, y) => x >= left && x < left + boxWidth && y >= top && y < top + boxHeight);

    /// <summary>An ellipse, turned by an angle.</summary>
    /// <param name="width">Picture width W in pixels.</param>
    /// <param name="height">Picture height H in pixels.</param>
    /// <param name="centreX">Centre in pixels from the left.</param>
    /// <param name="centreY">Centre in pixels from the top.</param>
    /// <param name="radiusX">Half axis along the turned x direction, in pixels, &gt; 0.</param>
    /// <param name="radiusY">Half axis along the turned y direction, in pixels, &gt; 0.</param>
    /// <param name="angle">Turn in radians, clockwise on the screen (y points down).</param>
    public static byte[] Ellipse(int width, int height, double centreX, double centreY, double radiusX, double radiusY, double angle = 0)
    {
        var (sin, cos) = Math.SinCos(angle);
        return Fill(width, height, (x, y) =>
        {
            double u = (cos * (x - centreX) + sin * (y - centreY)) / radiusX, v = (cos * (y - centreY) - sin * (x - centreX)) / radiusY;
            return u * u + v * v <= 1;
        });
    }

    /// <summary>
    /// A smooth random closed curve around a centre: <c>r(θ) = radius·(1 + Σₖ aₖ·cos(kθ + φₖ))</c> for k = 2…5, amplitudes falling as 1/k,
    /// so the outline has bumps but no spikes and never crosses itself.
    /// </summary>
    /// <param name="width">Picture width W in pixels.</param>
    /// <param name="height">Picture height H in pixels.</param>
    /// <param name="centreX">Centre in pixels from the left.</param>
    /// <param name="centreY">Centre in pixels from the top.</param>
    /// <param name="radius">Mean radius in pixels, &gt; 0.</param>
    /// <param name="irregularity">0 = a circle, 1 = the radius varies by at most ±64 %.</param>
    /// <param name="seed">The same seed gives the same blob.</param>
    public static byte[] Blob(int width, int height, double centreX, double centreY, double radius, double irregularity, ulong seed)
    {
        const int First = 2, Last = 5;
        var random = new SplitMix(seed);
        Span<double> drawn = stackalloc double[2 * (Last - First + 1)];
        for (int k = First; k <= Last; k++)
        {
            drawn[2 * (k - First)] = random.NextDouble() * irregularity / (2 * k);
            drawn[2 * (k - First) + 1] = random.NextDouble() * 2 * Math.PI;
        }

        double[] waves = drawn.ToArray();
        return Fill(width, height, (x, y) =>
        {
            double dx = x - centreX, dy = y - centreY, theta = Math.Atan2(dy, dx), r = 1;
            for (int k = First; k <= Last; k++)
                r += waves[2 * (k - First)] * Math.Cos(k * theta + waves[2 * (k - First) + 1]);
            r *= radius;
            return dx * dx + dy * dy <= r * r;
        });
    }

    /// <summary>Grows a mask by <paramref name="radius"/> pixels in all eight directions (the maximum over a square).</summary>
    /// <param name="mask"><c>[H, W]</c>; any byte values, not only 0 and 255.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="radius">Growth in pixels, 0 or more.</param>
    public static byte[] Dilate(ReadOnlySpan<byte> mask, int width, int height, int radius)
    {
        if (mask.Length != width * height)
            throw new ArgumentException($"a mask of {width}×{height} has {width * height} bytes, got {mask.Length}");
        ArgumentOutOfRangeException.ThrowIfNegative(radius);
        // The square is separable: the maximum along rows, then down columns.
        var rows = new byte[mask.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int from = Math.Max(0, x - radius), to = Math.Min(width - 1, x + radius);
                rows[y * width + x] = Max(mask.Slice(y * width + from, to - from + 1));
            }
        }

        var result = new byte[mask.Length];
        for (int y = 0; y < height; y++)
        {
            var line = result.AsSpan(y * width, width);
            for (int other = Math.Max(0, y - radius); other <= Math.Min(height - 1, y + radius); other++)
                MaxInto(rows.AsSpan(other * width, width), line);
        }

        return result;
    }

    /// <summary>Everything that is inside in at least one frame.</summary>
    /// <param name="masks"><c>[T, H·W]</c>: masks or alpha.</param>
    /// <param name="frames">T, 1 or more.</param>
    /// <param name="threshold">A pixel counts as inside from this value on.</param>
    /// <returns>A mask <c>[H·W]</c> of 0 and <see cref="Inside"/>.</returns>
    public static byte[] UnionOverTime(ReadOnlySpan<byte> masks, int frames, byte threshold = 1)
    {
        var highest = masks[..FrameLength(masks, frames)].ToArray();
        for (int t = 1; t < frames; t++)
            MaxInto(masks.Slice(t * highest.Length, highest.Length), highest);
        for (int i = 0; i < highest.Length; i++)
            highest[i] = highest[i] >= threshold ? Inside : (byte)0;
        return highest;
    }

    /// <summary>Where something moves: pixels whose alpha changes over the clip by at least <paramref name="threshold"/>.</summary>
    /// <param name="alpha"><c>[T, H·W]</c>.</param>
    /// <param name="frames">T, 1 or more.</param>
    /// <param name="threshold">The least difference between a pixel's highest and lowest alpha.</param>
    /// <returns>A mask <c>[H·W]</c> of 0 and <see cref="Inside"/>.</returns>
    public static byte[] Moving(ReadOnlySpan<byte> alpha, int frames, byte threshold = 32)
    {
        var lowest = alpha[..FrameLength(alpha, frames)].ToArray();
        var highest = lowest.ToArray();
        for (int t = 1; t < frames; t++)
        {
            for (int i = 0; i < lowest.Length; i++)
            {
                byte value = alpha[t * lowest.Length + i];
                lowest[i] = Math.Min(lowest[i], value);
                highest[i] = Math.Max(highest[i], value);
            }
        }

        for (int i = 0; i < highest.Length; i++)
            highest[i] = highest[i] - lowest[i] >= threshold ? Inside : (byte)0;
        return highest;
    }

    private static byte[] Fill(int width, int height, Func<double, double, bool> inside)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var mask = new byte[width * height];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                if (inside(x + 0.5, y + 0.5))
                    mask[y * width + x] = Inside;
            }
        }

        return mask;
    }

    private static int FrameLength(ReadOnlySpan<byte> masks, int frames)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        return masks.Length % frames == 0
            ? masks.Length / frames
            : throw new ArgumentException($"{masks.Length} bytes do not divide into {frames} frames");
    }

    private static byte Max(ReadOnlySpan<byte> values)
    {
        byte highest = 0;
        foreach (byte value in values)
            highest = Math.Max(highest, value);
        return highest;
    }

    private static void MaxInto(ReadOnlySpan<byte> from, Span<byte> into)
    {
        int i = 0;
        for (int step = System.Numerics.Vector<byte>.Count; i <= into.Length - step; i += step)
            System.Numerics.Vector.Max(new System.Numerics.Vector<byte>(from[i..]), new System.Numerics.Vector<byte>(into[i..])).CopyTo(into[i..]);
        for (; i < into.Length; i++)
            into[i] = Math.Max(into[i], from[i]);
    }
}
