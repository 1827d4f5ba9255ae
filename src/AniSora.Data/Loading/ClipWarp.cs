using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AniSora.Kernels;

namespace AniSora.Data;

/// <summary>
/// Random affine warps of whole clips: every frame is turned, stretched, sheared, shifted and perhaps mirrored alike, so a few
/// sequences become figures of many builds and bearings that still move as they do.
/// </summary>
internal static class ClipWarp
{
    private const double LargestTurn = 15 * Math.PI / 180;
    private const double LargestShear = 0.15;
    private const double LeastScale = 0.8;
    private const double GreatestScale = 1.2;
    private const double LargestShift = 5;

    /// <summary>From a picture's pixel (x, y) to where it looks in the source: (A·x + B·y + X, C·x + D·y + Y).</summary>
    internal readonly record struct Affine(double A, double B, double C, double D, double X, double Y)
    {
        public (double X, double Y) At(double x, double y) => (A * x + B * y + X, C * x + D * y + Y);
    }

    /// <summary>Draws a warp for a clip.</summary>
    /// <param name="clip">Its size is used.</param>
    /// <param name="touching">Edges at which the source cuts its figure off: no pixel may look beyond them, the cut would show.</param>
    /// <param name="mirror">Whether to mirror too.</param>
    /// <param name="random">The sample's random stream; it advances by the same amount whatever is drawn.</param>
    public static Affine Draw(ClipRow clip, FrameEdges touching, bool mirror, ref SplitMix random)
    {
        double turn = random.NextDouble(-1, 1), shear = random.NextDouble(-1, 1);
        double scaleX = random.NextDouble(-1, 1), scaleY = random.NextDouble(-1, 1);
        double dx = random.NextDouble(-1, 1), dy = random.NextDouble(-1, 1);
        // Where a cut edge leaves no room for all of it, part of it may fit; none of it always does.
        for (double strength = 1; strength > 0.1; strength /= 2)
        {
            var warp = Compose(clip, strength, turn, shear, scaleX, scaleY, dx, dy, mirror);
            if (Contain(warp, clip, touching) is { } contained)
                return contained;
        }
        return Compose(clip, 0, 0, 0, 0, 0, 0, 0, mirror);
    }

    /// <summary>Resamples frames by Catmull and Rom's cubic, which keeps them sharp, on premultiplied colours.</summary>
    /// <param name="clip">Its size is used.</param>
    /// <param name="rgba"><c>[T, H, W, 4]</c>, straight alpha; overwritten.</param>
    /// <param name="warp">Where each pixel looks.</param>
    public static void Apply(ClipRow clip, Span<byte> rgba, Affine warp)
    {
        int w = clip.Width, h = clip.Height, n = w * h;
        var source = new Vector128<float>[n];
        for (int t = 0; t < clip.Frames; t++)
        {
            var frame = MemoryMarshal.Cast<byte, uint>(rgba.Slice(t * n * 4, n * 4));
            for (int i = 0; i < n; i++)
                source[i] = Premultiplied(frame[i]);
            for (int y = 0; y < h; y++)
            {
                for (int x = 0; x < w; x++)
                {
                    var (sx, sy) = warp.At(x, y);
                    frame[y * w + x] = Straight(Sample(source, w, h, sx, sy));
                }
            }
        }
    }

    /// <summary>About the picture's middle: source = middle + M⁻¹·(pixel - middle - shift).</summary>
    private static Affine Compose(
        ClipRow clip, double strength, double turn, double shear, double scaleX, double scaleY, double dx, double dy, bool mirror)
    {
        var (sin, cos) = Math.SinCos(strength * turn * LargestTurn);
        double kx = Scale(strength * scaleX) * (mirror ? -1 : 1), ky = Scale(strength * scaleY), k = strength * shear * LargestShear;
        // M⁻¹ = stretch · shear · turn.
        double a = (cos + k * sin) / kx, b = (-sin + k * cos) / kx, c = sin / ky, d = cos / ky;
        double mx = (clip.Width - 1) / 2.0, my = (clip.Height - 1) / 2.0;
        double px = mx + strength * dx * LargestShift, py = my + strength * dy * LargestShift;
        return new(a, b, c, d, mx - a * px - b * py, my - c * px - d * py);

        static double Scale(double drawn) => drawn < 0 ? 1 + drawn * (1 - LeastScale) : 1 + drawn * (GreatestScale - 1);
    }

    /// <summary>The warp, moved so that no pixel looks beyond a cut edge; null if none can be.</summary>
    private static Affine? Contain(Affine warp, ClipRow clip, FrameEdges touching)
    {
        double right = clip.Width - 1, bottom = clip.Height - 1;
        (double X, double Y)[] corners = [warp.At(0, 0), warp.At(right, 0), warp.At(0, bottom), warp.At(right, bottom)];
        double? x = Move(corners.Min(p => p.X), corners.Max(p => p.X), right, touching.Left, touching.Right);
        double? y = Move(corners.Min(p => p.Y), corners.Max(p => p.Y), bottom, touching.Top, touching.Bottom);
        return x is null || y is null ? null : warp with { X = warp.X + x.Value, Y = warp.Y + y.Value };

        static double? Move(double low, double high, double end, bool lowCut, bool highCut)
        {
            double move = lowCut && low < 0 ? -low : 0;
            if (!highCut || high + move <= end)
                return move;
            move = end - high;
            return lowCut && low + move < 0 ? null : move;
        }
    }

    private static Vector128<float> Sample(Vector128<float>[] source, int w, int h, double x, double y)
    {
        double left = Math.Floor(x), top = Math.Floor(y);
        if (!(left >= -2 && left <= w && top >= -2 && top <= h))
            return Vector128<float>.Zero;
        int x0 = (int)left - 1, y0 = (int)top - 1;
        var (wx, wy) = (CatmullRom((float)(x - left)), CatmullRom((float)(y - top)));
        var sum = Vector128<float>.Zero;
        for (int j = 0; j < 4; j++)
        {
            if ((uint)(y0 + j) >= (uint)h)
                continue;
            var row = Vector128<float>.Zero;
            for (int i = 0; i < 4; i++)
            {
                if ((uint)(x0 + i) < (uint)w)
                    row += source[(y0 + j) * w + x0 + i] * wx[i];
            }
            sum += row * wy[j];
        }
        return sum;
    }

    // Weights of the pixels at -1, 0, 1 and 2 for a place f in [0, 1).
    private static Vector128<float> CatmullRom(float f) => Vector128.Create(
        f * (-0.5f + f * (1 - 0.5f * f)),
        1 + f * f * (-2.5f + 1.5f * f),
        f * (0.5f + f * (2 - 1.5f * f)),
        f * f * (-0.5f + 0.5f * f));

    private static Vector128<float> Premultiplied(uint rgba)
    {
        float alpha = rgba >> 24;
        float scale = alpha / 255;
        return Vector128.Create((rgba & 255) * scale, ((rgba >> 8) & 255) * scale, ((rgba >> 16) & 255) * scale, alpha);
    }

    private static uint Straight(Vector128<float> p)
    {
        uint alpha = (uint)Math.Clamp(p[3] + 0.5f, 0, 255);
        if (alpha == 0)
            return 0;
        float scale = 255 / p[3];
        return Byte(p[0] * scale) | (Byte(p[1] * scale) << 8) | (Byte(p[2] * scale) << 16) | (alpha << 24);

        static uint Byte(float value) => (uint)Math.Clamp(value + 0.5f, 0, 255);
    }
}

/// <summary>Edges of the picture that a clip's figure touches in some frame.</summary>
internal readonly record struct FrameEdges(bool Left, bool Right, bool Top, bool Bottom);
