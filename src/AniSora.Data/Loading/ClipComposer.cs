using System.Runtime.InteropServices;
using AniSora.Kernels;

namespace AniSora.Data;

/// <summary>Makes a training or evaluation sample of a stored clip.</summary>
internal static class ClipComposer
{
    private const int LargestShift = 4;
    /// <summary>Alpha up to this at the picture's edge does not count as touching it.</summary>
    private const byte Faint = 16;

    /// <summary>Composites a clip over a still background.</summary>
    /// <param name="clip">Its sizes are used.</param>
    /// <param name="rgba"><c>[T, H, W, 4]</c>.</param>
    /// <param name="background">The background.</param>
    /// <param name="rgb">Receives <c>[T, H, W, 3]</c>.</param>
    /// <param name="alpha">Receives <c>[T, H, W]</c>.</param>
    public static void Composite(ClipRow clip, ReadOnlySpan<byte> rgba, BackgroundSpec background, Span<byte> rgb, Span<byte> alpha)
    {
        byte[] under = Backgrounds.Render(background, clip.Width, clip.Height);
        int n = clip.Width * clip.Height;
        for (int t = 0; t < clip.Frames; t++)
            MaskBlend.Over(rgba.Slice(4 * n * t, 4 * n), under, rgb.Slice(3 * n * t, 3 * n), alpha.Slice(n * t, n));
    }

    /// <summary>Shifts or warps a clip's frames, and perhaps mirrors them.</summary>
    /// <param name="clip">Its sizes are used.</param>
    /// <param name="rgba"><c>[T, H, W, 4]</c>; overwritten.</param>
    /// <param name="scratch">As large as <paramref name="rgba"/>.</param>
    /// <param name="warpShare">Probability of a warp instead of a shift; a warp may mirror every clip.</param>
    /// <param name="random">The sample's random stream.</param>
    /// <returns>Whether the frames were mirrored, so that the caption can follow.</returns>
    public static bool Augment(ClipRow clip, Span<byte> rgba, Span<byte> scratch, double warpShare, ref SplitMix random)
    {
        if (clip.MaskShard.Length > 0)
        {
            // A whole picture has nothing to show beyond its edges.
            bool turned = clip.Mirrorable && random.Next(2) == 1;
            if (turned)
                Mirror(MemoryMarshal.Cast<byte, uint>(rgba), clip.Width);
            return turned;
        }
        if (warpShare > 0 && random.NextDouble() < warpShare)
        {
            bool mirror = random.Next(2) == 1;
            ClipWarp.Apply(clip, rgba, ClipWarp.Draw(clip, Touching(rgba, clip), mirror, ref random));
            return mirror;
        }
        bool mirrored = clip.Mirrorable && random.Next(2) == 1;
        if (mirrored)
            Mirror(MemoryMarshal.Cast<byte, uint>(rgba), clip.Width);
        var (left, right, top, bottom) = Touching(rgba, clip);
        // A figure that the source cuts off at an edge may be pushed further out there, but not in: the cut would show.
        int dx = Draw(ref random, right && !left ? 0 : -LargestShift, left ? 0 : LargestShift, left && right);
        int dy = Draw(ref random, bottom && !top ? 0 : -LargestShift, top ? 0 : LargestShift, top && bottom);
        if (dx != 0 || dy != 0)
            Shift(rgba, scratch, clip, dx, dy);
        return mirrored;

        static int Draw(ref SplitMix random, int low, int high, bool fixedPlace)
        {
            int drawn = low + random.Next(high - low + 1);
            return fixedPlace ? 0 : drawn;
        }
    }

    /// <summary>Exchanges left and right in rows of <paramref name="width"/> pixels.</summary>
    public static void Mirror<TPixel>(Span<TPixel> pixels, int width)
    {
        for (int row = 0; row < pixels.Length; row += width)
            pixels.Slice(row, width).Reverse();
    }

    private static void Shift(Span<byte> rgba, Span<byte> scratch, ClipRow clip, int dx, int dy)
    {
        rgba.CopyTo(scratch);
        rgba.Clear();
        int w = clip.Width, h = clip.Height, length = 4 * (w - Math.Abs(dx));
        for (int t = 0; t < clip.Frames; t++)
        {
            for (int y = Math.Max(0, dy); y < Math.Min(h, h + dy); y++)
            {
                int from = ((t * h + y - dy) * w + Math.Max(0, -dx)) * 4, to = ((t * h + y) * w + Math.Max(0, dx)) * 4;
                scratch.Slice(from, length).CopyTo(rgba[to..]);
            }
        }
    }

    private static FrameEdges Touching(ReadOnlySpan<byte> rgba, ClipRow clip)
    {
        int w = clip.Width, h = clip.Height;
        bool left = false, right = false, top = false, bottom = false;
        for (int t = 0; t < clip.Frames; t++)
        {
            int frame = t * w * h * 4;
            for (int y = 0; y < h; y++)
            {
                left |= rgba[frame + y * w * 4 + 3] > Faint;
                right |= rgba[frame + (y * w + w - 1) * 4 + 3] > Faint;
            }

            for (int x = 0; x < w; x++)
            {
                top |= rgba[frame + x * 4 + 3] > Faint;
                bottom |= rgba[frame + ((h - 1) * w + x) * 4 + 3] > Faint;
            }
        }

        return new(left, right, top, bottom);
    }
}
