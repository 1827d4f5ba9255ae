using AniSora.Data;

namespace AniSora.Cli.Tests;

public class FlowCommandTests
{
    [Fact]
    public async Task TwoPicturesBecomeAFlowFileAndItsPicture()
    {
        using var folder = new TemporaryFolder();
        WritePicture(folder["a 1.png"], 0, 96);
        WritePicture(folder["b.png"], 3, 96);
        var result = await CliRunner.RunAsync("data", "flow", folder["a 1.png"], folder["b.png"], "--out", folder["f.flo"], "--picture", folder["f.png"]);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(folder["f.flo"], result.Output.Trim());
        var field = FloFile.Read(folder["f.flo"]);
        Assert.Equal((96, 64), (field.Width, field.Height));
        Assert.Equal(3, field.U.Average(), 0.2f);
        Assert.Equal(0, field.V.Average(), 0.1f);
        var picture = Media.ReadPicture(folder["f.png"]);
        Assert.Equal((96, 64), (picture.Width, picture.Height));
    }

    [Fact]
    public async Task PicturesOfTwoSizesAreRefused()
    {
        using var folder = new TemporaryFolder();
        WritePicture(folder["a.png"], 0, 96);
        WritePicture(folder["b.png"], 0, 80);
        var result = await CliRunner.RunAsync("data", "flow", folder["a.png"], folder["b.png"], "--out", folder["f.flo"]);
        result.AssertBadInput("b.png", "80×64", "one size");
        Assert.False(File.Exists(folder["f.flo"]));
    }

    /// <summary>Waves in both directions, shifted to the right.</summary>
    private static void WritePicture(string path, double shift, int width)
    {
        const int height = 64;
        var rgb = new byte[3 * width * height];
        for (int i = 0; i < width * height; i++)
        {
            double x = i % width - shift, y = i / width;
            rgb.AsSpan(3 * i, 3).Fill((byte)(128 + 35 * Math.Sin(0.21 * x + 0.09 * y) + 30 * Math.Sin(-0.11 * x + 0.24 * y + 1) + 25 * Math.Sin(0.15 * x - 0.19 * y + 2) + 30 * Math.Sin(0.07 * x + 0.05 * y)));
        }

        Media.WritePng(path, rgb, height, width);
    }
}
