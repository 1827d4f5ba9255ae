using AniSora.Kernels;

namespace AniSora.Evaluation;

/// <summary>
/// The formulas of VBench's dimensions (Huang et al. 2024, at commit 45e79ec), without the networks they are computed with: pure functions of
/// frames, flow and feature rows. Results are raw, as AniSora's table has them; <see cref="Metric.Normalised"/> applies the leaderboard's ranges.
/// </summary>
public static class VBench
{
    /// <summary>Frames of a video that the video encoder of overall consistency sees.</summary>
    public const int ConsistencyFrames = 8;

    /// <summary>The rate at which dynamic degree looks at a video, in frames a second.</summary>
    public const double DynamicRate = 8;

    /// <summary>Motion smoothness: how close an interpolator comes to every second frame, told its neighbours.</summary>
    /// <param name="video">uint8 RGB <c>[T, H, W, 3]</c>, T from 3.</param>
    /// <param name="size">T, H, W.</param>
    /// <param name="between">Gives the frame in the middle of two, <c>[H, W, 3]</c>.</param>
    /// <returns>0 … 1: <c>(255 - mean|frame - interpolated|) / 255</c>, mean over the odd frames that have a neighbour on both sides.</returns>
    /// <exception cref="ArgumentException">The length does not fit, or there are fewer than three frames.</exception>
    public static double MotionSmoothness(byte[] video, VideoSize size, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, byte[]> between)
    {
        size.CheckPixels(video.Length, nameof(video));
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Frames, 3);
        ReadOnlyMemory<byte> Frame(int t) => video.AsMemory(3 * t * size.FramePlaces, 3 * size.FramePlaces);
        double error = 0;
        int count = 0;
        for (int t = 1; t + 1 < size.Frames; t += 2, count++)
            error += FrameFeatures.MeanAbsDifference(Frame(t).Span, between(Frame(t - 1), Frame(t + 1)));
        return (255 - error / count) / 255;
    }

    /// <summary>Frames that dynamic degree compares: those at about <see cref="DynamicRate"/>.</summary>
    /// <param name="frames">T.</param>
    /// <param name="rate">The video's frames a second.</param>
    public static int[] DynamicFrames(int frames, double rate)
    {
        int interval = Math.Max(1, (int)Math.Round(rate / DynamicRate));
        return [.. Enumerable.Range(0, frames).Where(t => t % interval == 0)];
    }

    /// <summary>Dynamic degree: whether enough pairs of frames move much.</summary>
    /// <param name="flow">The flow between each of the n frames of <see cref="DynamicFrames"/> and the next, n - 1 fields.</param>
    /// <returns>1 if at least <c>round(4·n/16)</c> pairs have a mean of more than <c>6·min(H, W)/256</c> pixels over their fastest 5 %, else 0.</returns>
    public static double DynamicDegree(IReadOnlyList<FlowField> flow)
    {
        int frames = flow.Count + 1;
        return flow.Count(f => FastestMotion(f) > 6 * (Math.Min(f.Width, f.Height) / 256.0)) >= Math.Round(4 * (frames / 16.0)) ? 1 : 0;
    }

    /// <summary>The mean length of the fastest twentieth of a field's vectors, in pixels.</summary>
    public static double FastestMotion(FlowField field)
    {
        double[] lengths = [.. field.U.Zip(field.V, (u, v) => Math.Sqrt((double)u * u + (double)v * v))];
        Array.Sort(lengths);
        int fastest = Math.Max(1, (int)(lengths.Length * 0.05));
        return lengths[^fastest..].Average();
    }

    /// <summary>Subject consistency (features of DINO ViT-B/16) and background consistency (CLIP ViT-B/32): whether frames resemble the first and the one before.</summary>
    /// <param name="features">A row for each frame, T from 2.</param>
    /// <returns>0 … 1: the mean over frames from the second on of half of both cosines, each at least 0.</returns>
    public static double Consistency(IReadOnlyList<float[]> features)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(features.Count, 2);
        return Enumerable.Range(1, features.Count - 1)
            .Average(t => (Math.Max(0, Cosine(features[t - 1], features[t])) + Math.Max(0, Cosine(features[0], features[t]))) / 2);
    }

    /// <summary>I2V subject (DINO ViT-B/16) and I2V background (DreamSim): whether a video keeps to the image it was given.</summary>
    /// <param name="image">The given image's features.</param>
    /// <param name="features">A row for each frame, T from 2.</param>
    /// <returns>-1 … 1: 0.4 · the largest cosine of image and frame + 0.3 · mean + 0.3 · least cosine of neighbouring frames.</returns>
    public static double ImageConsistency(float[] image, IReadOnlyList<float[]> features)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(features.Count, 2);
        double[] steps = [.. features.Skip(1).Select((f, t) => Cosine(features[t], f))];
        return 0.4 * features.Max(f => Cosine(image, f)) + 0.3 * steps.Average() + 0.3 * steps.Min();
    }

    /// <summary>Aesthetic quality (LAION's linear head on CLIP ViT-L/14, 0 … 10) and imaging quality (MUSIQ-SPAQ, 0 … 100): the mean over frames on a scale of 1.</summary>
    /// <param name="scores">A score for each frame.</param>
    /// <param name="scale">The network's best score: 10 or 100.</param>
    public static double Quality(IReadOnlyList<double> scores, double scale) => scores.Average() / scale;

    /// <summary>Frames that overall consistency looks at: the middles of <see cref="ConsistencyFrames"/> equal intervals.</summary>
    /// <param name="frames">T.</param>
    public static int[] MiddleFrames(int frames)
    {
        int[] bounds = [.. Enumerable.Range(0, ConsistencyFrames + 1).Select(k => k * frames / ConsistencyFrames)];
        return [.. Enumerable.Range(0, ConsistencyFrames).Select(k => Math.Max(0, (bounds[k] + bounds[k + 1] - 1) / 2))];
    }

    /// <summary>Temporal flicker: <c>(255 - MAE of neighbouring frames) / 255</c>; a still is perfect.</summary>
    /// <param name="video">uint8 RGB <c>[T, H, W, 3]</c>, T from 2.</param>
    /// <param name="size">T, H, W.</param>
    public static double TemporalFlicker(ReadOnlySpan<byte> video, VideoSize size)
    {
        size.CheckPixels(video.Length, nameof(video));
        ArgumentOutOfRangeException.ThrowIfLessThan(size.Frames, 2);
        int frame = 3 * size.FramePlaces;
        // Neighbouring frames are the video and itself one frame later.
        return (255 - FrameFeatures.MeanAbsDifference(video[frame..], video[..^frame])) / 255;
    }

    /// <summary>The cosine of two rows; 0 where one is all zeros.</summary>
    public static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double dot = 0, squaresA = 0, squaresB = 0;
        for (int i = 0; i < a.Length; i++)
            (dot, squaresA, squaresB) = (dot + (double)a[i] * b[i], squaresA + (double)a[i] * a[i], squaresB + (double)b[i] * b[i]);
        return squaresA > 0 && squaresB > 0 ? dot / Math.Sqrt(squaresA * squaresB) : 0;
    }
}
