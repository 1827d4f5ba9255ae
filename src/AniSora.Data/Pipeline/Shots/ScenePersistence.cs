using System.Numerics;
using System.Runtime.InteropServices;

namespace AniSora.Data.Pipeline.Shots;

/// <summary>
/// How much of one frame is found again in another, in whatever light: the share of its textured 8×8 blocks (at 64×48) whose normalised
/// correlation with some block within 8 pixels is above 0.9 and which became brighter or darker as most of those do. Without the latter, any
/// edge would be found in any other edge.
/// </summary>
internal static class ScenePersistence
{
    private const int Side = 8;
    private const int Radius = 8;
    private const double Found = 0.9;
    /// <summary>Standard deviation in grey levels from which a block counts as textured: a flat one is found anywhere.</summary>
    private const double Textured = 3;
    /// <summary>Grey levels by which a block's change of brightness may differ from the median block's.</summary>
    private const double SameOffset = 20;
    /// <summary>The same as a ratio of brightness, for a light that multiplies.</summary>
    private const double SameGain = 0.15;
    private const int Width = FrameSignature.LumaWidth;
    private const int Height = FrameSignature.LumaHeight;

    /// <summary>The larger of the shares of <paramref name="a"/>'s blocks found in <paramref name="b"/> and the reverse, 0…1.</summary>
    public static double Between(FrameSignature a, FrameSignature b)
    {
        float[] first = [.. a.Luma.Select(v => (float)v)], second = [.. b.Luma.Select(v => (float)v)];
        return Math.Max(Share(first, second), Share(second, first));
    }

    private static double Share(float[] where, float[] what)
    {
        int textured = 0;
        var found = new List<(double Offset, double Gain)>();
        Span<float> block = stackalloc float[Side * Side];
        for (int y = 0; y < Height; y += Side)
        {
            for (int x = 0; x < Width; x += Side)
            {
                var (mean, deviation) = Centred(what, x, y, block);
                if (deviation < Textured)
                    continue;
                textured++;
                if (Search(where, x, y, block, deviation) is { } other)
                    found.Add((other - mean, Math.Log((other + 1) / (mean + 1))));
            }
        }
        if (found.Count == 0)
            return 0;
        double offset = Median(found.Select(f => f.Offset)), gain = Median(found.Select(f => f.Gain));
        return (double)found.Count(f => Math.Abs(f.Offset - offset) < SameOffset || Math.Abs(f.Gain - gain) < SameGain) / textured;
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    /// <summary>The mean brightness of the place that is most like a block; null if none is.</summary>
    private static double? Search(float[] picture, int x, int y, ReadOnlySpan<float> block, double deviation)
    {
        Span<float> other = stackalloc float[Side * Side];
        double best = Found;
        double? place = null;
        for (int v = Math.Max(0, y - Radius); v <= Math.Min(Height - Side, y + Radius); v++)
        {
            for (int u = Math.Max(0, x - Radius); u <= Math.Min(Width - Side, x + Radius); u++)
            {
                var (mean, spread) = Centred(picture, u, v, other);
                double correlation = Dot(block, other) / (Side * Side) / (deviation * Math.Max(spread, Textured / 2));
                if (correlation > best)
                    (best, place) = (correlation, mean);
            }
        }
        return place;
    }

    // Copies a block less its mean.
    private static (double Mean, double Deviation) Centred(float[] picture, int x, int y, Span<float> block)
    {
        float sum = 0;
        for (int row = 0; row < Side; row++)
        {
            var line = picture.AsSpan((y + row) * Width + x, Side);
            line.CopyTo(block.Slice(row * Side, Side));
            foreach (float value in line)
                sum += value;
        }
        double mean = sum / (Side * Side);
        foreach (ref var vector in MemoryMarshal.Cast<float, Vector<float>>(block))
            vector -= new Vector<float>((float)mean);
        return (mean, Math.Sqrt(Dot(block, block) / (Side * Side)));
    }

    // 64 values are whole vectors on every processor.
    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var first = MemoryMarshal.Cast<float, Vector<float>>(a);
        var second = MemoryMarshal.Cast<float, Vector<float>>(b);
        var sums = Vector<float>.Zero;
        for (int i = 0; i < first.Length; i++)
            sums += first[i] * second[i];
        return Vector.Sum(sums);
    }
}
