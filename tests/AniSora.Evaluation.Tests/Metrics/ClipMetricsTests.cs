namespace AniSora.Evaluation.Tests.Metrics;

public class ClipMetricsTests
{
    private static readonly VideoSize _five = new(5, 1, 1);

    [Fact]
    public void Drift_is_what_a_line_through_the_means_gains_over_the_clip()
    {
        var (brightness, colour) = ClipMetrics.Drift(Grey(100, 103, 106, 109, 112), _five);
        Assert.Equal(12, brightness, 9);
        Assert.Equal(0, colour, 9);

        // Red up by 10 a frame: luma gains 0.299, R - Y 0.701, B - Y -0.299 of it.
        byte[] red = [.. Enumerable.Range(0, 5).SelectMany(t => new byte[] { (byte)(50 + 10 * t), 50, 50 })];
        var drift = ClipMetrics.Drift(red, _five);
        Assert.Equal(40 * 0.299, drift.Brightness, 9);
        Assert.Equal(40 * Math.Sqrt(0.701 * 0.701 + 0.299 * 0.299), drift.Colour, 9);
        Assert.Equal(0, ClipMetrics.Drift(red, _five, red).Colour, 9);
    }

    [Fact]
    public void A_jump_is_a_first_step_larger_than_the_others()
    {
        Assert.Equal(18, ClipMetrics.FirstFrameJump(Grey(100, 120, 122, 124, 126), _five), 9);
        Assert.Equal(0, ClipMetrics.FirstFrameJump(Grey(100, 102, 104, 120, 122), _five), 9);
    }

    [Fact]
    public void A_leak_is_change_outside_the_mask_only()
    {
        var size = new VideoSize(2, 1, 2);
        byte[] image = Grey(10, 20), video = Grey(10, 90, 16, 200);
        Assert.Equal(3, ClipMetrics.MaskLeak(video, size, image, [0, 255]), 9);
        Assert.True(double.IsNaN(ClipMetrics.MaskLeak(video, size, image, [1, 1])));
    }

    [Fact]
    public void Key_frames_are_held_against_their_pictures()
    {
        Assert.Equal(4, ClipMetrics.KeyFrameError(Grey(1, 2, 3, 4, 5), _five, [(0, Grey(1)), (4, Grey(13))]), 9);
        Assert.True(double.IsNaN(ClipMetrics.KeyFrameError(Grey(1, 2, 3, 4, 5), _five, [])));
    }

    [Fact]
    public void A_loop_closes_where_its_seam_is_no_larger_than_a_step()
    {
        Assert.Equal(0, ClipMetrics.LoopGap(Grey(10, 20, 30, 20, 10), _five), 9);
        Assert.Equal(30, ClipMetrics.LoopGap(Grey(10, 20, 30, 40, 50), _five), 9);
    }

    [Fact]
    public void Perceptual_distance_is_of_directions_not_of_lengths()
    {
        // Two channels, two places: at the first both point the same way, at the second they are orthogonal, |â - b̂|² = 2.
        Assert.Equal(1, PerceptualDistance.Of([1, 3, 2, 0], [2, 0, 4, 7], 2), 6);
        Assert.Equal(0, PerceptualDistance.Of([1, 3, 2, 5], [1, 3, 2, 5], 2), 6);
        Assert.Throws<ArgumentException>(() => PerceptualDistance.Of([1, 2], [1], 1));
    }

    private static byte[] Grey(params byte[] values) => [.. values.SelectMany(v => new[] { v, v, v })];
}
