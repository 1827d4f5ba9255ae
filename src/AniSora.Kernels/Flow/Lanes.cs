using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AniSora.Kernels.Flow;

/// <summary>Takes rows of floats apart and together again.</summary>
internal static class Lanes
{
    private static readonly Vector256<int> _even = Vector256.Create(0, 2, 4, 6, 0, 2, 4, 6), _odd = Vector256.Create(1, 3, 5, 7, 1, 3, 5, 7);
    private static readonly Vector256<int> _lower = Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3), _upper = Vector256.Create(4, 4, 5, 5, 6, 6, 7, 7);
    private static readonly Vector256<float> _first = Vector256.Create(-1, 0, -1, 0, -1, 0, -1, 0).AsSingle();

    /// <summary>Values 0, 2, 4 … of sixteen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Even(Vector256<float> low, Vector256<float> high) =>
        Vector256.Create(Vector256.Shuffle(low, _even).GetLower(), Vector256.Shuffle(high, _even).GetLower());

    /// <summary>Values 1, 3, 5 … of sixteen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Odd(Vector256<float> low, Vector256<float> high) =>
        Vector256.Create(Vector256.Shuffle(low, _odd).GetLower(), Vector256.Shuffle(high, _odd).GetLower());

    /// <summary>One of each in turn: the first eight of the sixteen values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ZipLower(Vector256<float> even, Vector256<float> odd) =>
        Vector256.ConditionalSelect(_first, Vector256.Shuffle(even, _lower), Vector256.Shuffle(odd, _lower));

    /// <summary>The last eight of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ZipUpper(Vector256<float> even, Vector256<float> odd) =>
        Vector256.ConditionalSelect(_first, Vector256.Shuffle(even, _upper), Vector256.Shuffle(odd, _upper));
}
