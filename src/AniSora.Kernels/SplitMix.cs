namespace AniSora.Kernels;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014): a small seeded random stream whose numbers are the same on every machine and .NET version,
/// which <see cref="Random"/> does not promise. Not for secrets. A mutable struct: pass it by reference.
/// </summary>
/// <param name="seed">Any value; nearby seeds give unrelated streams.</param>
public struct SplitMix(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 random bits.</summary>
    public ulong NextUInt64()
    {
        ulong z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, 1), with 53 random bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public double NextDouble(double low, double high) => low + NextDouble() * (high - low);

    /// <summary>Uniform in 0 … <paramref name="count"/>−1.</summary>
    public int Next(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        // Multiply-high instead of modulo: the bias is below count / 2⁶⁴.
        return (int)Math.BigMul(NextUInt64(), (ulong)count, out _);
    }

    /// <summary>Puts a list into random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>A seed made of several numbers, such that changing any of them gives an unrelated stream.</summary>
    public static ulong Combine(params ReadOnlySpan<ulong> parts)
    {
        ulong seed = 0;
        foreach (ulong part in parts)
            seed = new SplitMix(seed ^ part).NextUInt64();
        return seed;
    }
}
