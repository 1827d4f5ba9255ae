using AniSora.Kernels;

namespace AniSora.Evaluation.Tests.Metrics;

public class VBenchTests
{
    [Fact]
    public void Motion_smoothness_compares_every_second_frame_with_what_lies_between_its_neighbours()
    {
        // Greys 10, 20, 50, 90, 60, 7: odd frames 20 and 90 have neighbours on both sides; an interpolator that gives the mean is off by 10 and 35.
        var size = new VideoSize(6, 1, 1);
        byte[] Mean(ReadOnlyMemory<byte> a, ReadOnlyMemory<byte> b) => [.. a.ToArray().Zip(b.ToArray(), (x, y) => (byte)((x + y) / 2))];
        Assert.Equal((255 - (10 + 35) / 2.0) / 255, VBench.MotionSmoothness(Grey(10, 20, 50, 90, 60, 7), size, Mean), 12);
    }

    [Fact]
    public void Dynamic_degree_counts_pairs_whose_fastest_twentieth_is_fast()
    {
        // 64 pixels high: the bound is 6·64/256 = 1.5 pixels. Nine frames: round(4·9/16) = 2 pairs must be above it.
        FlowField Field(float fastest) => new(64, 64, [.. Enumerable.Range(0, 64 * 64).Select(i => i < 204 ? fastest : 0)], new float[64 * 64]);
        Assert.Equal(1.6, VBench.FastestMotion(Field(1.6f)), 6);
        var slow = Enumerable.Repeat(Field(1.4f), 7);
        Assert.Equal(0, VBench.DynamicDegree([.. slow, Field(1.6f)]));
        Assert.Equal(1, VBench.DynamicDegree([.. slow.Skip(1), Field(1.6f), Field(1.6f)]));
    }

    [Theory]
    [InlineData(17, 16, 9)]
    [InlineData(17, 8, 17)]
    [InlineData(17, 24, 6)]
    [InlineData(5, 2, 5)]
    public void Dynamic_degree_looks_at_eight_frames_a_second(int frames, double rate, int looked) =>
        Assert.Equal(looked, VBench.DynamicFrames(frames, rate).Length);

    [Fact]
    public void Consistency_is_half_of_the_cosines_with_the_first_frame_and_the_one_before()
    {
        float[][] rows = [[1, 0], [0, 2], [-3, 0]];
        // Frame 1: both cosines 0. Frame 2: with the one before 0, with the first -1, which counts as 0.
        Assert.Equal(0, VBench.Consistency(rows), 12);
        float[][] turning = [[1, 0], [1, 1], [0, 5]];
        double half = Math.Sqrt(0.5);
        Assert.Equal(((half + half) / 2 + (half + 0) / 2) / 2, VBench.Consistency(turning), 7);
    }

    [Fact]
    public void Image_consistency_weighs_best_match_mean_and_worst_step()
    {
        float[][] rows = [[1, 0], [1, 1], [1, 1]];
        double half = Math.Sqrt(0.5);
        Assert.Equal(0.4 * half + 0.3 * (half + 1) / 2 + 0.3 * half, VBench.ImageConsistency([0, 1], rows), 7);
    }

    [Fact]
    public void Flicker_is_the_mean_change_of_neighbouring_frames()
    {
        Assert.Equal((255 - 20.0) / 255, VBench.TemporalFlicker(Grey(10, 40, 30), new VideoSize(3, 1, 1)), 12);
        Assert.Equal(1, VBench.TemporalFlicker(Grey(9, 9), new VideoSize(2, 1, 1)), 12);
    }

    [Fact]
    public void Overall_consistency_sees_the_middles_of_eight_intervals()
    {
        Assert.Equal([0, 2, 4, 6, 8, 10, 12, 14], VBench.MiddleFrames(16));
        Assert.Equal([0, 2, 4, 6, 8, 10, 12, 15], VBench.MiddleFrames(17));
    }

    [Fact]
    public void The_leaderboards_ranges_are_VBenchs()
    {
        Metric Of(string key) => Metric.Choose([key])[0];
        Assert.Equal(0.5, Of("motion_smoothness").Normalised((0.706 + 0.9975) / 2), 12);
        Assert.Equal(0, Of("subject_consistency").Normalised(0.1), 12);
        Assert.Equal(1, Of("overall_consistency").Normalised(0.4), 12);
        Assert.Equal((0.95 - 0.6293) / (1 - 0.6293), Of("temporal_flicker").Normalised(0.95), 12);
    }

    private static byte[] Grey(params byte[] values) => [.. values.SelectMany(v => new[] { v, v, v })];
}
