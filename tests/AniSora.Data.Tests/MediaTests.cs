namespace AniSora.Data.Tests;

public class MediaTests
{
    private static string Sprite => Path.Combine(SmallDataset.Sprites("frozen-bubble"), "win_p1_0001.png");

    [Fact]
    public void PngsKeepEveryByte()
    {
        using var folder = new TemporaryFolder();
        var pixels = new byte[7 * 5 * 4];
        new Random(1).NextBytes(pixels);
        // A name that is a pattern to ffmpeg, and one that looks like an option.
        foreach (string name in new[] { "a%03d.png", "-i.png", "plain.png" })
        {
            Media.WritePng(folder[name], pixels, 5, 7, 4);
            var picture = Media.ReadPicture(folder[name]);
            Assert.Equal((7, 5), (picture.Width, picture.Height));
            Assert.Equal(pixels, picture.Rgba);
        }
    }

    [Fact]
    public void ReadImageFillsAndFittedShowsAll()
    {
        Assert.Equal(64 * 64 * 4, Media.ReadImage(Sprite, 64, 64).Length);
        var picture = Media.ReadPicture(Sprite);
        Assert.Equal((80, 60), (picture.Width, picture.Height));
        var fitted = picture.Fitted(64, 64);
        // 80×60 becomes 64×48, centred: 8 empty lines above and below.
        Assert.All(fitted.Rgba.Take(64 * 4 * 7), v => Assert.Equal(0, v));
        Assert.All(fitted.Rgba.TakeLast(64 * 4 * 7), v => Assert.Equal(0, v));
        double before = Enumerable.Range(0, 4800).Sum(i => picture.Rgba[4 * i + 3]) / 4800.0, after = Enumerable.Range(0, 4096).Sum(i => fitted.Rgba[4 * i + 3]) / (64.0 * 48);
        Assert.InRange(after / before, 0.98, 1.02);
    }

    [Fact]
    public void ScalingKeepsFlatColourUpToTheEdgeOfAlpha()
    {
        // Red, half of it transparent with green behind: the green must not appear.
        var rgba = new byte[40 * 40 * 4];
        for (int i = 0; i < 1600; i++)
            (i % 40 < 20 ? (ReadOnlySpan<byte>)[255, 0, 0, 255] : [0, 255, 0, 0]).CopyTo(rgba.AsSpan(4 * i));
        foreach (int side in new[] { 13, 64 })
        {
            byte[] scaled = new Picture(40, 40, rgba).Fitted(side, side).Rgba;
            for (int p = 0; p < scaled.Length; p += 4)
                Assert.True(scaled[p + 3] == 0 || (scaled[p] >= 254 && scaled[p + 1] == 0));
        }
    }

    [Fact]
    public void MasksMustHaveTheSizeAndBecomeBinary()
    {
        using var folder = new TemporaryFolder();
        byte[] mask = [0, 100, 200, 255, 255, 0];
        Media.WritePng(folder["mask.png"], mask, 2, 3, 1);
        Assert.Equal([0, 0, 255, 255, 255, 0], Media.ReadMask(folder["mask.png"], 3, 2));
        var e = Assert.Throws<InputException>(() => Media.ReadMask(folder["mask.png"], 64, 64));
        Assert.Contains("mask.png", e.Message);
        Assert.Contains("3×2", e.Message);
        Assert.Contains("64×64", e.Message);
    }

    [Fact]
    public void WhatIsNoImageIsNamed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["text.png"], "hello, I am not a picture");
        File.WriteAllText(folder["list.png"], "#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n");
        File.WriteAllBytes(folder["empty.png"], []);
        File.WriteAllBytes(folder["cut.png"], File.ReadAllBytes(Sprite)[..60]);
        foreach (string path in (string[])[folder["text.png"], folder["list.png"], folder["empty.png"], folder["cut.png"], folder["absent.png"], folder.Path])
        {
            var e = Assert.Throws<InputException>(() => Media.ReadImage(path, 64, 64));
            Assert.StartsWith(path, e.Message);
            Assert.DoesNotContain('\n', e.Message);
        }
    }

    [Fact]
    public void PngSequencesNameTheFileThatIsWrong()
    {
        using var folder = new TemporaryFolder();
        string[] sprites = [.. Directory.GetFiles(SmallDataset.Sprites("frozen-bubble"), "*.png").Order()];
        Assert.Equal(20, Media.ReadPictures(sprites).Count);
        File.WriteAllText(folder["no.png"], "no");
        Assert.Contains(folder["no.png"], Assert.Throws<InputException>(() => Media.ReadPictures([sprites[0], folder["no.png"]])).Message);
        Media.WritePng(folder["small.png"], new byte[12], 2, 2);
        Assert.Contains("2×2", Assert.Throws<InputException>(() => Media.ReadPictures([sprites[0], folder["small.png"]])).Message);
        byte[] bytes = File.ReadAllBytes(sprites[1]);
        bytes.AsSpan(bytes.Length / 2, 200).Clear();
        File.WriteAllBytes(folder["damaged.png"], bytes);
        Assert.Throws<InputException>(() => Media.ReadPictures([sprites[0], folder["damaged.png"], sprites[2]]));
    }

    [Fact]
    public void VideosComeBackInSizeLengthAndLooks()
    {
        using var folder = new TemporaryFolder();
        byte[] rgb = Waves(9, 33, 47);
        Media.WriteMp4(folder["odd.mp4"], rgb, 9, 33, 47, 16);
        var odd = Media.ReadVideo(folder["odd.mp4"]);
        Assert.Equal((9, 34, 48, 16.0), (odd.Frames, odd.Height, odd.Width, odd.Fps));

        Media.WriteMp4(folder["large.mp4"], rgb, 9, 33, 47, 12.5, scale: 8);
        var large = Media.ReadVideo(folder["large.mp4"], 47, 33);
        Assert.Equal((9, 33, 47, 12.5), (large.Frames, large.Height, large.Width, large.Fps));
        double error = rgb.Zip(large.Rgb, (a, b) => Math.Pow(a - b, 2)).Average();
        Assert.InRange(10 * Math.Log10(255 * 255 / error), 32, 99);
        byte[] bytes = File.ReadAllBytes(folder["large.mp4"]);
        Assert.True(bytes.AsSpan().IndexOf("moov"u8) < bytes.AsSpan().IndexOf("mdat"u8), "the index must be in front");

        Media.WriteGif(folder["a.gif"], rgb, 9, 33, 47, 20, scale: 2);
        Assert.Equal((9, 66, 94), Media.ReadVideo(folder["a.gif"]) is var gif ? (gif.Frames, gif.Height, gif.Width) : default);
        Assert.Equal(3, Media.ReadVideo(folder["a.gif"], maxFrames: 3).Frames);
        Assert.Equal(3, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void AStripHoldsTheFramesInOrder()
    {
        using var folder = new TemporaryFolder();
        byte[] rgb = Waves(5, 4, 6);
        Media.WriteStrip(folder["strip.png"], rgb, 5, 4, 6, columns: 3);
        var strip = Media.ReadPicture(folder["strip.png"]);
        Assert.Equal((18, 8), (strip.Width, strip.Height));
        int frame = 4, x = 2, y = 3, at = ((4 + y) * 18 + 6 + x) * 4;
        Assert.True(strip.Rgba.AsSpan(at, 3).SequenceEqual(rgb.AsSpan(((frame * 4 + y) * 6 + x) * 3, 3)));
    }

    [Fact]
    public void BadVideosAndPlacesAreNamed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["text.mp4"], "no video");
        // A playlist must not make ffmpeg open what it names over the network.
        File.WriteAllText(folder["list.m3u8"], "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n");
        foreach (string name in (string[])["text.mp4", "list.m3u8", "absent.mp4"])
            Assert.StartsWith(folder[name], Assert.Throws<InputException>(() => Media.ReadVideo(folder[name])).Message);
        string target = Path.Combine(folder["text.mp4"], "below-a-file.mp4");
        Assert.Throws<InputException>(() => Media.WriteMp4(target, Waves(2, 8, 8), 2, 8, 8, 10));
        Assert.Equal("no video", File.ReadAllText(folder["text.mp4"]));
    }

    private static byte[] Waves(int frames, int height, int width)
    {
        var rgb = new byte[frames * height * width * 3];
        for (int i = 0; i < rgb.Length; i++)
        {
            int p = i / 3, x = p % width, y = p / width % height, t = p / width / height;
            rgb[i] = (byte)(128 + 60 * Math.Sin(0.2 * x + 0.3 * t + i % 3) + 50 * Math.Sin(0.15 * y - 0.2 * t));
        }

        return rgb;
    }
}
