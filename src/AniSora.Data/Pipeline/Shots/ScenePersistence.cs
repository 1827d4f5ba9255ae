using System.Numerics;
using System.Runtime.InteropServices;

namespace AniSora.Data.Pipeline.Shots;

/// <summary>
/// How much of one frame is found again in another, in whatever light: the share of its textured 8×8 blocks (at 64×48) whose normalised
/// correlation with some block within 8 pixels is above 0.9.
/// </summary>
internal static class ScenePersistence
{
    private const int Side = 8;
    private const int Radius = 8;
    private const double Found = 0.9;
    /// <summary>Standard deviation in grey levels from which a block counts as textured: a flat one is found anywhere.</summary>
    private const double Textured = 3;
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
        int textured = 0, found = 0;
        Span<float> block = stackalloc float[Side * Side], other = stackalloc float[Side * Side];
        for (int y = 0; y < Height; y += Side)
        {
            for (int x = 0; x < Width; x += Side)
            {
                double deviation = Centred(what, x, y, block);
                if (deviation < Textured)
                    continue;
                textured++;
                if (Search(where, x, y, block, deviation, other))
                    found++;
            }
        }
        return textured == 0 ? 0 : (double)found / textured;
    }

    private static bool Search(float[] picture, int x, int y, ReadOnlySpan<float> block, double deviation, Span<float> other)
    {
        for (int v = Math.Max(0, y - Radius); v <= Math.Min(Height - Side, y + Radius); v++)
        {
            for (int u = Math.Max(0, x - Radius); u <= Math.Min(Width - Side, x + Radius); u++)
            {
                double spread = Math.Max(Centred(picture, u, v, other), Textured / 2);
                if (Dot(block, other) / (Side * Side) > Found * deviation * spread)
                    return true;
            }
        }
        return false;
    }

    // Copies a block less its mean and returns its standard deviation.
    private static double Centred(float[] picture, int x, int y, Span<float> block)
    {
        for (int row = 0; row < Side; row++)
            picture.AsSpan((y + row) * Width + x, Side).CopyTo(block.Slice(row * Side, Side));
        float sum = 0;
        foreach (float value in block)
            sum += value;
        foreach (ref var vector in MemoryMarshal.Cast<float, Vector<float>>(block))
            vector -= new Vector<float>(sum / (Side * Side));
        return Math.Sqrt(Dot(block, block) / (Side * Side));
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
