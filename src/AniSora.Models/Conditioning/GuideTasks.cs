using AniSora.Kernels;

namespace AniSora.Models.Conditioning;

/// <summary>What a clip's guide gives to the model.</summary>
public enum GuideTask
{
    /// <summary>Nothing: text to video.</summary>
    None,

    /// <summary>The first frame: image to video.</summary>
    First,

    /// <summary>The first and the last frame.</summary>
    FirstLast,

    /// <summary>The first, the middle and the last frame.</summary>
    FirstMiddleLast,

    /// <summary>One to four frames anywhere.</summary>
    RandomKeyFrames,

    /// <summary>The first frame, and everything outside a region in all others.</summary>
    Region,
}

/// <summary>Makes space-time masks (1 = given) for the tasks, and draws tasks for training.</summary>
public static class GuideTasks
{
    /// <summary>The frames that a task gives in full.</summary>
    /// <param name="task">A task without randomness.</param>
    /// <param name="frames">Frames in the clip, T.</param>
    public static int[] KeyFrames(GuideTask task, int frames) => task switch
    {
        GuideTask.None => [],
        GuideTask.First or GuideTask.Region => [0],
        GuideTask.FirstLast => [0, frames - 1],
        GuideTask.FirstMiddleLast => [0, (frames - 1) / 2, frames - 1],
        _ => throw new ArgumentException($"{task} has no fixed key frames", nameof(task)),
    };

    /// <summary>A mask that gives whole frames.</summary>
    /// <param name="keyFrames">Frame numbers in [0, T).</param>
    /// <param name="frames">T.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <returns><c>[T, H, W]</c>, 0 or 1.</returns>
    public static byte[] KeyFrameMask(IEnumerable<int> keyFrames, int frames, int height, int width)
    {
        var mask = new byte[frames * height * width];
        foreach (int frame in keyFrames)
            mask.AsSpan(frame * height * width, height * width).Fill(1);
        return mask;
    }

    /// <summary>A mask that gives frame 0 and, in all others, everything outside a region: only the region may move.</summary>
    /// <param name="region"><c>[H, W]</c>, not 0 where motion is allowed.</param>
    /// <param name="frames">T.</param>
    /// <returns><c>[T, H, W]</c>, 0 or 1.</returns>
    public static byte[] RegionMask(ReadOnlySpan<byte> region, int frames)
    {
        var mask = new byte[frames * region.Length];
        mask.AsSpan(0, region.Length).Fill(1);
        for (int t = 1; t < frames; t++)
        {
            var frame = mask.AsSpan(t * region.Length, region.Length);
            for (int i = 0; i < frame.Length; i++)
                frame[i] = region[i] == 0 ? (byte)1 : (byte)0;
        }
        return mask;
    }

    /// <summary>Draws a task with the mixture's frequencies.</summary>
    public static GuideTask Draw(TaskMixture mixture, Random random)
    {
        double[] weights = [mixture.None, mixture.First, mixture.FirstLast, mixture.FirstMiddleLast, mixture.RandomKeyFrames, mixture.Region];
        if (weights.Any(w => w < 0) || weights.Sum() <= 0)
            throw new InputException("tasks: frequencies must not be negative and not all zero");
        double at = random.NextDouble() * weights.Sum();
        for (int i = 0; i < weights.Length; i++)
        {
            at -= weights[i];
            if (at < 0)
                return (GuideTask)i;
        }
        return GuideTask.First;
    }

    /// <summary>A random mask for a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="alpha">The clip's foreground, <c>[T, H, W]</c>, from which regions of real motion are taken.</param>
    /// <param name="frames">T.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <returns><c>[T, H, W]</c>, 0 or 1; 1 = given.</returns>
    public static byte[] DrawMask(GuideTask task, ReadOnlySpan<byte> alpha, int frames, int height, int width, Random random) => task switch
    {
        GuideTask.RandomKeyFrames => KeyFrameMask(
            Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(frames)).ToArray(), frames, height, width),
        GuideTask.Region => RegionMask(DrawRegion(alpha, frames, height, width, random), frames),
        _ => KeyFrameMask(KeyFrames(task, frames), frames, height, width),
    };

    /// <summary>
    /// A random region of motion: the foreground's union over time (as AniSora's localised motion, arXiv 2412.10255), or a box, an
    /// ellipse or a blob anywhere.
    /// </summary>
    private static byte[] DrawRegion(ReadOnlySpan<byte> alpha, int frames, int height, int width, Random random)
    {
        if (random.NextDouble() < 0.5)
            return ForegroundRegion(alpha, frames, height, width, margin: random.Next(1, 5));
        double w = width * (0.25 + 0.5 * random.NextDouble()), h = height * (0.25 + 0.5 * random.NextDouble());
        double x = random.NextDouble() * (width - w), y = random.NextDouble() * (height - h);
        MaskShape shape = random.Next(3) switch
        {
            0 => new BoxShape(x, y, w, h),
            1 => new EllipseShape(x + w / 2, y + h / 2, w / 2, h / 2),
            _ => new BlobShape(x + w / 2, y + h / 2, Math.Min(w, h) / 2, Irregularity: 0.4, (ulong)random.NextInt64()),
        };
        return shape.Rasterise(width, height);
    }

    /// <summary>The foreground's union over time, grown by a margin.</summary>
    /// <param name="alpha"><c>[T, H, W]</c>; pixels above 16 of 255 are foreground.</param>
    /// <param name="frames">T.</param>
    /// <param name="height">H.</param>
    /// <param name="width">W.</param>
    /// <param name="margin">Pixels to grow by.</param>
    /// <returns><c>[H, W]</c>, not 0 inside.</returns>
    public static byte[] ForegroundRegion(ReadOnlySpan<byte> alpha, int frames, int height, int width, int margin)
    {
        return MaskMorphology.Dilate(MaskFrames.Union(alpha, frames, threshold: 16), width, height, margin);
    }
}
