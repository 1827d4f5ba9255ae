using AniSora.Data;
using AniSora.Evaluation.Benchmark;

namespace AniSora.Evaluation.Tests.Benchmark;

public sealed class BenchmarkFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("anisora-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(17, 64, 64, 16)]
    [InlineData(5, 33, 47, 23.81)]
    public void A_clip_comes_back_pixel_for_pixel(int frames, int height, int width, double rate)
    {
        var (clip, video, mask) = Write("flare-game_running_1", frames, height, width, rate, mask: true);
        BenchmarkFolder.WriteTables(_root, [clip]);

        var bench = BenchmarkFolder.Open(_root);
        Assert.True(bench.HasManifest);
        Assert.Equal([clip], bench.Clips);
        Assert.Equal(BenchmarkFolder.ChecksumOf([clip]), bench.Checksum);
        Assert.Equal(video.Rgb, bench.ReadClip(clip).Rgb);
        Assert.Equal(rate, bench.ReadClip(clip).Fps);
        Assert.Equal(mask, bench.ReadMask(clip, height, width));
        int bytes = 3 * height * width;
        Assert.Equal(video.Rgb[..bytes], bench.ReadImage(clip, KeyFrame.First, height, width));
        Assert.Equal(video.Rgb[((frames - 1) / 2 * bytes)..((frames + 1) / 2 * bytes)], bench.ReadImage(clip, KeyFrame.Middle, height, width));
        Assert.Equal(video.Rgb[^bytes..], bench.ReadImage(clip, KeyFrame.Last, height, width));
    }

    [Fact]
    public void The_published_layout_is_read_without_a_manifest()
    {
        var (walk, video, _) = Write("cartoon_films_zoulu_12", mask: true);
        var (dance, _, _) = Write("tiaowu_3");
        BenchmarkFolder.WriteTables(_root, [walk with { Prompt = "a \"fox\", walking\nhome" }, dance with { Prompt = "" }], manifest: false);

        var bench = BenchmarkFolder.Open(_root);
        Assert.False(bench.HasManifest);
        Assert.Equal(["cartoon_films_zoulu_12", "tiaowu_3"], bench.Clips.Select(c => c.Id));
        Assert.Equal([("cartoon_films", "zoulu", "a \"fox\", walking\nhome", true), ("", "tiaowu", "", false)], bench.Clips.Select(c => (c.Source, c.Label, c.Prompt, c.HasMask)));
        Assert.Equal(video.Rgb, bench.ReadClip(bench.Find(walk.Id)!).Rgb);
    }

    [Fact]
    public void The_checksum_knows_every_column_and_no_order()
    {
        var (a, _, _) = Write("x_a_1");
        var b = a with { Id = "x_b_1" };
        string checksum = BenchmarkFolder.ChecksumOf([a, b]);
        Assert.Equal(checksum, BenchmarkFolder.ChecksumOf([b, a]));
        BenchmarkClip[] changed = [b with { Prompt = "x" }, b with { FramesDigest = a.FramesDigest[..^1] }, b with { Rate = 15.9 }, b with { MaskDigest = "0" }, b with { Identity = "y" }];
        Assert.All(changed, other => Assert.NotEqual(checksum, BenchmarkFolder.ChecksumOf([a, other])));
    }

    [Fact]
    public void What_is_damaged_or_missing_is_named()
    {
        var (clip, video, _) = Write("x_run_1", mask: true);
        BenchmarkFolder.WriteTables(_root, [clip]);
        var bench = BenchmarkFolder.Open(_root);

        byte[] other = [.. video.Rgb];
        other[^1] ^= 1;
        Media.WriteLossless(bench.VideoOf(clip.Id), video with { Rgb = other });
        Fails(() => bench.ReadClip(clip), "video/x_run_1.mp4", "damaged or was changed", "bench build");
        Media.WriteLossless(bench.VideoOf(clip.Id), new Video(1, video.Height, video.Width, 16, video.Rgb[..(video.Rgb.Length / video.Frames)]));
        Fails(() => bench.ReadClip(clip), "video/x_run_1.mp4");
        File.Delete(bench.VideoOf(clip.Id));
        Fails(() => bench.ReadClip(clip), "video/x_run_1.mp4", "no such file");
        Media.WritePng(bench.MaskOf(clip.Id), new byte[video.Height * video.Width], video.Height, video.Width, 1);
        Fails(() => bench.ReadMask(clip, video.Height, video.Width), "mask/x_run_1.png", "damaged or was changed");
        File.Delete(bench.ImageOf(clip.Id, KeyFrame.Last));
        Fails(() => bench.ReadImage(clip, KeyFrame.Last, 16, 16), "image/x_run_1_last.png", "no such file");
    }

    [Fact]
    public void A_folder_that_is_no_benchmark_is_refused_by_name()
    {
        Fails(() => BenchmarkFolder.Open(Path.Combine(_root, "none")), "none: no such folder");
        Fails(() => BenchmarkFolder.Open(_root), "holds no clips");
        var (clip, _, _) = Write("x_run_1");
        File.WriteAllText(BenchmarkFolder.PromptsOf(_root), "id,prompt\nx_run_1,a\nx_run_1,b\n");
        Fails(() => BenchmarkFolder.Open(_root), "prompts.csv", "\"x_run_1\" stands there twice");
        File.WriteAllText(BenchmarkFolder.PromptsOf(_root), "id,prompt\nx_run_2,a\n");
        Fails(() => BenchmarkFolder.Open(_root), "prompts.csv", "\"x_run_2\" has no video");
        File.WriteAllText(BenchmarkFolder.PromptsOf(_root), "name,text\nx_run_1,a\n");
        Fails(() => BenchmarkFolder.Open(_root), "prompts.csv", "needs id and prompt");
        BenchmarkFolder.WriteTables(_root, [clip, clip with { Id = "../x_run_1" }]);
        Fails(() => BenchmarkFolder.Open(_root), "\"../x_run_1\" is no id");
    }

    private (BenchmarkClip Clip, Video Video, byte[]? Mask) Write(string id, int frames = 5, int height = 32, int width = 32, double rate = 16, bool mask = false)
    {
        var random = new Random(frames * height + width);
        byte[] rgb = new byte[3 * frames * height * width];
        random.NextBytes(rgb);
        byte[]? region = mask ? [.. Enumerable.Range(0, height * width).Select(i => i % width < width / 2 ? (byte)255 : (byte)0)] : null;
        var video = new Video(frames, height, width, rate, rgb);
        BenchmarkFolder.WriteClip(_root, id, video, region);
        var clip = new BenchmarkClip(id, "x", "run", "x/1", "a run", frames, height, width, rate, "MIT", "nobody", false, BenchmarkClip.DigestOf(rgb), region is null ? "" : BenchmarkClip.DigestOf(region));
        return (clip, video, region);
    }

    private static void Fails(Action act, params string[] says)
    {
        string message = Assert.Throws<InputException>(act).Message;
        Assert.All(says, part => Assert.Contains(part, message));
    }
}
