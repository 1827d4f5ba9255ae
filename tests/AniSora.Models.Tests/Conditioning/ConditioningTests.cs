using AniSora.Models.Conditioning;
using AniSora.Models.Sampling;

namespace AniSora.Models.Tests;

public sealed class ConditioningTests
{
    private const int T = 17, H = 16, W = 24;

    [Fact]
    public void Folding_puts_frame_0_four_times_and_then_four_frames_a_step()
    {
        // Of frame t the first t of 24 cells are given, so the folded values' sum names the frame they came from.
        var bytes = new byte[T * 32 * 48];
        for (int t = 0; t < T; t++)
            for (int i = 0; i < 32 * 48; i++)
                bytes[t * 32 * 48 + i] = i / 48 / 8 * 6 + i % 48 / 8 < t ? (byte)1 : (byte)0;
        var folded = SpaceTimeMask.Fold(bytes, (1, T, 32, 48), 4, 6);
        Assert.Equal([1, 4, 5, 4, 6], folded.Shape);
        for (int k = 0; k < 5; k++)
            for (int c = 0; c < 4; c++)
                Assert.Equal(k == 0 ? 0 : 4 * (k - 1) + 1 + c, folded.Values.AsSpan(((c * 5) + k) * 24, 24).ToArray().Sum());
    }

    [Fact]
    public void Folding_averages_over_the_pixels_of_a_latent_position()
    {
        var random = new Random(3);
        var bytes = new byte[T * H * W];
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)random.Next(2);
        var folded = SpaceTimeMask.Fold(bytes, (1, T, H, W), H / 8, W / 8);
        double sum = 0;
        for (int y = 8; y < 16; y++)
            for (int x = 16; x < 24; x++)
                sum += bytes[(7 * H + y) * W + x];
        // Frame 7 is channel 2 of step 2.
        Assert.Equal(sum / 64, folded.Values[(((((2 * 5) + 2) * 2) + 1) * 3) + 2], 5);
    }

    [Fact]
    public void WhatMovesFadesIntoWhatStandsStill()
    {
        // Given: black, the left half of the first frame; generated: white.
        const int Side = 32;
        var mask = new byte[2 * Side * Side];
        for (int i = 0; i < Side * Side; i++)
            mask[i] = (byte)(i % Side < Side / 2 ? 1 : 0);
        var frames = new byte[3 * mask.Length];
        Array.Fill(frames, byte.MaxValue);
        SpaceTimeMask.Fade(frames, new byte[frames.Length], mask, Side, Side, 2);
        byte[] row = [.. Enumerable.Range(0, Side).Select(x => frames[3 * (5 * Side + x) + 1])];
        Assert.Equal(0, row[Side / 2 - 1]);
        Assert.InRange(row[Side / 2], 1, 100);
        Assert.Equal(row.Order(), row);
        Assert.Equal(byte.MaxValue, row[Side / 2 + 8]);
        Assert.All(frames[(frames.Length / 2)..], value => Assert.Equal(byte.MaxValue, value));
    }

    [Fact]
    public void What_is_given_is_respected_exactly()
    {
        var random = new Random(4);
        var (guide, made, mask) = (new byte[T * H * W * 3], new byte[T * H * W * 3], new byte[T * H * W]);
        random.NextBytes(guide);
        random.NextBytes(made);
        for (int i = 0; i < mask.Length; i++)
            mask[i] = (byte)random.Next(2);
        byte[] result = [.. made];
        SpaceTimeMask.Respect(result, guide, mask);
        for (int i = 0; i < result.Length; i++)
            Assert.Equal(mask[i / 3] == 1 ? guide[i] : made[i], result[i]);
    }

    [Fact]
    public void Detail_comes_back_where_the_video_follows_the_guide_and_nowhere_else()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var guide = rand([1, 3, T, H, W]) * 0.5;
        var decodedGuide = guide + randn_like(guide) * 0.05;
        var video = decodedGuide.clone();
        video.narrow(4, 0, W / 2).add_(0.6); // the left half moved away from the guide
        var mask = new byte[T * H * W];
        mask.AsSpan(0, H * W).Fill(1);
        var restored = GuideDetail.Restore(video.ToDense(), guide.ToDense(), decodedGuide.ToDense(), mask).ToTensor();
        Assert.True(allclose(restored.narrow(4, W - 8, 8), guide.narrow(4, W - 8, 8), 1e-4, 1e-4));
        Assert.True(allclose(restored.narrow(4, 0, 8), video.narrow(4, 0, 8).clamp(-1, 1), 1e-4, 1e-4));
        Assert.True(allclose(GuideDetail.Restore(video.ToDense(), guide.ToDense(), decodedGuide.ToDense(), new byte[mask.Length]).ToTensor(), video.clamp(-1, 1), 1e-4, 1e-4));
    }

    [Fact]
    public void Frames_survive_the_way_to_a_tensor_and_back()
    {
        using var scope = NewDisposeScope();
        var bytes = new byte[2 * T * H * W * 3];
        new Random(5).NextBytes(bytes);
        var video = Frames.ToVideo(bytes, (2, T, H, W));
        Assert.Equal([2, 3, T, H, W], video.shape);
        Assert.Equal(bytes.AsSpan(bytes.Length / 2).ToArray(), Frames.ToBytes(video, 1));
        Assert.InRange(video.abs().max().item<float>(), 0.9f, 1.0001f);
    }

    [Theory]
    [InlineData(GuideTask.None, new int[0])]
    [InlineData(GuideTask.First, new[] { 0 })]
    [InlineData(GuideTask.FirstLast, new[] { 0, 16 })]
    [InlineData(GuideTask.FirstMiddleLast, new[] { 0, 8, 16 })]
    public void A_task_gives_its_key_frames_whole_and_nothing_else(GuideTask task, int[] frames)
    {
        var mask = GuideTasks.DrawMask(task, new byte[T * H * W], T, H, W, new Random(1));
        for (int t = 0; t < T; t++)
            Assert.All(mask.AsSpan(t * H * W, H * W).ToArray(), m => Assert.Equal(frames.Contains(t) ? 1 : 0, m));
    }

    [Fact]
    public void A_region_gives_the_first_frame_and_the_same_outside_ever_after()
    {
        var alpha = new byte[T * H * W];
        for (int t = 0; t < T; t++)
            alpha[(t * H + 8) * W + 4 + t / 2] = 255;
        var random = new Random(6);
        for (int draw = 0; draw < 50; draw++)
        {
            var mask = GuideTasks.DrawMask(GuideTask.Region, alpha, T, H, W, random);
            Assert.All(mask.AsSpan(0, H * W).ToArray(), m => Assert.Equal(1, m));
            var second = mask.AsSpan(H * W, H * W).ToArray();
            Assert.Contains((byte)0, second);
            for (int t = 2; t < T; t++)
                Assert.Equal(second, mask.AsSpan(t * H * W, H * W).ToArray());
        }
    }

    [Fact]
    public void The_foreground_region_holds_every_place_the_figure_ever_was()
    {
        var alpha = new byte[T * H * W];
        for (int t = 0; t < T; t++)
            alpha[(t * H + 8) * W + t] = 255;
        var region = GuideTasks.ForegroundRegion(alpha, T, H, W, margin: 1);
        for (int t = 0; t < T; t++)
            Assert.NotEqual(0, region[8 * W + t]);
        Assert.Equal(0, region[0]);
    }

    [Fact]
    public void Tasks_are_drawn_with_the_mixtures_frequencies()
    {
        var mixture = new TaskMixture { None = 0, First = 1, FirstLast = 0, FirstMiddleLast = 0, RandomKeyFrames = 0, Region = 3 };
        var random = new Random(7);
        var drawn = Enumerable.Range(0, 4000).Select(_ => GuideTasks.Draw(mixture, random)).ToList();
        Assert.All(drawn, task => Assert.True(task is GuideTask.First or GuideTask.Region));
        Assert.InRange(drawn.Count(task => task == GuideTask.Region), 2850, 3150);
        Assert.Throws<InputException>(() => GuideTasks.Draw(new TaskMixture { None = -1 }, random));
    }

    [Fact]
    public void The_score_leaves_given_pixels_out()
    {
        var real = new byte[T * H * W * 3];
        var guide = Guide.FromKeyFrames(new Dictionary<int, byte[]> { [0] = new byte[H * W * 3] }, null, T, H, W);
        var video = new byte[real.Length];
        video.AsSpan(0, H * W * 3).Fill(255); // wrong only where it was given
        video.AsSpan(H * W * 3).Fill(10);
        Assert.Equal(10 * Math.Log10(255.0 * 255 / 100), guide.GeneratedPsnr(video, real), 6);
    }
}
