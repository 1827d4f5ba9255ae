using AniSora.Data;
using AniSora.Display;
using AniSora.Pictures;

namespace AniSora.Browser.Tests;

/// <summary>Outputs that stay in a repository: fewer colours.</summary>
public sealed class LightPictureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("anisora-png-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Fewer_colours_look_alike_and_take_fewer_bytes()
    {
        // A soft picture with thousands of colours, and a flat patch that must stay as it is.
        var random = new Random(5);
        var pixels = new byte[2 * 48 * 64 * 4];
        for (int i = 0; i < pixels.Length; i += 4)
        {
            int x = i / 4 % 64, y = i / 4 / 64 % 48;
            bool patch = x < 16 && y < 16;
            (pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]) = patch ? ((byte)200, (byte)10, (byte)20, (byte)77)
                : ((byte)(60 + 2 * x + random.Next(6)), (byte)(90 + y + random.Next(6)), (byte)(150 - y + random.Next(6)), (byte)255);
        }
        var video = new VideoFrames(pixels, 2, 48, 64);
        var light = video.Reduced(64);
        Assert.InRange(Colours(light), 32, 64);
        Assert.Equal(light.Pixels, video.Reduced(64).Pixels);
        Assert.Equal([200, 10, 20, 77], light.Pixels[..4]);
        double error = Math.Sqrt(pixels.Zip(light.Pixels).Average(p => Math.Pow(p.First - p.Second, 2)));
        Assert.InRange(error, 0.5, 6);
        Assert.InRange(Png.Encode(light.Pixels, 64, 96, 4).Length, 1, Png.Encode(pixels, 64, 96, 4).Length / 2);
        // Few colours already: nothing to do.
        Assert.Equal(light.Pixels, light.Reduced(64).Pixels);
        Assert.Throws<ArgumentOutOfRangeException>(() => video.Reduced(1));
    }

    [Fact]
    public void A_file_gets_lighter_and_one_that_is_damaged_is_left_alone()
    {
        var walker = SampleDemo.Walker(1);
        string file = Path.Combine(_folder, "samples.png");
        var random = new Random(6);
        byte[] noisy = [.. walker.Pixels.Select(p => (byte)Math.Clamp(p + random.Next(-9, 10), 0, 255))];
        Media.WritePng(file, noisy, 17 * 64, 64);
        byte[] png = File.ReadAllBytes(file), light = ColourReduction.Lighter(png, 128);
        Assert.InRange(light.Length, 1, png.Length / 2);
        byte[] rgb = Read(light).Over();
        Assert.InRange(Math.Sqrt(noisy.Zip(rgb).Average(p => Math.Pow(p.First - p.Second, 2))), 1, 12);

        foreach (int length in new[] { 0, 20, 60, png.Length / 2, png.Length - 30 })
            Assert.Equal(png[..length], ColourReduction.Lighter(png[..length], 128));
        byte[] spoilt = [.. png];
        spoilt.AsSpan(60, 40).Fill(255);
        Assert.Equal(spoilt, ColourReduction.Lighter(spoilt, 128));
    }

    private static int Colours(VideoFrames video) =>
        Enumerable.Range(0, video.Pixels.Length / video.Channels).Select(i => (video.Pixels[i * video.Channels], video.Pixels[i * video.Channels + 1], video.Pixels[i * video.Channels + 2])).Distinct().Count();

    private Data.Picture Read(byte[] png)
    {
        string file = Path.Combine(_folder, "picture.png");
        File.WriteAllBytes(file, png);
        return Media.ReadPicture(file);
    }
}
