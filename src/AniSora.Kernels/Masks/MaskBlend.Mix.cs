using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AniSora.Kernels;

public static partial class MaskBlend
{
    /// <summary>The arithmetic of a blend on one kind of number.</summary>
    private interface IMix<T>
        where T : unmanaged
    {
        static abstract Vector256<T> Mix(Vector256<T> mask, Vector256<T> a, Vector256<T> b);

        static abstract T Mix(T mask, T a, T b);
    }

    // All planes of a stretch of pixels before the next stretch: so the mask is fetched from memory once, not once a channel.
    private static unsafe void Planes<T, TMix>(in Pictures<T> run, int pixel, int count)
        where T : unmanaged
        where TMix : IMix<T>
    {
        int width = Vector256<T>.Count;
        for (int channel = 0; channel < run.Channels; channel++)
        {
            nint at = (nint)channel * run.Pixels + pixel;
            T* mask = run.Mask + pixel, a = run.A + at, b = run.B + at, to = run.To + at;
            int i = 0;
            if (run.Stream)
            {
                for (; i < count && (nint)(to + i) % Alignment != 0; i++)
                    to[i] = TMix.Mix(mask[i], a[i], b[i]);
                for (; i <= count - width; i += width)
                    TMix.Mix(Vector256.Load(mask + i), Vector256.Load(a + i), Vector256.Load(b + i)).StoreAlignedNonTemporal(to + i);
            }

            for (; i <= count - width; i += width)
                TMix.Mix(Vector256.Load(mask + i), Vector256.Load(a + i), Vector256.Load(b + i)).Store(to + i);
            for (; i < count; i++)
                to[i] = TMix.Mix(mask[i], a[i], b[i]);
        }
    }

    // Two loads of 16 bytes of weights make as many vectors of values as there are channels. Each half of such a vector repeats weights of one
    // load, which one byte shuffle does for any number of channels.
    private static unsafe void Interleaved<T, TMix>(in Pictures<T> run, int pixel, int count)
        where T : unmanaged
        where TMix : IMix<T>
    {
        int channels = run.Channels, perLoad = Vector128<T>.Count, width = Vector256<T>.Count, i = 0;
        Vector128<byte>* shuffles = stackalloc Vector128<byte>[2 * MostInterleavedChannels];
        int* loads = stackalloc int[2 * MostInterleavedChannels];
        for (int half = 0; half < 2 * channels; half++)
        {
            loads[half] = half / channels * perLoad;
            for (int k = 0; k < Vector128<byte>.Count; k++)
                ((byte*)(shuffles + half))[k] = (byte)((half % channels * perLoad + k / sizeof(T)) / channels * sizeof(T) + k % sizeof(T));
        }

        T* mask = run.Mask + pixel, a = run.A + (nint)pixel * channels, b = run.B + (nint)pixel * channels, to = run.To + (nint)pixel * channels;
        bool stream = run.Stream && (nint)to % Alignment == 0;
        for (; i <= count - 2 * perLoad; i += 2 * perLoad, mask += 2 * perLoad)
        {
            for (int half = 0; half < 2 * channels; half += 2, a += width, b += width, to += width)
            {
                var weights = Vector256.Create(
                    Vector128.ShuffleNative(Vector128.Load((byte*)(mask + loads[half])), shuffles[half]),
                    Vector128.ShuffleNative(Vector128.Load((byte*)(mask + loads[half + 1])), shuffles[half + 1])).As<byte, T>();
                var mixed = TMix.Mix(weights, Vector256.Load(a), Vector256.Load(b));
                if (stream)
                    mixed.StoreAlignedNonTemporal(to);
                else
                    mixed.Store(to);
            }
        }

        for (; i < count; i++, mask++)
        {
            for (int channel = 0; channel < channels; channel++, a++, b++, to++)
                *to = TMix.Mix(*mask, *a, *b);
        }
    }

    private readonly struct FloatMix : IMix<float>
    {
        // Not b + m·(a−b): that form does not return exactly a where the mask is 1.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Mix(Vector256<float> mask, Vector256<float> a, Vector256<float> b) => mask * a + (Vector256<float>.One - mask) * b;

        public static float Mix(float mask, float a, float b) => mask * a + (1f - mask) * b;
    }

    private readonly struct ByteMix : IMix<byte>
    {
        // Even and odd bytes as 16-bit lanes: no lane crosses the register, as it would in widening and narrowing.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<byte> Mix(Vector256<byte> mask, Vector256<byte> a, Vector256<byte> b)
        {
            Vector256<ushort> m = mask.AsUInt16(), x = a.AsUInt16(), y = b.AsUInt16(), low = Vector256.Create((ushort)0x00FF);
            var even = Sum(m & low, x & low, y & low) >>> 8;
            var odd = Sum(m >>> 8, x >>> 8, y >>> 8) & ~low;
            return (even | odd).AsByte();
        }

        public static byte Mix(byte mask, byte a, byte b) => MixOne(mask, a, b);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<ushort> Sum(Vector256<ushort> m, Vector256<ushort> a, Vector256<ushort> b)
        {
            var x = m * a + (Vector256.Create((ushort)255) - m) * b + Vector256.Create((ushort)128);
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
