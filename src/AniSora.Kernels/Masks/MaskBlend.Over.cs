using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AniSora.Kernels;

public static partial class MaskBlend
{
    /// <summary>
    /// Composites a picture with straight (not premultiplied) alpha over an opaque background and splits the alpha off:
    /// <c>rgb = round((α·picture + (255−α)·background) / 255)</c>.
    /// </summary>
    /// <param name="rgba">The picture, <c>[N, 4]</c>.</param>
    /// <param name="background">The background, <c>[N, 4]</c>; its fourth byte is ignored. Four bytes a pixel, so that it is read in step.</param>
    /// <param name="rgb">Receives <c>[N, 3]</c>.</param>
    /// <param name="alpha">Receives the picture's alpha, <c>[N]</c>.</param>
    /// <exception cref="ArgumentException">The spans do not agree on N.</exception>
    public static void Over(ReadOnlySpan<byte> rgba, ReadOnlySpan<byte> background, Span<byte> rgb, Span<byte> alpha)
    {
        int pixels = alpha.Length;
        if (rgba.Length != 4L * pixels || background.Length != 4L * pixels || rgb.Length != 3L * pixels)
            throw new ArgumentException($"expected {pixels}×4, {pixels}×4 and {pixels}×3 bytes, got {rgba.Length}, {background.Length} and {rgb.Length}");

        int i = 0;
        // Four pixels a step. The store is 16 bytes wide for 12 of payload, so it stops while that still fits; the scalar tail does the rest.
        for (; i <= pixels - 6; i += 4)
        {
            var top = Vector128.Create(rgba[(4 * i)..]);
            var under = Vector128.Create(background[(4 * i)..]);
            var a = Vector128.Shuffle(top, Vector128.Create((byte)3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11, 15, 15, 15, 15));
            var (topLow, topHigh) = Vector128.Widen(top);
            var (underLow, underHigh) = Vector128.Widen(under);
            var (aLow, aHigh) = Vector128.Widen(a);
            var mixed = Vector128.Narrow(Mix(aLow, topLow, underLow), Mix(aHigh, topHigh, underHigh));
            // Index 16 is out of range, which Shuffle defines as zero.
            Vector128.Shuffle(mixed, Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 16, 16, 16)).CopyTo(rgb[(3 * i)..]);
            var four = Vector128.Shuffle(top, Vector128.Create((byte)3, 7, 11, 15, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16));
            Unsafe.WriteUnaligned(ref MemoryMarshal.GetReference(alpha[i..]), four.AsUInt32().ToScalar());
        }

        for (; i < pixels; i++)
        {
            byte a = rgba[4 * i + 3];
            for (int c = 0; c < 3; c++)
                rgb[3 * i + c] = MixOne(a, rgba[4 * i + c], background[4 * i + c]);
            alpha[i] = a;
        }

        static Vector128<ushort> Mix(Vector128<ushort> m, Vector128<ushort> a, Vector128<ushort> b)
        {
            var x = m * a + (Vector128.Create((ushort)255) - m) * b + Vector128.Create((ushort)128);
            return (x + (x >>> 8)) >>> 8;
        }
    }
}
