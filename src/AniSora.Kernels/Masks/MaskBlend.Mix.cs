using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AniSora.Kernels;

public static partial class MaskBlend
{
    /// <summary>The arithmetic of a blend on one kind of number.</summary>
    private unsafe interface IMix<T>
        where T : unmanaged
    {
        /// <summary>Mixes <paramref name="count"/> values; with <paramref name="stream"/> past the caches where <paramref name="to"/> is aligned.</summary>
        static abstract void Mix(T* mask, T* a, T* b, T* to, int count, bool stream);

        /// <summary>Writes every weight <paramref name="channels"/> times.</summary>
        static abstract void Repeat(T* mask, int count, int channels, T* weights);
    }

    private readonly unsafe struct FloatMix : IMix<float>
    {
        public static void Mix(float* mask, float* a, float* b, float* to, int count, bool stream)
        {
            int i = 0, width = Vector<float>.Count;
            if (stream)
            {
                for (; i < count && (nint)(to + i) % Vector<byte>.Count != 0; i++)
                    to[i] = One(mask[i], a[i], b[i]);
                for (; i <= count - width; i += width)
                    Lanes(mask + i, a + i, b + i).StoreAlignedNonTemporal(to + i);
            }

            for (; i <= count - width; i += width)
                Lanes(mask + i, a + i, b + i).Store(to + i);
            for (; i < count; i++)
                to[i] = One(mask[i], a[i], b[i]);
        }

        public static void Repeat(float* mask, int count, int channels, float* weights)
        {
            int i = 0;
            if (channels == 3)
            {
                for (; i <= count - 4; i += 4)
                {
                    var four = Vector128.Load(mask + i);
                    Vector128.Shuffle(four, Vector128.Create(0, 0, 0, 1)).Store(weights + 3 * i);
                    Vector128.Shuffle(four, Vector128.Create(1, 1, 2, 2)).Store(weights + 3 * i + 4);
                    Vector128.Shuffle(four, Vector128.Create(2, 3, 3, 3)).Store(weights + 3 * i + 8);
                }
            }

            for (; i < count; i++)
                new Span<float>(weights + i * channels, channels).Fill(mask[i]);
        }

        // Not b + m·(a−b): that form does not return exactly a where the mask is 1.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<float> Lanes(float* mask, float* a, float* b)
        {
            var m = Vector.Load(mask);
            return m * Vector.Load(a) + (Vector<float>.One - m) * Vector.Load(b);
        }

        private static float One(float mask, float a, float b) => mask * a + (1f - mask) * b;
    }

    private readonly unsafe struct ByteMix : IMix<byte>
    {
        public static void Mix(byte* mask, byte* a, byte* b, byte* to, int count, bool stream)
        {
            int i = 0, width = Vector<byte>.Count;
            if (stream)
            {
                for (; i < count && (nint)(to + i) % width != 0; i++)
                    to[i] = MixOne(mask[i], a[i], b[i]);
                for (; i <= count - width; i += width)
                    Lanes(mask + i, a + i, b + i).StoreAlignedNonTemporal(to + i);
            }

            for (; i <= count - width; i += width)
                Lanes(mask + i, a + i, b + i).Store(to + i);
            for (; i < count; i++)
                to[i] = MixOne(mask[i], a[i], b[i]);
        }

        public static void Repeat(byte* mask, int count, int channels, byte* weights)
        {
            int i = 0;
            if (channels == 3)
            {
                for (; i <= count - 16; i += 16)
                {
                    var some = Vector128.Load(mask + i);
                    Vector128.Shuffle(some, Vector128.Create((byte)0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5)).Store(weights + 3 * i);
                    Vector128.Shuffle(some, Vector128.Create((byte)5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10)).Store(weights + 3 * i + 16);
                    Vector128.Shuffle(some, Vector128.Create((byte)10, 11, 11, 11, 12, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 15)).Store(weights + 3 * i + 32);
                }
            }
            else if (channels == 4)
            {
                for (; i < count; i++)
                    Unsafe.WriteUnaligned(weights + 4 * i, mask[i] * 0x01010101u);
            }

            for (; i < count; i++)
                new Span<byte>(weights + i * channels, channels).Fill(mask[i]);
        }

        // Even and odd bytes as 16-bit lanes: no lane crosses the register, as it would in widening and narrowing.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<byte> Lanes(byte* mask, byte* a, byte* b)
        {
            Vector<ushort> m = Vector.Load(mask).As<byte, ushort>(), x = Vector.Load(a).As<byte, ushort>(), y = Vector.Load(b).As<byte, ushort>();
            var low = new Vector<ushort>(0x00FF);
            var even = Sum(m & low, x & low, y & low) >>> 8;
            var odd = Sum(m >>> 8, x >>> 8, y >>> 8) & ~low;
            return (even | odd).As<ushort, byte>();
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<ushort> Sum(Vector<ushort> m, Vector<ushort> a, Vector<ushort> b)
        {
            var x = m * a + (new Vector<ushort>(255) - m) * b + new Vector<ushort>(128);
            return x + (x >>> 8);
        }
    }

    // (x + x/256)/256 with x = v + 128 is round(v/255) for every v in [0, 255²]: no division in the vector code.
    internal static byte MixOne(int m, int a, int b)
    {
        int x = m * a + (255 - m) * b + 128;
        return (byte)((x + (x >> 8)) >> 8);
    }
}
