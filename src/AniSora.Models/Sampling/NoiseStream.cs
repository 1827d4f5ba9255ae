namespace AniSora.Models.Sampling;

/// <summary>
/// Standard-normal numbers as libtorch's <c>randn</c> draws them on the CPU from a seeded <c>Generator</c>: the same up to the last bits of
/// logarithm, sine and cosine. One seed so gives one video with every engine, with or without libtorch.
/// </summary>
/// <remarks>
/// Both forms are the Box-Muller transform. Of 16 numbers and more, the uniform numbers are drawn first, 24 bits each, and transformed
/// in blocks of 16, whose first and second half are the radii and the angles; where the count is no multiple of 16, the last 16 numbers are
/// drawn again. Fewer are drawn one by one in float64, two from a pair of uniform numbers of 53 bits.
/// (ATen/native/cpu/DistributionTemplates.h, ATen/core/DistributionsHelper.h.)
/// </remarks>
/// <param name="seed">Where the sequence begins. As in libtorch, only its lower 32 bits count.</param>
public sealed class NoiseStream(ulong seed)
{
    private const int Block = 16;

    private readonly MersenneTwister _bits = new(unchecked((uint)seed));

    // The second number of a pair that was drawn one by one.
    private double? _second;

    /// <summary>The next numbers; how many are asked for at once decides which they are, as in libtorch.</summary>
    /// <param name="count">How many, 0 or more.</param>
    public float[] Draw(int count)
    {
        var values = new float[count];
        if (count < Block)
        {
            foreach (ref float value in values.AsSpan())
                value = (float)DrawOne();
            return values;
        }
        DrawUniform(values);
        for (int i = 0; i + Block <= count; i += Block)
            Transform(values.AsSpan(i, Block));
        if (count % Block != 0)
        {
            var last = values.AsSpan(count - Block);
            DrawUniform(last);
            Transform(last);
        }
        return values;
    }

    private void DrawUniform(Span<float> values)
    {
        foreach (ref float value in values)
            value = (_bits.Next() & ((1u << 24) - 1)) * (1f / (1 << 24));
    }

    private static void Transform(Span<float> block)
    {
        const int Half = Block / 2;
        for (int i = 0; i < Half; i++)
        {
            // 1 - u is in (0, 1], which has a logarithm. The roundings to float32 are libtorch's.
            float radius = MathF.Sqrt(-2 * MathF.Log(1 - block[i])), angle = 2 * MathF.PI * block[i + Half];
            (block[i], block[i + Half]) = (radius * MathF.Cos(angle), radius * MathF.Sin(angle));
        }
    }

    private double DrawOne()
    {
        if (_second is { } second)
        {
            _second = null;
            return second;
        }
        double angle = 2 * Math.PI * DrawUniform(), radius = Math.Sqrt(-2 * double.LogP1(-DrawUniform()));
        _second = radius * Math.Sin(angle);
        return radius * Math.Cos(angle);
    }

    private double DrawUniform()
    {
        ulong high = _bits.Next(), low = _bits.Next();
        return (((high << 32) | low) & ((1ul << 53) - 1)) * (1.0 / (1ul << 53));
    }

    /// <summary>The generator of Matsumoto and Nishimura, ACM TOMACS 8 (1998): mt19937.</summary>
    private sealed class MersenneTwister
    {
        private const int Size = 624, Shift = 397;
        private const uint Upper = 0x8000_0000, Lower = 0x7fff_ffff, Matrix = 0x9908_b0df;

        private readonly uint[] _state = new uint[Size];
        private int _next = Size;

        public MersenneTwister(uint seed)
        {
            _state[0] = seed;
            for (uint i = 1; i < Size; i++)
                _state[i] = (1_812_433_253 * (_state[i - 1] ^ (_state[i - 1] >> 30))) + i;
        }

        /// <summary>The next 32 bits.</summary>
        public uint Next()
        {
            if (_next == Size)
                Twist();
            uint y = _state[_next++];
            y ^= y >> 11;
            y ^= (y << 7) & 0x9d2c_5680;
            y ^= (y << 15) & 0xefc6_0000;
            return y ^ (y >> 18);
        }

        private void Twist()
        {
            for (int i = 0; i < Size; i++)
            {
                uint y = (_state[i] & Upper) | (_state[(i + 1) % Size] & Lower);
                _state[i] = _state[(i + Shift) % Size] ^ (y >> 1) ^ ((y & 1) * Matrix);
            }
            _next = 0;
        }
    }
}
