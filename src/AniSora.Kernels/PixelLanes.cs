using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AniSora.Kernels;

/// <summary>Takes interleaved RGB or RGBA bytes apart, eight pixels at a time.</summary>
internal static class PixelLanes
{
    /// <summary>Pixels in a group.</summary>
    public const int Count = 8;

    private static readonly Vector128<byte> _fourRgb = Vector128.Create((byte)0, 1, 2, 255, 3, 4, 5, 255, 6, 7, 8, 255, 9, 10, 11, 255);

    /// <summary>How many of <paramref name="pixels"/> pixels can be read in groups without touching bytes behind the last one.</summary>
    public static int Whole(int pixels, int channels)
    {
        // A group of RGB is read as two blocks of 16 bytes, of which the last four belong to the next group.
        int readable = channels == 4 ? pixels : pixels - 2;
        return Math.Max(0, readable / Count * Count);
    }

    /// <summary>The channels of pixels <paramref name="pixel"/> … +7 as integers.</summary>
    /// <param name="first">The picture's first byte.</param>
    /// <param name="pixel">The group's first pixel, below <see cref="Whole"/>.</param>
    /// <param name="channels">3 or 4.</param>
    /// <param name="r">Red.</param>
    /// <param name="g">Green.</param>
    /// <param name="b">Blue.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(ref byte first, int pixel, int channels, out Vector256<int> r, out Vector256<int> g, out Vector256<int> b)
    {
        Vector256<int> packed;
        if (channels == 4)
        {
            packed = Vector256.LoadUnsafe(ref first, (nuint)(4 * pixel)).AsInt32();
        }
        else
        {
            nuint at = (nuint)(3 * pixel);
            packed = Vector256.Create(
                Vector128.Shuffle(Vector128.LoadUnsafe(ref first, at), _fourRgb),
                Vector128.Shuffle(Vector128.LoadUnsafe(ref first, at + 12), _fourRgb)).AsInt32();
        }

        var low = Vector256.Create(255);
        r = packed & low;
        g = (packed >>> 8) & low;
        b = (packed >>> 16) & low;
    }

    /// <summary>Stores the low bytes of two groups.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<int> first, Vector256<int> second, Span<byte> target, int pixel)
    {
        var words = Vector256.Narrow(first, second);
        Vector128.Narrow(words.GetLower().AsUInt16(), words.GetUpper().AsUInt16()).StoreUnsafe(ref MemoryMarshal.GetReference(target), (nuint)pixel);
    }

    /// <summary>Refuses anything but 3 or 4 whole channels.</summary>
    /// <returns>The number of pixels.</returns>
    public static int Pixels(ReadOnlySpan<byte> pixels, int channels)
    {
        if (channels is not (3 or 4))
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "pixels have 3 or 4 channels");
        return pixels.Length % channels == 0 ? pixels.Length / channels : throw new ArgumentException($"{pixels.Length} bytes are no whole pixels of {channels} channels");
    }
}
