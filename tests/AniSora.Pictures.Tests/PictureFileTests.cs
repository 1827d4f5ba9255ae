using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Hashing;

namespace AniSora.Pictures.Tests;

public sealed class PictureFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("rgba", 31)]
    [InlineData("rgb24", 33)]
    [InlineData("pal8", 37)]
    [InlineData("monob", 35)]
    [InlineData("gray", 35)]
    [InlineData("ya8", 35)]
    [InlineData("rgba64be", 35)]
    public void Every_kind_of_PNG_has_the_pixels_that_ffmpeg_reads(string format, int width)
    {
        // Every filter type occurs: "mixed" chooses one for each line.
        byte[] file = Make("a.png", $"testsrc2=s={width}x29,format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='8*X'", "-pix_fmt", format, "-pred", "mixed");
        byte[] theirs = Raw("a.png"), ours = PngTests.Decode(file).Rgba;
        // 16 bits are cut by one and rounded by the other.
        int most = format == "rgba64be" ? 1 : 0;
        Assert.Equal(theirs.Length, ours.Length);
        Assert.All(theirs.Zip(ours), p => Assert.InRange(p.Second, p.First - most, p.First + most));
    }

    [Theory]
    [InlineData("a.jpg", "jpeg", 12)]
    [InlineData("a.bmp", "bmp", 0)]
    [InlineData("a.webp", "webp", 12)]
    [InlineData("a.gif", "gif", 0)]
    public void Other_formats_look_as_ffmpeg_shows_them(string name, string format, double most)
    {
        byte[] file = Make(name, "testsrc=s=64x48", name == "a.webp" ? ["-c:v", "libwebp"] : []);
        using var picture = PictureFile.TryOpen(file)!;
        Assert.Equal((format, 64, 48, false), (picture.Format, picture.Width, picture.Height, picture.HasAlpha));
        Assert.InRange(Raw(name).Zip(picture.Decode()).Average(p => Math.Abs(p.First - p.Second)), 0, most);
    }

    [Fact]
    public void Pictures_stand_upright_in_every_format()
    {
        string source = "color=red:s=64x32,drawbox=x=32:w=32:h=16:color=lime:t=fill,drawbox=y=16:w=32:h=16:color=blue:t=fill,drawbox=x=32:y=16:w=32:h=16:color=white:t=fill,format=rgb24";
        byte[] png = Make("a.png", source), jpeg = Make("a.jpg", source), webp = Make("a.webp", source, "-c:v", "libwebp");
        // Corner colours, read in rows from the upper left; stored are red, green, blue and white.
        foreach (var (orientation, corners) in new[] { "rgbw", "rgbw", "grwb", "wbgr", "bwrg", "rbgw", "brwg", "wgbr", "gwrb", "rgbw" }.Index())
        {
            byte[] exif = [.. "MM\0*\0\0\0\u0008\0\u0001\u0001\u0012\0\u0003\0\0\0\u0001\0"u8, (byte)orientation, 0, 0, 0, 0, 0, 0];
            foreach (byte[] file in new[] { [.. png[..33], .. PngChunk("eXIf"u8, exif), .. png[33..]], [.. png[..^12], .. PngChunk("eXIf"u8, exif), .. png[^12..]], WithExif(webp, exif), JpegWithExif(jpeg, exif) })
                Assert.Equal((orientation is >= 5 and <= 8 ? (32, 64) : (64, 32), corners), Corners(file));
        }
    }

    private static ((int Width, int Height), string Colours) Corners(byte[] file)
    {
        var (width, height, rgba) = PngTests.Decode(file);
        var seen = new[] { (1, 1), (width - 2, 1), (1, height - 2), (width - 2, height - 2) }.Select(p => rgba.AsSpan(4 * (p.Item2 * width + p.Item1), 3) switch
        {
            [> 200, > 200, > 200] => 'w',
            [> 200, < 60, < 60] => 'r',
            [< 60, > 200, < 60] => 'g',
            [< 60, < 60, > 200] => 'b',
            _ => '?',
        });
        return ((width, height), string.Concat(seen));
    }

    [Fact]
    public void A_picture_made_elsewhere_is_turned_round()
    {
        byte[] file = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "fixtures", "exif3.png")), without = [.. file];
        "xxXx"u8.CopyTo(without.AsSpan(file.AsSpan().IndexOf("eXIf"u8)));
        byte[] turned = PngTests.Decode(file).Rgba, stored = PngTests.Decode(WithRightSum(without)).Rgba;
        Assert.Equal(stored.Chunk(4).Reverse().SelectMany(p => p), turned);
        Assert.NotEqual(stored, turned);
    }

    [Fact]
    public void A_damaged_byte_crashes_nothing_and_a_cut_is_found()
    {
        byte[] file = Make("a.png", "testsrc2=s=40x30");
        for (int i = 0; i < file.Length; i += 3)
        {
            byte[] damaged = [.. file];
            damaged[i] ^= 0x55;
            Try(damaged);
            // The last 20 bytes are sums and the end mark: all pixels are there.
            Assert.False(i < file.Length - 20 && Try(file[..i]), $"cut at {i}");
        }
        foreach (byte[] whole in new[] { Make("a.jpg", "testsrc2=s=40x30"), Make("a.webp", "testsrc2=s=40x30", "-c:v", "libwebp"), Make("a.bmp", "testsrc2=s=40x30") })
            Assert.False(Try(whole[..(whole.Length / 2)]));
        byte[] pixels = [.. file];
        pixels.AsSpan(pixels.AsSpan().IndexOf("IDAT"u8) + 40, 20).Clear();
        Assert.False(Try(pixels));

        static bool Try(byte[] bytes)
        {
            using var picture = PictureFile.TryOpen(bytes);
            return picture is not null && Record.Exception(() => picture.Decode()) is var e && (e is null ? true : Assert.IsType<InvalidDataException>(e) is null);
        }
    }

    [Fact]
    public void Huge_pictures_are_refused_before_memory_is_taken()
    {
        byte[] file = Make("a.png", "testsrc2=s=40x30");
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), 20_000);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), 20_000);
        using var picture = PictureFile.TryOpen(WithRightSum(file))!;
        Assert.Equal((20_000, 20_000), (picture.Width, picture.Height));
        Assert.Contains("20000×20000", Assert.Throws<InvalidDataException>(() => picture.Decode()).Message);
    }

    [Fact]
    public void What_is_no_picture_is_none()
    {
        Assert.Null(PictureFile.TryOpen([]));
        Assert.Null(PictureFile.TryOpen("hello, I am not a picture"u8));
        Assert.Null(PictureFile.TryOpen([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]));
        Assert.Null(TiffTags.Number("II*\0\u00FF\u00FF\u00FF\u007F"u8, 274));
    }

    private byte[] Make(string name, string source, params string[] options)
    {
        Run(["-f", "lavfi", "-i", source, "-frames:v", "1", .. options, "-y", _folder[name]]);
        return File.ReadAllBytes(_folder[name]);
    }

    private byte[] Raw(string name) => Run("-i", _folder[name], "-f", "rawvideo", "-pix_fmt", "rgba", "-");

    private static byte[] Run(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ffmpeg", ["-v", "error", "-nostdin", .. arguments]) { RedirectStandardOutput = true })!;
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.ToArray();
    }

    private static byte[] PngChunk(ReadOnlySpan<byte> type, byte[] content)
    {
        byte[] chunk = [0, 0, 0, 0, .. type, .. content, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc32.HashToUInt32(chunk.AsSpan(4, content.Length + 4)));
        return chunk;
    }

    // The sums of all chunks made right again.
    private static byte[] WithRightSum(byte[] png)
    {
        for (int at = 8; at < png.Length;)
        {
            int size = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(at + 8 + size), Crc32.HashToUInt32(png.AsSpan(at + 4, size + 4)));
            at += size + 12;
        }
        return png;
    }

    // A still WebP in its plain form becomes one with features: VP8X, the picture, EXIF.
    private static byte[] WithExif(byte[] webp, byte[] exif)
    {
        const byte exifFlag = 0x08;
        byte[] extended = [.. "VP8X"u8, 10, 0, 0, 0, exifFlag, 0, 0, 0, 63, 0, 0, 31, 0, 0], size = new byte[4], exifSize = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(exifSize, exif.Length);
        byte[] body = [.. "WEBP"u8, .. extended, .. webp[12..], .. "EXIF"u8, .. exifSize, .. exif];
        BinaryPrimitives.WriteInt32LittleEndian(size, body.Length);
        return [.. "RIFF"u8, .. size, .. body];
    }

    private static byte[] JpegWithExif(byte[] jpeg, byte[] exif)
    {
        byte[] content = [.. "Exif\0\0"u8, .. exif];
        return [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(content.Length + 2), .. content, .. jpeg[2..]];
    }
}
