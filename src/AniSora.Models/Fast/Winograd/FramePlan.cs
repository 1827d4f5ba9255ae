namespace AniSora.Models.Fast;

/// <summary>Consecutive frames of a video that are added up; none of them = a frame of zeros.</summary>
internal readonly record struct FrameSum(int First, int Count);

/// <summary>
/// Which frames a convolution over time multiplies with which taps: result t is the sum over the taps k of tap k times source
/// <c>Starts[t] + k</c>. What stands before the video is thus never copied.
/// </summary>
/// <param name="Sources">What the convolution reads, made of the frames that it is given.</param>
/// <param name="Starts">For each frame of the result, the source of its first tap; rising.</param>
/// <param name="Taps">Taps in time.</param>
internal sealed record FramePlan(FrameSum[] Sources, int[] Starts, int Taps)
{
    /// <summary>The causal convolution.</summary>
    /// <param name="frames">Frames of the result.</param>
    /// <param name="taps">Taps in time.</param>
    /// <param name="repeatFirst">Whether copies of the first frame stand before the video; otherwise it has its past in front.</param>
    public static FramePlan Causal(int frames, int taps, bool repeatFirst) => new(
        [.. Enumerable.Range(0, frames + taps - 1).Select(s => new FrameSum(repeatFirst ? Math.Max(s - taps + 1, 0) : s, 1))],
        [.. Enumerable.Range(0, frames)], taps);

    /// <summary>The gradient by the input of <see cref="Causal"/>, from that by its result, with the taps in reverse order.</summary>
    /// <inheritdoc cref="Causal"/>
    public static FramePlan Gradient(int frames, int taps, bool repeatFirst)
    {
        var zeros = Enumerable.Repeat(new FrameSum(0, 0), taps - 1);
        var single = Enumerable.Range(0, frames).Select(f => new FrameSum(f, 1));
        if (!repeatFirst)
            return new([.. zeros, .. single, .. zeros], [.. Enumerable.Range(0, frames + taps - 1)], taps);
        // Tap k sees the first frame, or a copy of it, from all results up to taps - 1 - k.
        var sums = Enumerable.Range(1, taps).Select(count => new FrameSum(0, Math.Min(count, frames)));
        return new([.. sums, .. single.Skip(1), .. zeros], [0, .. Enumerable.Range(taps, frames - 1)], taps);
    }
}
