namespace AniSora.Data.Tests;

public class PngDecoderTests
{
    [Theory]
    [InlineData("rgba", 31)]
    [InlineData("rgb24", 33)]
    [InlineData("pal8", 37)]
    [InlineData("monob", 35)]
    public void PixelsAreThoseThatFfmpegReads(string format, int width)
    {
        using var folder = new TemporaryFolder();
        string path = folder["a.png"];
        // Every filter type occurs: "mixed" chooses one for each line.
        Ffmpeg.Run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", $"testsrc2=s={width}x29,format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='8*X'", "-frames:v", "1", "-pix_fmt", format, "-pred", "mixed", path], null, null);
        var decoded = PngDecoder.TryRead(File.ReadAllBytes(path));
        // Black and white is grey, which is left to ffmpeg.
        if (format == "monob")
            Assert.Null(decoded);
        else
            Assert.Equal(Media.ReadPicture(path).Rgba, decoded!.Rgba);
    }

    [Fact]
    public void RealSpritesAreThoseThatFfmpegReads()
    {
        string[] sprites = [.. new[] { "frozen-bubble", "tuxfootball" }.SelectMany(f => Directory.GetFiles(SmallDataset.Sprites(f), "*1.png", SearchOption.AllDirectories))];
        Assert.NotEmpty(sprites);
        foreach (string sprite in sprites)
            Assert.Equal(Media.ReadPicture(sprite).Rgba, PngDecoder.TryRead(File.ReadAllBytes(sprite))!.Rgba);
    }

    [Fact]
    public void NoDamagedByteCrashesTheDecoder()
    {
        byte[] bytes = File.ReadAllBytes(Directory.GetFiles(SmallDataset.Sprites("frozen-bubble"), "*.png")[0]);
        for (int i = 0; i < bytes.Length; i += 3)
        {
            byte[] damaged = [.. bytes];
            damaged[i] ^= 0x55;
            Assert.Null(PngDecoder.TryRead(damaged));
            Assert.Null(PngDecoder.TryRead(bytes[..i]));
        }
    }
}
