using AniSora.Data;

namespace AniSora.Evaluation;

/// <summary>A way to damage a video, and the metric that has to notice.</summary>
/// <param name="Name">For people.</param>
/// <param name="Metric">The key of the metric that gets worse with every step.</param>
/// <param name="Apply">Damages frames: the video, another identity's video of the same size, the strength 1 … 5, random numbers.</param>
public sealed record Damage(string Name, string Metric, Func<Video, Video, int, Random, byte[]> Apply)
{
    /// <summary>Strengths.</summary>
    public const int Steps = 5;

    /// <summary>The caption's damage: the frames stay, and the prompt becomes one that means less and less the same.</summary>
    public const string WrongCaption = "wrong caption";

    /// <summary>Every damage to frames.</summary>
    public static IReadOnlyList<Damage> All { get; } =
    [
        new("blur", "imaging_quality", (v, _, s, _) => PerFrame(v, (frame, _) => Blurred(frame, v.Height, v.Width, s))),
        new("noise", "ssim", (v, _, s, random) => PerFrame(v, (frame, _) => [.. frame.Select(p => Clamped(p + random.Next(-6 * s, 6 * s + 1)))])),
        new("freeze", "motion_score", (v, _, s, _) => InOrder(v, t => Math.Min(t, (v.Frames - 1) * (Steps + 1 - s) / (Steps + 1)))),
        new("jitter", "motion_smoothness", (v, _, s, random) => PerFrame(v, (frame, t) => Moved(frame, v.Height, v.Width, t % 2 == 0 ? 0 : s * (random.Next(2) * 2 - 1), t % 2 == 0 ? 0 : s * (random.Next(2) * 2 - 1)))),
        new("colour drift", "colour_drift", (v, _, s, _) => PerFrame(v, (frame, t) => [.. frame.Select((p, i) => Clamped(p + (i % 3 == 0 ? -1 : i % 3 == 2 ? 1 : 0) * 8.0 * s * t / (v.Frames - 1)))])),
        new("flicker", "temporal_flicker", (v, _, s, _) => PerFrame(v, (frame, t) => [.. frame.Select(p => Clamped(p + (t % 2 == 0 ? 0 : -5 * s)))])),
        new("swapped identity", "subject_consistency", (v, other, s, _) => Joined(v, other, t => t >= v.Frames - s && t < v.Frames)),
        new("shuffled frames", "motion_smoothness", (v, _, s, random) => InOrder(v, Shuffled(v.Frames, s, random))),
        new("reversed frames", "psnr", (v, _, s, _) => InOrder(v, t => Math.Max(0, v.Frames - 1 - 3 * s) is var first && t < first ? t : v.Frames - 1 - (t - first))),
    ];

    private static byte Clamped(double value) => (byte)Math.Clamp(Math.Round(value), 0, 255);

    private static byte[] PerFrame(Video video, Func<byte[], int, byte[]> damaged)
    {
        int frame = 3 * video.Height * video.Width;
        return [.. Enumerable.Range(0, video.Frames).SelectMany(t => damaged(video.Rgb[(t * frame)..((t + 1) * frame)], t))];
    }

    private static byte[] InOrder(Video video, Func<int, int> from)
    {
        int frame = 3 * video.Height * video.Width;
        return [.. Enumerable.Range(0, video.Frames).SelectMany(t => video.Rgb[(from(t) * frame)..((from(t) + 1) * frame)])];
    }

    private static byte[] Joined(Video video, Video other, Func<int, bool> swapped)
    {
        int frame = 3 * video.Height * video.Width;
        return [.. Enumerable.Range(0, video.Frames).SelectMany(t => (swapped(t) ? other : video).Rgb[(t * frame)..((t + 1) * frame)])];
    }

    /// <summary>An order in which the frames after the first, more of them with every step, have changed places.</summary>
    private static Func<int, int> Shuffled(int frames, int strength, Random random)
    {
        int[] order = [.. Enumerable.Range(0, frames)];
        random.Shuffle(order.AsSpan(1, Math.Min(frames - 1, 1 + 3 * strength)));
        return t => order[t];
    }

    /// <summary>The mean of 3×3 pixels, at the edge of those there are, once more with every step.</summary>
    private static byte[] Blurred(byte[] frame, int height, int width, int strength)
    {
        for (int pass = 0; pass < strength; pass++)
        {
            var result = new byte[frame.Length];
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    for (int c = 0; c < 3; c++)
                    {
                        int sum = 0, count = 0;
                        for (int v = Math.Max(0, y - 1); v <= Math.Min(height - 1, y + 1); v++)
                        {
                            for (int u = Math.Max(0, x - 1); u <= Math.Min(width - 1, x + 1); u++, count++)
                                sum += frame[3 * (v * width + u) + c];
                        }
                        result[3 * (y * width + x) + c] = (byte)((sum + count / 2) / count);
                    }
                }
            }
            frame = result;
        }
        return frame;
    }

    private static byte[] Moved(byte[] frame, int height, int width, int right, int down)
    {
        var result = new byte[frame.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                frame.AsSpan(3 * (Math.Clamp(y - down, 0, height - 1) * width + Math.Clamp(x - right, 0, width - 1)), 3).CopyTo(result.AsSpan(3 * (y * width + x)));
        }
        return result;
    }
}
