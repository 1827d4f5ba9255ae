using AniSora.Evaluation;

namespace AniSora.Evaluation.Tests;

public class VideoMetricsTests
{
    private static readonly VideoSize Small = new(3, 14, 17);

    [Theory]
    [InlineData(1, 48.1308036)]
    [InlineData(5, 34.1514036)]
    [InlineData(20, 22.1102037)]
    public void Psnr_of_a_constant_offset_is_the_textbook_value(int offset, double expected)
    {
        var real = Noise(Small, 1, 100, 180);
        var shifted = Array.ConvertAll(real, v => (byte)(v + offset));
        Assert.Equal(expected, VideoMetrics.Psnr(shifted, real, Small), 6);
    }

    [Fact]
    public void A_perfect_copy_scores_the_ceiling_and_one()
    {
        var real = Noise(Small, 2);
        Assert.Equal(VideoMetrics.PsnrCeiling, VideoMetrics.Psnr(real, real, Small));
        Assert.Equal(1, VideoMetrics.Ssim(real, real, Small), 12);
    }

    [Fact]
    public void Ssim_of_two_flat_videos_is_its_luminance_term()
    {
        byte[] a = Flat(Small, 90), b = Flat(Small, 140);
        double c1 = 0.01 * 255 * 0.01 * 255;
        Assert.Equal((2 * 90 * 140 + c1) / (90 * 90 + 140 * 140 + c1), VideoMetrics.Ssim(a, b, Small), 9);
    }

    [Fact]
    public void Ssim_equals_the_definition_written_out_window_by_window()
    {
        var mask = new byte[Small.Places];
        var random = new Random(3);
        for (int i = 0; i < mask.Length; i++)
            mask[i] = (byte)(random.NextDouble() < 0.4 ? 255 : 0);
        byte[] a = Noise(Small, 4), b = Noise(Small, 5);
        Assert.Equal(NaiveSsim(a, b, Small, mask), VideoMetrics.Ssim(a, b, Small, mask), 9);
        Assert.Equal(NaiveSsim(a, b, Small, new byte[Small.Places]), VideoMetrics.Ssim(a, b, Small), 9);
    }

    [Fact]
    public void Given_pixels_do_not_count()
    {
        byte[] real = Noise(Small, 6, 50, 200), video = (byte[])real.Clone(), mask = new byte[Small.Places];
        Array.Fill(mask, (byte)1, 0, Small.FramePlaces); // frame 0 is given, and wrong on purpose
        for (int i = 0; i < video.Length; i++)
            video[i] = (byte)(i < 3 * Small.FramePlaces ? 255 - real[i] : real[i] + 10);
        Assert.Equal(20 * Math.Log10(25.5), VideoMetrics.Psnr(video, real, Small, mask), 9);

        var restOnly = new VideoSize(Small.Frames - 1, Small.Height, Small.Width);
        double expected = VideoMetrics.Ssim(video[(3 * Small.FramePlaces)..], real[(3 * Small.FramePlaces)..], restOnly);
        Assert.Equal(expected, VideoMetrics.Ssim(video, real, Small, mask), 12);
    }

    [Fact]
    public void Nothing_to_score_is_not_a_number_rather_than_a_perfect_score()
    {
        byte[] real = Noise(Small, 7), all = new byte[Small.Places];
        Array.Fill(all, (byte)1);
        Assert.True(double.IsNaN(VideoMetrics.Psnr(real, real, Small, all)));
        Assert.True(double.IsNaN(VideoMetrics.Ssim(real, real, Small, all)));
    }

    [Fact]
    public void Wrong_sizes_are_named()
    {
        var real = Noise(Small, 8);
        Assert.Contains("3×14×17", Assert.Throws<ArgumentException>(() => VideoMetrics.Psnr(real.AsSpan(1), real, Small)).Message);
        Assert.Contains("714", Assert.Throws<ArgumentException>(() => VideoMetrics.Psnr(real, real, Small, new byte[7])).Message);
        var tiny = new VideoSize(1, 8, 8);
        Assert.Contains("11×11", Assert.Throws<ArgumentException>(() => VideoMetrics.Ssim(Flat(tiny, 1), Flat(tiny, 1), tiny)).Message);
    }

    [Fact]
    public void A_standard_error_is_s_over_root_n_and_counts_a_sequence_once()
    {
        double[] values = [21, 24, 22, 27, 26];
        var single = Statistic.Of(values);
        Assert.Equal(24, single.Mean);
        Assert.Equal(Math.Sqrt(6.5 / 5), single.StandardError, 12); // variance 26/4 = 6.5

        // Every clip twice under one name is no new information: same mean, same error.
        var doubled = Statistic.Of(values.SelectMany((v, i) => new[] { (v, i), (v, i) }));
        Assert.Equal((24.0, 10), (doubled.Mean, doubled.Count));
        Assert.Equal(single.StandardError, doubled.StandardError, 12);

        Assert.Equal(2, Statistic.Of([1.0, double.NaN, 3.0]).Count);
        Assert.True(double.IsNaN(Statistic.Of([5.0]).StandardError));
        Assert.Equal(0, Statistic.Of(Array.Empty<double>()).Count);
    }

    [Fact]
    public void The_report_pairs_clips_and_writes_valid_json()
    {
        var task = new TaskReport("first-last", [
            new ClipScore("a-0", "a", new Score(26, 0.9), new Score(20, 0.7), new Score(25, 0.85), new Score(25.5, 0.86)),
            new ClipScore("b-0", "b", new Score(31, 0.95), new Score(26, 0.8), new Score(30, double.NaN), new Score(31, 0.9)),
        ]);
        Assert.Equal(0.25, task.OverFlow.Psnr.Mean, 12);
        Assert.Equal(1, task.OverCrossFade.Psnr.Mean, 12);
        Assert.Equal(0, task.OverCrossFade.Psnr.StandardError, 12);
        Assert.Equal(28.5, task.Model.Psnr.Mean, 12);

        using var json = System.Text.Json.JsonDocument.Parse(new EvaluationReport([task]).ToJson());
        var first = json.RootElement.GetProperty("tasks")[0];
        Assert.Equal(28.5, first.GetProperty("model").GetProperty("psnr").GetProperty("mean").GetDouble());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, first.GetProperty("clips")[1].GetProperty("crossFade").GetProperty("ssim").ValueKind);
    }

    /// <summary>Wang et al. eq. 13 with a two-dimensional window and centred moments: no shared trick with the product code.</summary>
    private static double NaiveSsim(byte[] a, byte[] b, VideoSize size, byte[] given)
    {
        double sum = 0, count = 0;
        for (int t = 0; t < size.Frames; t++)
            for (int cy = 5; cy < size.Height - 5; cy++)
                for (int cx = 5; cx < size.Width - 5; cx++)
                {
                    if (given[(t * size.Height + cy) * size.Width + cx] != 0)
                        continue;
                    double weights = 0, meanA = 0, meanB = 0;
                    var window = new List<(double W, double A, double B)>();
                    for (int dy = -5; dy <= 5; dy++)
                        for (int dx = -5; dx <= 5; dx++)
                            window.Add((Math.Exp(-(dx * dx + dy * dy) / 4.5), Luma(a, t, cy + dy, cx + dx), Luma(b, t, cy + dy, cx + dx)));
                    foreach (var (w, x, y) in window)
                        (weights, meanA, meanB) = (weights + w, meanA + w * x, meanB + w * y);
                    (meanA, meanB) = (meanA / weights, meanB / weights);
                    double varianceA = window.Sum(p => p.W * Math.Pow(p.A - meanA, 2)) / weights;
                    double varianceB = window.Sum(p => p.W * Math.Pow(p.B - meanB, 2)) / weights;
                    double covariance = window.Sum(p => p.W * (p.A - meanA) * (p.B - meanB)) / weights;
                    double c1 = 6.5025, c2 = 58.5225;
                    sum += (2 * meanA * meanB + c1) * (2 * covariance + c2)
                        / ((meanA * meanA + meanB * meanB + c1) * (varianceA + varianceB + c2));
                    count++;
                }
        return sum / count;

        double Luma(byte[] v, int t, int y, int x)
        {
            int i = 3 * ((t * size.Height + y) * size.Width + x);
            return 0.299 * v[i] + 0.587 * v[i + 1] + 0.114 * v[i + 2];
        }
    }

    private static byte[] Noise(VideoSize size, int seed, int low = 0, int high = 256)
    {
        var random = new Random(seed);
        var pixels = new byte[3 * size.Places];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)random.Next(low, high);
        return pixels;
    }

    private static byte[] Flat(VideoSize size, byte value)
    {
        var pixels = new byte[3 * size.Places];
        Array.Fill(pixels, value);
        return pixels;
    }
}
