using System.Runtime.InteropServices;

namespace AniSora.Kernels;

/// <summary>
/// Mixes two pictures by a mask: <c>m·a + (1−m)·b</c>, one weight for all channels of a pixel. Pure functions that allocate nothing; all may be
/// called from any thread.
/// </summary>
/// <remarks>
/// Blending does next to nothing per byte, so for pictures larger than the caches it is as fast as memory: results then go past the caches
/// (non-temporal stores), which saves reading the destination before it is overwritten.
/// </remarks>
public static partial class MaskBlend
{
    /// <summary>Most channels of an interleaved picture.</summary>
    public const int MostInterleavedChannels = 16;

    /// <summary>From this many bytes of result on, it would not stay in a core's cache anyway.</summary>
    private const long StreamFromBytes = 2 << 20;

    /// <summary>Bytes to which a vector is aligned.</summary>
    private const int Alignment = 32;

    private const int PixelsPerPiece = 1 << 16;
    private const int ValuesPerChunk = 1 << 13;

    /// <summary>Blends float pictures or latents: <c>destination = mask·a + (1−mask)·b</c>.</summary>
    /// <param name="mask">Weights of <paramref name="a"/> in [0, 1], <c>[N]</c>; values outside extrapolate.</param>
    /// <param name="a">Values where the mask is 1, <c>[N, C]</c> or <c>[C, N]</c>.</param>
    /// <param name="b">Values where the mask is 0, in the same layout.</param>
    /// <param name="destination">Receives the result; may be the same memory as any input of its length.</param>
    /// <param name="channels">C, 1 or more; at most <see cref="MostInterleavedChannels"/> if interleaved.</param>
    /// <param name="layout">How the channels lie.</param>
    /// <param name="threads">Threads at most; 0 = one on every core.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static void Blend(
        ReadOnlySpan<float> mask, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> destination,
        int channels = 1, PixelLayout layout = PixelLayout.Interleaved, int threads = 0) =>
        Run<float, FloatMix>(mask, a, b, destination, channels, layout, threads);

    /// <summary>Blends byte pictures, correctly rounded: <c>round((mask·a + (255−mask)·b) / 255)</c>.</summary>
    /// <param name="mask">Weights of <paramref name="a"/>, 255 = all of it, <c>[N]</c>.</param>
    /// <param name="a">Values where the mask is 255, <c>[N, C]</c> or <c>[C, N]</c>.</param>
    /// <param name="b">Values where the mask is 0, in the same layout.</param>
    /// <param name="destination">Receives the result; may be the same memory as any input of its length.</param>
    /// <param name="channels">C, 1 or more; at most <see cref="MostInterleavedChannels"/> if interleaved.</param>
    /// <param name="layout">How the channels lie.</param>
    /// <param name="threads">Threads at most; 0 = one on every core.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static void Blend(
        ReadOnlySpan<byte> mask, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> destination,
        int channels = 1, PixelLayout layout = PixelLayout.Interleaved, int threads = 0) =>
        Run<byte, ByteMix>(mask, a, b, destination, channels, layout, threads);

    /// <summary>Refuses pictures that do not fit their mask.</summary>
    internal static void Check(int pixels, int a, int b, int destination, int channels, PixelLayout layout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        if (layout == PixelLayout.Interleaved)
            ArgumentOutOfRangeException.ThrowIfGreaterThan(channels, MostInterleavedChannels);
        long values = (long)pixels * channels;
        if (a != values || b != values || destination != values)
            throw new ArgumentException($"a mask of {pixels} pixels blends {values} values of {channels} channels, got {a}, {b} and {destination}");
    }

    /// <summary>Blends one colour over a picture.</summary>
    /// <param name="mask">Weights of the colour, <c>[N]</c>.</param>
    /// <param name="colour"><c>[C]</c>.</param>
    /// <param name="picture"><c>[N, C]</c>.</param>
    /// <param name="destination">Receives <c>[N, C]</c>.</param>
    internal static unsafe void BlendColour(ReadOnlySpan<byte> mask, ReadOnlySpan<byte> colour, ReadOnlySpan<byte> picture, Span<byte> destination)
    {
        int channels = colour.Length, chunk = ValuesPerChunk / channels;
        byte* colours = stackalloc byte[ValuesPerChunk];
        for (int i = 0; i < chunk; i++)
            colour.CopyTo(new Span<byte>(colours + i * channels, channels));
        fixed (byte* maskAt = mask, pictureAt = picture, to = destination)
        {
            for (int i = 0; i < mask.Length; i += chunk)
            {
                int count = Math.Min(chunk, mask.Length - i);
                var some = new Pictures<byte>(maskAt + i, colours, pictureAt + i * channels, to + i * channels, count, channels, stream: false);
                Interleaved<byte, ByteMix>(some, 0, count);
            }
        }
    }

    private static unsafe void Run<T, TMix>(
        ReadOnlySpan<T> mask, ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> destination, int channels, PixelLayout layout, int threads)
        where T : unmanaged
        where TMix : IMix<T>
    {
        Check(mask.Length, a.Length, b.Length, destination.Length, channels, layout);
        if (channels == 1)
            layout = PixelLayout.Planar;
        bool inPlace = ((ReadOnlySpan<T>)destination).Overlaps(a) || ((ReadOnlySpan<T>)destination).Overlaps(b) || ((ReadOnlySpan<T>)destination).Overlaps(mask);
        fixed (T* maskAt = mask, aAt = a, bAt = b, destinationAt = destination)
        {
            var run = new Pictures<T>(maskAt, aAt, bAt, destinationAt, mask.Length, channels, !inPlace && destination.Length * sizeof(T) >= StreamFromBytes);
            int lead = run.Stream ? Lead((nint)destinationAt, sizeof(T) * (layout == PixelLayout.Planar ? 1 : channels)) : 0;
            int pieces = (int)(((long)mask.Length + PixelsPerPiece - 1) / PixelsPerPiece);
            Cores.For(pieces, sizeof(T) * (mask.Length + 3L * a.Length), threads, piece =>
            {
                int from = piece == 0 ? 0 : piece * PixelsPerPiece + lead, to = piece == pieces - 1 ? run.Pixels : (piece + 1) * PixelsPerPiece + lead;
                for (int at = from, end; at < to; at = end)
                {
                    end = Math.Min(to, at < lead ? lead : at + ValuesPerChunk);
                    if (layout == PixelLayout.Planar)
                        Planes<T, TMix>(run, at, end - at);
                    else
                        Interleaved<T, TMix>(run, at, end - at);
                }
            });
        }
    }

    /// <summary>Pixels before the first one that starts a cache line; 0 if none ever does.</summary>
    private static int Lead(nint address, int bytesPerPixel)
    {
        const int line = 64;
        for (int pixel = 0; pixel < line; pixel++)
        {
            if ((address + (nint)pixel * bytesPerPixel) % line == 0)
                return pixel;
        }

        return 0;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly unsafe struct Pictures<T>(T* mask, T* a, T* b, T* to, int pixels, int channels, bool stream)
        where T : unmanaged
    {
        public readonly T* Mask = mask, A = a, B = b, To = to;
        public readonly int Pixels = pixels, Channels = channels;
        public readonly bool Stream = stream;
    }
}
