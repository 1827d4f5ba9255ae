using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AniSora.Models.Fast;

/// <summary>
/// The one-dimensional transforms of Winograd's F(4, 3): four results of a three-tap filter from six products instead of twelve
/// (Lavin and Gray 2016, arXiv 1509.09308). A tile's transform is one of these along its rows, then along its columns.
/// </summary>
/// <remarks>
/// A result is the product of two polynomials, found from its values at six points: 0, ±a, ±b and ∞. Lavin and Gray take a = 1, b = 2;
/// with a = √½, b = √2 the largest factor falls from 8 to √8, and rounding errors with it.
/// </remarks>
internal static unsafe class WinogradLine
{
    /// <summary>Results of a line, or of a tile in each direction.</summary>
    public const int Results = 4;

    /// <summary>Products of a line.</summary>
    public const int Points = 6;

    private const float A = 0.70710678118654752f;
    private const float B = 1.41421356237309505f;
    private const float A2 = 0.5f;
    private const float B2 = 2;
    private const float A3 = A * A2;
    private const float B3 = B * B2;

    // The filter's values are divided by the products of the differences between the points: a²b² = 1 at 0, and at ±a and ±b these.
    private const float ScaleA = 1 / (2 * A2 * (A2 - B2));
    private const float ScaleB = 1 / (2 * B2 * (B2 - A2));

    /// <summary>Bᵀd: six pixels to the six points.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pixels(Vector512<float> d0, Vector512<float> d1, Vector512<float> d2, Vector512<float> d3, Vector512<float> d4,
        Vector512<float> d5, float* to, long step)
    {
        var (even, odd) = (Add(d4, -B2, d2), Add(d3, -B2, d1));
        Add(even, A, odd).Store(to + step);
        Add(even, -A, odd).Store(to + 2 * step);
        (even, odd) = (Add(d4, -A2, d2), Add(d3, -A2, d1));
        Add(even, B, odd).Store(to + 3 * step);
        Add(even, -B, odd).Store(to + 4 * step);
        Add(d0 + d4, -(A2 + B2), d2).Store(to);
        Add(d1 + d5, -(A2 + B2), d3).Store(to + 5 * step);
    }

    /// <summary>Aᵀm: six products to the four results.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ToResults(float* m, long step, out Vector512<float> y0, out Vector512<float> y1, out Vector512<float> y2, out Vector512<float> y3)
    {
        Vector512<float> m1 = Vector512.Load(m + step), m2 = Vector512.Load(m + 2 * step);
        Vector512<float> m3 = Vector512.Load(m + 3 * step), m4 = Vector512.Load(m + 4 * step);
        var (evenA, oddA, evenB, oddB) = (m1 + m2, m1 - m2, m3 + m4, m3 - m4);
        y0 = Vector512.Load(m) + evenA + evenB;
        y1 = Add(oddA * Vector512.Create(A), B, oddB);
        y2 = Add(evenA * Vector512.Create(A2), B2, evenB);
        y3 = Add(Add(Vector512.Load(m + 5 * step), A3, oddA), B3, oddB);
    }

    /// <summary>A·dy: gradients by four results to those by six products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ResultGradients(Vector512<float> y0, Vector512<float> y1, Vector512<float> y2, Vector512<float> y3, float* to, long step)
    {
        y0.Store(to);
        var (even, odd) = (Add(y0, A2, y2), Add(y1 * Vector512.Create(A), A3, y3));
        (even + odd).Store(to + step);
        (even - odd).Store(to + 2 * step);
        (even, odd) = (Add(y0, B2, y2), Add(y1 * Vector512.Create(B), B3, y3));
        (even + odd).Store(to + 3 * step);
        (even - odd).Store(to + 4 * step);
        y3.Store(to + 5 * step);
    }

    /// <summary>G·g: three taps of the filter to the six points.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Taps(Vector512<float> g0, Vector512<float> g1, Vector512<float> g2, float* to, long step)
    {
        g0.Store(to);
        var (even, odd) = (Add(g0, A2, g2) * Vector512.Create(ScaleA), g1 * Vector512.Create(A * ScaleA));
        (even + odd).Store(to + step);
        (even - odd).Store(to + 2 * step);
        (even, odd) = (Add(g0, B2, g2) * Vector512.Create(ScaleB), g1 * Vector512.Create(B * ScaleB));
        (even + odd).Store(to + 3 * step);
        (even - odd).Store(to + 4 * step);
        g2.Store(to + 5 * step);
    }

    /// <summary>Gᵀ·du: gradients by the six points to those by the three taps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ToTapGradients(float* u, long step, float* to, long toStep)
    {
        Vector512<float> u1 = Vector512.Load(u + step), u2 = Vector512.Load(u + 2 * step);
        Vector512<float> u3 = Vector512.Load(u + 3 * step), u4 = Vector512.Load(u + 4 * step);
        var (evenA, oddA, evenB, oddB) = (u1 + u2, u1 - u2, u3 + u4, u3 - u4);
        Add(Add(Vector512.Load(u), ScaleA, evenA), ScaleB, evenB).Store(to);
        Add(oddA * Vector512.Create(A * ScaleA), B * ScaleB, oddB).Store(to + toStep);
        Add(Add(Vector512.Load(u + 5 * step), A2 * ScaleA, evenA), B2 * ScaleB, evenB).Store(to + 2 * toStep);
    }

    /// <summary>sum + factor·x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(Vector512<float> sum, float factor, Vector512<float> x) => Simd.Fma(Vector512.Create(factor), x, sum);
}
