using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AniSora.Models.Fast;

/// <summary>Functions of sixteen floats at once.</summary>
internal static class Simd
{
    /// <summary>Floats in a vector.</summary>
    public const int Width = 16;

    /// <summary>eˣ to within two units in the last place; 0 below -87.3, NaN stays NaN.</summary>
    /// <remarks>x = n·ln 2 + r with |r| ≤ ½ ln 2; eʳ by a polynomial (the coefficients are those of Moshier's Cephes library), times 2ⁿ.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        // The bound first: of a pair with a NaN, the second is taken.
        var bounded = Vector512.MinNative(Vector512.Create(88.37f), Vector512.MaxNative(Vector512.Create(-87.33f), x));
        var n = Vector512.Round(bounded * Vector512.Create(1.44269504f));
        var r = Fma(n, Vector512.Create(-0.693359375f), bounded);
        r = Fma(n, Vector512.Create(2.12194440e-4f), r);
        var p = Fma(Vector512.Create(1.9875691500e-4f), r, Vector512.Create(1.3981999507e-3f));
        p = Fma(p, r, Vector512.Create(8.3334519073e-3f));
        p = Fma(p, r, Vector512.Create(4.1665795894e-2f));
        p = Fma(p, r, Vector512.Create(1.6666665459e-1f));
        p = Fma(p, r, Vector512.Create(5.0000001201e-1f));
        p = Fma(p, r * r, r + Vector512<float>.One);
        var power = Vector512.ShiftLeft(Vector512.ConvertToInt32Native(n) + Vector512.Create(127), 23).AsSingle();
        return p * power;
    }

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Exp(-x));

    /// <summary>a·b + c, rounded once where the processor can.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Fma(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.MultiplyAddEstimate(a, b, c);

    /// <summary>Up to sixteen floats from memory, zeros behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<float> Load(float* from, long count) => count >= Width ? Vector512.Load(from) : LoadFew(from, count);

    /// <summary>Writes the first up to sixteen floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Store(Vector512<float> value, float* to, long count)
    {
        if (count >= Width)
            value.Store(to);
        else
            StoreFew(value, to, count);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe Vector512<float> LoadFew(float* from, long count)
    {
        var buffer = stackalloc float[Width]; // zeros
        for (var i = 0; i < count; i++)
            buffer[i] = from[i];
        return Vector512.Load(buffer);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void StoreFew(Vector512<float> value, float* to, long count)
    {
        for (var i = 0; i < count; i++)
            to[i] = value.GetElement(i);
    }
}
