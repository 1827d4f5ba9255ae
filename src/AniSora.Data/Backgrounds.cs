using System.Buffers.Binary;
using System.Runtime.InteropServices;
using AniSora.Kernels;

namespace AniSora.Data;

/// <summary>
/// Still backgrounds for sprites: muted colours and gentle, mostly low-frequency textures, so that a small autoencoder spends its capacity
/// on the figure. Deterministic; safe to use from several threads.
/// </summary>
public static class Backgrounds
{
    /// <summary>Draws a background.</summary>
    /// <param name="seed">The same seed gives the same one.</param>
    public static BackgroundSpec Random(ulong seed)
    {
        var random = new SplitMix(seed);
        double hue = random.NextDouble() * 360, saturation = random.NextDouble(0.05, 0.35), value = random.NextDouble(0.35, 0.92);
        double kind = random.NextDouble();
        uint place = (uint)random.NextUInt64();
        int first = Hsv(hue, saturation, value);
        if (kind < 0.35)
            return new(BackgroundKind.Plain, first, first, 0, 0);
        if (kind < 0.55)
            return new(BackgroundKind.Gradient, first, Hsv(hue + random.NextDouble(-40, 40), saturation, Near(ref random, value, 0.1, 0.25)), random.Next(360), 0);
        if (kind < 0.75)
            return new(BackgroundKind.Clouds, first, Hsv(hue + random.NextDouble(-20, 20), saturation, Near(ref random, value, 0.06, 0.16)), 2 + random.Next(4), place);
        if (kind < 0.9)
        {
            // Stripes are a mown pitch, whatever its green.
            hue = random.NextDouble(85, 135);
            value = random.NextDouble(0.4, 0.7);
            saturation = random.NextDouble(0.25, 0.5);
            return new(BackgroundKind.Stripes, Hsv(hue, saturation, value), Hsv(hue, saturation, Near(ref random, value, 0.04, 0.09)), 45 * random.Next(4), place);
        }

        return new(BackgroundKind.Tiles, first, Hsv(hue, saturation, Near(ref random, value, 0.03, 0.06)), 16 * (1 + random.Next(2)), place);
    }

    /// <summary>Paints a background.</summary>
    /// <param name="spec">What to paint.</param>
    /// <param name="width">W in pixels.</param>
    /// <param name="height">H in pixels.</param>
    /// <returns><c>[H, W, 4]</c>: RGB and 255.</returns>
    public static byte[] Render(BackgroundSpec spec, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var pixels = new byte[4 * width * height];
        if (spec.Kind == BackgroundKind.Plain)
        {
            // Red comes first in memory.
            MemoryMarshal.Cast<byte, uint>(pixels.AsSpan()).Fill(0xFF000000 | BinaryPrimitives.ReverseEndianness((uint)spec.First << 8));
            return pixels;
        }
        var mix = Mixer(spec, width, height);
        for (int y = 0, p = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, p += 4)
            {
                double share = mix((x + 0.5) / width, (y + 0.5) / width);
                for (int c = 0; c < 3; c++)
                {
                    int from = spec.First >> (16 - 8 * c) & 255, to = spec.Second >> (16 - 8 * c) & 255;
                    pixels[p + c] = (byte)Math.Round(from + share * (to - from));
                }

                pixels[p + 3] = 255;
            }
        }

        return pixels;
    }

    // The share of the second colour at a point; both coordinates in picture widths.
    private static Func<double, double, double> Mixer(BackgroundSpec spec, int width, int height)
    {
        var random = new SplitMix(spec.Seed);
        var (sin, cos) = Math.SinCos(spec.Parameter * Math.PI / 180);
        double middle = 0.5 * height / width;
        switch (spec.Kind)
        {
            case BackgroundKind.Gradient:
                double reach = 0.5 * Math.Abs(cos) + middle * Math.Abs(sin);
                return (x, y) => 0.5 + 0.5 * ((x - 0.5) * cos + (y - middle) * sin) / Math.Max(reach, 1e-9);
            case BackgroundKind.Clouds:
                int cells = Math.Clamp(spec.Parameter, 1, 16), rows = (int)Math.Ceiling((double)cells * height / width) + 1;
                var grid = new double[(cells + 1) * (rows + 1)];
                for (int i = 0; i < grid.Length; i++)
                    grid[i] = random.NextDouble();
                return (x, y) =>
                {
                    int gx = Math.Min((int)(x * cells), cells - 1), gy = Math.Min((int)(y * cells), rows - 1);
                    double fx = Smooth(x * cells - gx), fy = Smooth(y * cells - gy);
                    double top = Lerp(grid[gy * (cells + 1) + gx], grid[gy * (cells + 1) + gx + 1], fx);
                    return Lerp(top, Lerp(grid[(gy + 1) * (cells + 1) + gx], grid[(gy + 1) * (cells + 1) + gx + 1], fx), fy);
                };
            case BackgroundKind.Stripes:
                double phase = random.NextDouble(), periods = random.NextDouble(1.5, 3);
                // A sine pressed towards a square wave: flat stripes with soft edges.
                return (x, y) => 0.5 + 0.5 * Math.Tanh(2.5 * Math.Sin(2 * Math.PI * (phase + periods * (x * cos + y * sin))));
            case BackgroundKind.Tiles:
                double size = Math.Max(spec.Parameter, 4) / 64.0, shiftX = random.NextDouble(), shiftY = random.NextDouble();
                return (x, y) => ((int)Math.Floor(x / size + shiftX) + (int)Math.Floor(y / size + shiftY)) & 1;
            default:
                return (_, _) => 0;
        }
    }

    private static double Smooth(double t) => t * t * (3 - 2 * t);

    private static double Lerp(double a, double b, double t) => a + t * (b - a);

    // A brightness some way off, on the side that has room for it.
    private static double Near(ref SplitMix random, double value, double least, double most)
    {
        double distance = random.NextDouble(least, most);
        return value > 0.62 ? value - distance : value + distance;
    }

    private static int Hsv(double hue, double saturation, double value)
    {
        hue = (hue % 360 + 360) % 360 / 60;
        int Channel(double n)
        {
            double k = (n + hue) % 6;
            return (int)Math.Round(255 * (value - value * saturation * Math.Clamp(Math.Min(k, 4 - k), 0, 1)));
        }

        return Channel(5) << 16 | Channel(3) << 8 | Channel(1);
    }
}
