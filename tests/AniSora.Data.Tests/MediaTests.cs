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
    public void FittedShowsAll()
    {
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

    [Theory]
    // Black, transparent white, and colours; 255 is inside.
    [InlineData(new byte[] { 0, 0, 0, 255, 255, 255, 255, 0, 255, 0, 0, 255, 0, 0, 40, 255 }, new byte[] { 0, 0, 255, 255 })]
    [InlineData(new byte[] { 0, 0, 0, 255, 1, 1, 1, 255, 1, 1, 1, 255, 0, 0, 0, 255 }, new byte[] { 0, 255, 255, 0 })]
    [InlineData(new byte[] { 90, 90, 90, 127, 90, 90, 90, 128, 255, 255, 255, 255, 0, 0, 0, 0 }, new byte[] { 0, 255, 255, 0 })]
    public void AMaskIsWhatIsPaintedInAnyColour(byte[] rgba, byte[] inside)
    {
        using var folder = new TemporaryFolder();
        Media.WritePng(folder["mask.png"], rgba, 1, 4, 4);
        Assert.Equal(inside, Media.ReadPicture(folder["mask.png"]).Mask(4, 1));
        // Twice as large, each pixel is four.
        Assert.Equal([.. inside.SelectMany(v => new[] { v, v }), .. inside.SelectMany(v => new[] { v, v })], Media.ReadPicture(folder["mask.png"]).Mask(8, 2));
    }

    [Fact]
    public void MasksOfAnotherSizeAreScaledAsKeyFramesAre()
    {
        using var folder = new TemporaryFolder();
        // The left half of a wide picture is painted.
        var mask = new byte[192 * 64];
        for (int i = 0; i < mask.Length; i++)
            mask[i] = (byte)(i % 192 < 96 ? 200 : 0);
        Media.WritePng(folder["wide.png"], mask, 64, 192, 1);
        byte[] cover = Media.ReadPicture(folder["wide.png"]).Mask(32, 32), contain = Media.ReadPicture(folder["wide.png"]).Mask(32, 32, Fit.Contain), stretch = Media.ReadPicture(folder["wide.png"]).Mask(32, 32, Fit.Stretch);
        for (int i = 0; i < 32 * 32; i++)
        {
            int x = i % 32, y = i / 32;
            Assert.Equal(x < 16 ? 255 : 0, cover[i]);
            Assert.Equal(x < 16 ? 255 : 0, stretch[i]);
            // 192×64 becomes 32 × 10⅔, in the middle.
            if (y is not (10 or 21))
                Assert.Equal(x < 16 && y is > 10 and < 21 ? 255 : 0, contain[i]);
        }
        // A JPEG's traces beside what was painted are not painted.
        Ffmpeg.Run("ffmpeg", ["-v", "error", "-i", folder["wide.png"], "-q:v", "12", folder["wide.jpg"]], null, null);
        Assert.Equal(cover, Media.ReadPicture(folder["wide.jpg"]).Mask(32, 32));
    }

    [Theory]
    [InlineData("m-red.png")]
    [InlineData("m-01.png")]
    public void MasksOfAnyPaintHaveARegion(string name)
    {
        byte[] mask = Media.ReadPicture(Path.Combine(AppContext.BaseDirectory, "fixtures", "cases", name)).Mask(64, 64);
        Assert.InRange(mask.Count(v => v == 255), 64, 64 * 63);
        Assert.All(mask, v => Assert.True(v is 0 or 255));
    }

    [Theory]
    [InlineData("a.tif", "tiff")]
    [InlineData("a.avif", "avif")]
    [InlineData("a.bmp", "bmp")]
    public void FormatsOfOtherProgramsAreRead(string name, string format)
    {
        using var folder = new TemporaryFolder();
        Ffmpeg.Run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x48", "-frames:v", "1", .. name.EndsWith("avif", StringComparison.Ordinal) ? (string[])["-c:v", "libaom-av1", "-still-picture", "1", "-crf", "5"] : [], folder[name]], null, null);
        Ffmpeg.Run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x48", "-frames:v", "1", folder["a.png"]], null, null);
        Assert.Equal(new PictureHeader(format, 64, 48, false), PictureHeader.ReadFile(folder[name]));
        var (picture, exact) = (Media.ReadPicture(folder[name]), Media.ReadPicture(folder["a.png"]));
        Assert.Equal((64, 48), (picture.Width, picture.Height));
        Assert.InRange(picture.Rgba.Zip(exact.Rgba).Average(p => Math.Abs(p.First - p.Second)), 0, format == "avif" ? 8 : 0);
        byte[] bytes = File.ReadAllBytes(folder[name]);
        File.WriteAllBytes(folder["cut"], bytes[..(bytes.Length / 3)]);
        Assert.StartsWith(folder["cut"], Assert.Throws<InputException>(() => Media.ReadPicture(folder["cut"])).Message);
    }

    [Fact]
    public void TiffAndAvifStandUpright()
    {
        using var folder = new TemporaryFolder();
        string corners = "color=red:s=64x32,drawbox=x=32:w=32:h=16:color=lime:t=fill,drawbox=y=16:w=32:h=16:color=blue:t=fill,drawbox=x=32:y=16:w=32:h=16:color=white:t=fill,format=";
        void Make(string name, string pixels, params string[] options) => Ffmpeg.Run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", corners + pixels, "-frames:v", "1", .. options, folder[name]], null, null);
        Make("a.tif", "rgb24", "-compression_algo", "raw");
        Make("a.avif", "yuv444p", "-c:v", "libaom-av1", "-still-picture", "1", "-crf", "5");
        byte[] tiff = File.ReadAllBytes(folder["a.tif"]), avif = File.ReadAllBytes(folder["a.avif"]);
        // Stored are red, green, blue and white; as Exif and HEIF (turns against the clock, then a mirror) have it.
        foreach (var (orientation, turns, mirror, seen) in new[]
        {
            (1, 0, -1, "rgbw"), (2, 0, 1, "grwb"), (3, 2, -1, "wbgr"), (4, 0, 0, "bwrg"), (5, 1, 0, "rbgw"), (6, 3, -1, "brwg"), (7, 1, 1, "wgbr"), (8, 1, -1, "gwrb"), (7, 3, 0, "wgbr"), (4, 2, 1, "bwrg"),
        })
        {
            File.WriteAllBytes(folder["b.tif"], WithOrientation(tiff, orientation));
            File.WriteAllBytes(folder["b.avif"], WithProperties(avif, turns, mirror));
            foreach (string path in new[] { folder["b.tif"], folder["b.avif"] })
            {
                var (header, picture) = (PictureHeader.ReadFile(path), Media.ReadPicture(path));
                Assert.Equal((orientation >= 5 ? (32, 64) : (64, 32), seen), ((picture.Width, picture.Height), SeenAtCorners(picture)));
                Assert.Equal((picture.Width, picture.Height, orientation), (header.Width, header.Height, header.Orientation));
            }
        }
    }

    [Fact]
    public void AvifThatWouldLookDifferentIsRefused()
    {
        using var folder = new TemporaryFolder();
        Ffmpeg.Run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x48", "-frames:v", "1", "-c:v", "libaom-av1", "-still-picture", "1", folder["a.avif"]], null, null);
        byte[] avif = File.ReadAllBytes(folder["a.avif"]);
        // The second image's type, as writers of transparency put it; nothing points to it.
        File.WriteAllBytes(folder["alpha.avif"], [.. avif, 0, 0, 0, 64, .. "auxC\0\0\0\0urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"u8]);
        Assert.Contains("is transparent in places", Assert.Throws<InputException>(() => Media.ReadPicture(folder["alpha.avif"])).Message);
        // A grid of tiles is an image of its own size.
        File.WriteAllBytes(folder["tiles.avif"], [.. avif, 0, 0, 0, 20, .. "ispe"u8, 0, 0, 0, 0, 0, 0, 0, 128, 0, 0, 0, 96]);
        Assert.Contains("has 128×96 pixels, of which 64×48 can be decoded", Assert.Throws<InputException>(() => Media.ReadPicture(folder["tiles.avif"])).Message);
    }

    // In a little-endian TIFF file: the orientation instead of the program's name, which comes last; entries go by their tags.
    private static byte[] WithOrientation(byte[] tiff, int orientation)
    {
        int first = BitConverter.ToInt32(tiff, 4) + 2, entries = BitConverter.ToUInt16(tiff, first - 2);
        var directory = tiff.AsSpan(first, 12 * entries).ToArray().Chunk(12).ToList();
        Assert.Equal(305, BitConverter.ToUInt16(directory[^1]));
        directory[^1] = [18, 1, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0];
        return [.. tiff[..first], .. directory.OrderBy(entry => BitConverter.ToUInt16(entry)).SelectMany(entry => entry), .. tiff[(first + 12 * entries)..]];
    }

    // Properties that no table points to: they are looked for by name.
    private static byte[] WithProperties(byte[] avif, int turns, int mirror) =>
        [.. avif, .. turns > 0 ? [0, 0, 0, 9, .. "irot"u8, (byte)turns] : Array.Empty<byte>(), .. mirror >= 0 ? [0, 0, 0, 9, .. "imir"u8, (byte)mirror] : Array.Empty<byte>()];

    private static string SeenAtCorners(Picture picture) => string.Concat(new[] { (4, 4), (picture.Width - 5, 4), (4, picture.Height - 5), (picture.Width - 5, picture.Height - 5) }
        .Select(p => picture.Rgba.AsSpan(4 * (p.Item2 * picture.Width + p.Item1), 3) switch
        {
            [> 200, > 200, > 200] => 'w',
            [> 200, < 60, < 60] => 'r',
            [< 60, > 200, < 60] => 'g',
            [< 60, < 60, > 200] => 'b',
            _ => '?',
        }));

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
            var e = Assert.Throws<InputException>(() => Media.ReadPicture(path));
            Assert.StartsWith(path, e.Message);
            Assert.DoesNotContain('\n', e.Message);
        }
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
