using System.Numerics;

namespace AniSora.Kernels;

/// <summary>What masks say over time.</summary>
public static class MaskFrames
{
    private const int PixelsPerPiece = 1 << 14;

    /// <summary>Everything that is inside in at least one frame.</summary>
    /// <param name="masks"><c>[T, H·W]</c>: masks or alpha.</param>
    /// <param name="frames">T, 1 or more.</param>
    /// <param name="threshold">A pixel counts as inside from this value on.</param>
    /// <param name="threads">Threads at most; 0 = one on every core.</param>
    /// <returns>A mask <c>[H·W]</c> of 0 and <see cref="MaskShape.Inside"/>.</returns>
    /// <exception cref="ArgumentException">The masks are not made of whole frames.</exception>
    public static byte[] Union(ReadOnlySpan<byte> masks, int frames, byte threshold = 1, int threads = 0) =>
        Range(masks, frames, threads, (_, highest) => Vector.GreaterThanOrEqual(highest, new Vector<byte>(threshold)));

    /// <summary>Where something moves: pixels whose alpha changes over the clip by at least <paramref name="threshold"/>.</summary>
    /// <param name="alpha"><c>[T, H·W]</c>.</param>
    /// <param name="frames">T, 1 or more.</param>
    /// <param name="threshold">The least difference between a pixel's highest and lowest alpha.</param>
    /// <param name="threads">Threads at most; 0 = one on every core.</param>
    /// <returns>A mask <c>[H·W]</c> of 0 and <see cref="MaskShape.Inside"/>.</returns>
    /// <exception cref="ArgumentException">The masks are not made of whole frames.</exception>
    public static byte[] Moving(ReadOnlySpan<byte> alpha, int frames, byte threshold = 32, int threads = 0) =>
        Range(alpha, frames, threads, (lowest, highest) => Vector.GreaterThanOrEqual(highest - lowest, new Vector<byte>(threshold)));

    /// <summary>How many frames a mask has.</summary>
    /// <param name="length">Bytes of the mask <c>[T, H, W]</c>.</param>
    /// <param name="width">W, 1 or more.</param>
    /// <param name="height">H, 1 or more.</param>
    /// <exception cref="ArgumentException">They are not whole frames.</exception>
    internal static int Count(int length, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        return length % ((long)width * height) == 0
            ? (int)(length / ((long)width * height))
            : throw new ArgumentException($"a mask of {width}×{height} has {(long)width * height} bytes a frame, got {length}");
    }

    /// <summary>How many bytes a frame has.</summary>
    /// <exception cref="ArgumentException">They are not whole frames.</exception>
    internal static int Length(int length, int frames)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        return length % frames == 0 ? length / frames : throw new ArgumentException($"{length} bytes do not divide into {frames} frames");
    }

    /// <summary>From each pixel's lowest and highest value, all ones or none.</summary>
    private static unsafe byte[] Range(ReadOnlySpan<byte> masks, int frames, int threads, Func<Vector<byte>, Vector<byte>, Vector<byte>> inside)
    {
        int pixels = Length(masks.Length, frames);
        var result = GC.AllocateUninitializedArray<byte>(pixels);
        fixed (byte* masksAt = masks)
        {
            byte* at = masksAt;
            Cores.For((pixels + PixelsPerPiece - 1) / PixelsPerPiece, masks.Length, threads, piece =>
            {
                int width = Vector<byte>.Count, i = piece * PixelsPerPiece, end = Math.Min(pixels, i + PixelsPerPiece);
                Span<byte> lanes = stackalloc byte[2 * width];
                for (; i < end; i += width)
                {
                    int count = Math.Min(width, end - i);
                    Vector<byte> lowest = new(255), highest = Vector<byte>.Zero;
                    for (int t = 0; t < frames; t++)
                    {
                        byte* from = at + (nint)t * pixels + i;
                        if (count < width)
                            new ReadOnlySpan<byte>(from, count).CopyTo(lanes);
                        var value = count < width ? new Vector<byte>(lanes) : Vector.Load(from);
                        (lowest, highest) = (Vector.Min(lowest, value), Vector.Max(highest, value));
                    }

                    inside(lowest, highest).CopyTo(lanes[width..]);
                    lanes.Slice(width, count).CopyTo(result.AsSpan(i));
                }
            });
        }

        return result;
    }
}
