using AniSora.Kernels;

namespace AniSora.Data.Tests;

/// <summary>Made-up films in memory, at the size that shot detection looks at: textured scenes that can move, and what editors do to them.</summary>
internal static class Scenes
{
    public const int Width = 128;
    public const int Height = 96;

    /// <summary>A scene: coloured blobs of several sizes, wider than the frame so that a camera can move over it.</summary>
    public static Func<int, byte[]> Scene(ulong seed, double pan = 0, double grain = 0) => frame =>
    {
        var random = new SplitMix(seed);
        var blobs = Enumerable.Range(0, 24).Select(_ => (X: random.NextDouble() * 3 * Width - Width, Y: random.NextDouble() * Height, R: 6 + 30 * random.NextDouble(), C: (uint)random.NextDouble().GetHashCode())).ToArray();
        var ground = (R: 200 * random.NextDouble(), G: 200 * random.NextDouble(), B: 200 * random.NextDouble());
        var noise = new SplitMix(seed * 7919 + (ulong)frame);
        var rgba = new byte[Width * Height * 4];
        for (int y = 0, at = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++, at += 4)
            {
                double u = x + pan * frame;
                (double r, double g, double b) = (ground.R + 0.4 * y, ground.G + 0.2 * y, ground.B);
                foreach (var blob in blobs)
                {
                    if ((u - blob.X) * (u - blob.X) + (y - blob.Y) * (y - blob.Y) < blob.R * blob.R)
                        (r, g, b) = (blob.C & 255, blob.C >> 8 & 255, blob.C >> 16 & 255);
                }
                double n = grain == 0 ? 0 : grain * (noise.NextDouble() - 0.5) * 3.46;
                (rgba[at], rgba[at + 1], rgba[at + 2], rgba[at + 3]) = (Clamp(r + n), Clamp(g + n), Clamp(b + n), 255);
            }
        }
        return rgba;
    };

    public static Func<int, byte[]> Plain(byte level) => _ =>
    {
        var rgba = new byte[Width * Height * 4];
        for (int i = 0; i < rgba.Length; i++)
            rgba[i] = i % 4 == 3 ? (byte)255 : level;
        return rgba;
    };

    public static IEnumerable<byte[]> Take(Func<int, byte[]> scene, int frames, int first = 0) => Enumerable.Range(first, frames).Select(scene);

    /// <summary>A dissolve between two running scenes.</summary>
    public static IEnumerable<byte[]> Dissolve(Func<int, byte[]> a, Func<int, byte[]> b, int frames, int firstA = 0, int firstB = 0) =>
        Blend(a, b, frames, firstA, firstB, (t, _, _) => t);

    /// <summary>A wipe from the left, or along a given order of places (0…1).</summary>
    public static IEnumerable<byte[]> Wipe(Func<int, byte[]> a, Func<int, byte[]> b, int frames, Func<double, double, double>? order = null) =>
        Blend(a, b, frames, 0, 0, (t, x, y) => (order?.Invoke(x, y) ?? x) < t ? 1 : 0);

    private static IEnumerable<byte[]> Blend(Func<int, byte[]> a, Func<int, byte[]> b, int frames, int firstA, int firstB, Func<double, double, double, double> share) =>
        Enumerable.Range(0, frames).Select(i =>
        {
            byte[] first = a(firstA + i), second = b(firstB + i), mixed = new byte[first.Length];
            for (int p = 0; p < mixed.Length; p++)
            {
                double s = share((i + 1.0) / (frames + 1), (p / 4 % Width + 0.5) / Width, (p / 4 / Width + 0.5) / Height);
                mixed[p] = Clamp(first[p] + s * (second[p] - first[p]));
            }
            return mixed;
        });

    private static byte Clamp(double value) => (byte)Math.Clamp(Math.Round(value), 0, 255);
}
