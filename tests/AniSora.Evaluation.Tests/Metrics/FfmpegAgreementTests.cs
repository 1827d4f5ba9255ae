using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using AniSora.Data;
using AniSora.Evaluation;

namespace AniSora.Evaluation.Tests.Metrics;

public sealed class FfmpegAgreementTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("anisora-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(5, 64, 64, 3)]
    [InlineData(3, 46, 70, 40)]
    public void Psnr_and_block_ssim_are_those_of_ffmpegs_filters_on_the_same_files(int frames, int height, int width, int noise)
    {
        var size = new VideoSize(frames, height, width);
        byte[] real = Smooth(size), video = [.. real];
        var random = new Random(noise);
        for (int i = 0; i < video.Length; i++)
            video[i] = (byte)Math.Clamp(video[i] + random.Next(-noise, noise + 1), 0, 255);
        string a = Write("a.mp4", video, size), b = Write("b.mp4", real, size);
        byte[] decodedA = Media.ReadVideo(a).Rgb, decodedB = Media.ReadVideo(b).Rgb;
        Assert.Equal(video, decodedA);

        string said = Ffmpeg(a, b);
        double Said(string pattern) => double.Parse(Regex.Match(said, pattern).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.Equal(Said(@"PSNR .*average:([\d.]+)"), VideoMetrics.Psnr(decodedA, decodedB, size), 5);
        Assert.Equal(Said(@"SSIM .*All:([\d.]+)"), VideoMetrics.BlockSsim(decodedA, decodedB, size), 5);
    }

    [Fact]
    public void Every_kind_of_ssim_orders_videos_alike()
    {
        var size = new VideoSize(2, 48, 48);
        byte[] real = Smooth(size);
        double[][] scores = [.. new[] { 0, 8, 30, 100 }.Select(noise =>
        {
            var random = new Random(1);
            byte[] video = [.. real.Select(v => (byte)Math.Clamp(v + random.Next(-noise, noise + 1), 0, 255))];
            return new[] { VideoMetrics.Ssim(video, real, size), VideoMetrics.MultiScaleSsim(video, real, size), VideoMetrics.BlockSsim(video, real, size) };
        })];
        for (int kind = 0; kind < 3; kind++)
        {
            Assert.Equal(1, scores[0][kind], 9);
            Assert.Equal(scores.Select(s => s[kind]).OrderDescending(), scores.Select(s => s[kind]));
            Assert.True(scores[^1][kind] < 0.95);
        }
    }

    [Fact]
    public void One_scale_is_left_of_multi_scale_ssim_in_a_tiny_picture_and_is_ssim()
    {
        var size = new VideoSize(2, 16, 20);
        byte[] a = Smooth(size), b = [.. a.Select((v, i) => (byte)Math.Clamp(v + i % 7, 0, 255))];
        Assert.Equal(VideoMetrics.Ssim(b, a, size), VideoMetrics.MultiScaleSsim(b, a, size), 9);
    }

    private static byte[] Smooth(VideoSize size) =>
        [.. Enumerable.Range(0, size.Places).SelectMany(i => Enumerable.Range(0, 3).Select(c =>
            (byte)(127 + 100 * Math.Sin(i % size.Width / (5.0 + c)) * Math.Cos(i / size.Width % size.Height / 7.0 + i / size.FramePlaces))))];

    private string Write(string name, byte[] rgb, VideoSize size)
    {
        string file = Path.Combine(_root, name);
        Media.WriteLossless(file, new Video(size.Frames, size.Height, size.Width, 16, rgb));
        return file;
    }

    private static string Ffmpeg(string a, string b)
    {
        string[] arguments = ["-hide_banner", "-nostdin", "-i", a, "-i", b, "-lavfi", "[0:v]split[x][y];[1:v]split[p][q];[x][p]psnr;[y][q]ssim", "-f", "null", "-"];
        using var process = Process.Start(new ProcessStartInfo("ffmpeg", arguments) { RedirectStandardError = true })!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? said : throw new InvalidOperationException(said);
    }
}
