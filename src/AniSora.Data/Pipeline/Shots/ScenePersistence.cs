using System.Numerics;
using System.Runtime.InteropServices;

namespace AniSora.Data.Pipeline.Shots;

/// <summary>
/// How much of one frame is found again in another, in whatever light: the share of its textured 8×8 blocks (at 64×48, inside borders) whose
/// normalised correlation with some block within 8 pixels is above 0.75 and which became brighter or darker as most of those do. Without the
/// latter, any edge would be found in any other edge.
/// </summary>
internal static class ScenePersistence
{
    private const int Side = 8;
    private const int Radius = 8;
    private const double Found = 0.75;
    /// <summary>Standard deviation in grey levels from which a block counts as textured: a flat one is found anywhere.</summary>
    private const double Textured = 3;
    /// <summary>Textured blocks that are added as not found: of a few a share says little.</summary>
    private const int FewBlocks = 3;
    /// <summary>Grey levels by which a block's change of brightness may differ from the median block's.</summary>
    private const double SameOffset = 12;
    /// <summary>The same as a ratio of brightness, for a light that multiplies.</summary>
    private const double SameGain = 0.1;
    private const int Width = FrameSignature.LumaWidth;

    private static readonly float[] _across = [.. Enumerable.Range(0, Side * Side).Select(i => i % Side - (Side - 1) / 2f)];
    private static readonly float[] _down = [.. Enumerable.Range(0, Side * Side).Select(i => i / Side - (Side - 1) / 2f)];
    private static readonly float _slopeSquared = _across.Sum(v => v * v);

    /// <summary>The larger of the shares of <paramref name="a"/>'s blocks found in <paramref name="b"/> and the reverse, 0…1.</summary>
    public static double Between(FrameSignature a, FrameSignature b)
    {
        float[] first = [.. a.Luma.Select(v => (float)v)], second = [.. b.Luma.Select(v => (float)v)];
        var picture = ActivePicture.Of(a.Luma, b.Luma);
        return Math.Max(Share(first, second, picture), Share(second, first, picture));
    }

    private static double Share(float[] where, float[] what, ActivePicture picture)
    {
        int textured = 0;
        var found = new List<(double Offset, double Gain)>();
        Span<float> block = stackalloc float[Side * Side];
        foreach (int y in Places(picture.Top, picture.Bottom))
        {
            foreach (int x in Places(picture.Left, picture.Right))
            {
                var (mean, deviation) = Detail(what, x, y, block);
                if (deviation < Textured)
                    continue;
                textured++;
                if (Search(where, picture, x, y, block, deviation) is { } other)
                    found.Add((other - mean, Math.Log((other + 1) / (mean + 1))));
            }
        }
        if (found.Count == 0)
            return 0;
        double offset = Median(found.Select(f => f.Offset)), gain = Median(found.Select(f => f.Gain));
        return (double)found.Count(f => Math.Abs(f.Offset - offset) < SameOffset || Math.Abs(f.Gain - gain) < SameGain) / (textured + FewBlocks);
    }

    // Blocks side by side. Where bars leave room for two only, what is left over at the end has one too; elsewhere that would be where
    // subtitles stand, which are found again in any two scenes.
    private static IEnumerable<int> Places(int from, int to)
    {
        for (int place = from; place <= to - Side; place += Side)
            yield return place;
        if ((to - from) / Side == 2 && (to - from) % Side >= Side / 2)
            yield return to - Side;
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    /// <summary>The mean brightness of the place that is most like a block; null if none is.</summary>
    private static double? Search(float[] pixels, ActivePicture picture, int x, int y, ReadOnlySpan<float> block, double deviation)
    {
        Span<float> other = stackalloc float[Side * Side];
        double best = Found;
        double? place = null;
        for (int v = Math.Max(picture.Top, y - Radius); v <= Math.Min(picture.Bottom - Side, y + Radius); v++)
        {
            for (int u = Math.Max(picture.Left, x - Radius); u <= Math.Min(picture.Right - Side, x + Radius); u++)
            {
                var (mean, spread) = Detail(pixels, u, v, other);
                double correlation = Dot(block, other) / (Side * Side) / (deviation * Math.Max(spread, Textured / 2));
                if (correlation > best)
                    (best, place) = (correlation, mean);
            }
        }
        return place;
    }

    // Copies a block less its mean and slope: under a vignette or an evening sky flat blocks slope alike in any two scenes.
    private static (double Mean, double Deviation) Detail(float[] pixels, int x, int y, Span<float> block)
    {
        float sum = 0;
        for (int row = 0; row < Side; row++)
        {
            var line = pixels.AsSpan((y + row) * Width + x, Side);
            line.CopyTo(block.Slice(row * Side, Side));
            foreach (float value in line)
                sum += value;
        }
        double mean = sum / (Side * Side);
        float right = Dot(block, _across) / _slopeSquared, down = Dot(block, _down) / _slopeSquared;
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(block);
        var columns = MemoryMarshal.Cast<float, Vector<float>>(_across);
        var rows = MemoryMarshal.Cast<float, Vector<float>>(_down);
        for (int i = 0; i < vectors.Length; i++)
            vectors[i] -= new Vector<float>((float)mean) + right * columns[i] + down * rows[i];
        return (mean, Math.Sqrt(Dot(block, block) / (Side * Side)));
    }

    // 64 values are whole vectors on every processor.
    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var first = MemoryMarshal.Cast<float, Vector<float>>(a);
        var second = MemoryMarshal.Cast<float, Vector<float>>(b);
        var sums = Vector<float>.Zero;
        for (int i = 0; i < first.Length; i++)
            sums += first[i] * second[i];
        return Vector.Sum(sums);
    }
}
