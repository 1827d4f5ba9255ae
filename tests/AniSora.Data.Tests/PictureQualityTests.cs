using AniSora.Kernels;

namespace AniSora.Data.Tests;

public class PictureQualityTests
{
    private static byte[] Draw(int width, int height, Func<int, int, (byte R, byte G, byte B, byte A)> colour)
    {
        var rgba = new byte[4 * width * height];
        for (int y = 0, p = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++, p += 4)
                (rgba[p], rgba[p + 1], rgba[p + 2], rgba[p + 3]) = colour(x, y);
        }
        return rgba;
    }

    private static (byte, byte, byte, byte) Grey(double v) => ((byte)v, (byte)v, (byte)v, 255);

    private static byte[] Noise(int width, int height, int seed)
    {
        var random = new Random(seed);
        return Draw(width, height, (_, _) => ((byte)random.Next(40, 200), (byte)random.Next(40, 200), (byte)random.Next(40, 200), 255));
    }

    [Fact]
    public void AFlatPictureHasNoFeature()
    {
        var quality = PictureQuality.Of(Draw(37, 21, (_, _) => Grey(100)), 37, 21);
        Assert.Equal(new PictureQuality(100, 0, 0, 0, 0, 1), quality with { Brightness = Math.Round(quality.Brightness, 3), Contrast = Math.Round(quality.Contrast, 2), Sharpness = Math.Round(quality.Sharpness, 3), Colourfulness = Math.Round(quality.Colourfulness, 2) });
    }

    [Fact]
    public void ContrastIsTheStandardDeviation() =>
        Assert.Equal(50, PictureQuality.Of(Draw(16, 16, (x, _) => Grey(x < 8 ? 50 : 150)), 16, 16).Contrast, 2);

    [Fact]
    public void SharpnessIsTheLaplaciansVariance()
    {
        // One bright pixel of 100 on black: the Laplacian is -400 there, 100 at its four neighbours, 0 elsewhere.
        const int side = 20;
        var quality = PictureQuality.Of(Draw(side, side, (x, y) => Grey((x, y) == (9, 11) ? 100 : 0)), side, side);
        Assert.Equal((400.0 * 400 + 4 * 100 * 100) / ((side - 2) * (side - 2)), quality.Sharpness, 1);
        // A blurred edge is less sharp than a hard one.
        Assert.True(PictureQuality.Of(Draw(40, 40, (x, _) => Grey(Math.Clamp(10 * (x - 10), 0, 200))), 40, 40).Sharpness
            < PictureQuality.Of(Draw(40, 40, (x, _) => Grey(x < 20 ? 0 : 200)), 40, 40).Sharpness);
    }

    [Fact]
    public void ColourfulnessFollowsThePapersFormula()
    {
        // Half red, half blue: rg is 255 and 0, yb 127.5 and -255.
        var quality = PictureQuality.Of(Draw(10, 10, (x, _) => x < 5 ? ((byte)255, (byte)0, (byte)0, (byte)255) : ((byte)0, (byte)0, (byte)255, (byte)255)), 10, 10);
        double deviation = Math.Sqrt(127.5 * 127.5 + 191.25 * 191.25), mean = Math.Sqrt(127.5 * 127.5 + 63.75 * 63.75);
        Assert.Equal(deviation + 0.3 * mean, quality.Colourfulness, 2);
        Assert.Equal(0, PictureQuality.Of(Draw(10, 10, (x, y) => Grey(10 * x + y)), 10, 10).Colourfulness, 2);
    }

    [Fact]
    public void BlocksOfEightShowAndOthersDoNot()
    {
        byte[] Blocks(int size, int seed)
        {
            var random = new Random(seed);
            var levels = Enumerable.Range(0, 1000).Select(_ => random.Next(60, 190)).ToArray();
            return Draw(64, 48, (x, y) => Grey(levels[y / size * 16 + x / size]));
        }
        Assert.True(PictureQuality.Of(Blocks(8, 1), 64, 48).Blockiness > 10);
        Assert.InRange(PictureQuality.Of(Blocks(7, 1), 64, 48).Blockiness, 0, 0.5);
        Assert.InRange(PictureQuality.Of(Noise(64, 48, 2), 64, 48).Blockiness, 0, 0.1);
    }

    [Fact]
    public void ExposureIsTheShareThatIsNotClipped() =>
        Assert.Equal(0.5, PictureQuality.Of(Draw(16, 16, (x, _) => Grey(x < 4 ? 0 : x < 8 ? 255 : 128)), 16, 16).Exposure, 6);

    [Fact]
    public void WhatIsTransparentDoesNotCount()
    {
        // The same figure over two kinds of nothing, and a picture of the figure alone.
        byte[] Figure(byte behind) => Draw(50, 40, (x, y) => x is >= 10 and < 40 && y is >= 10 and < 30
            ? ((byte)(3 * x), (byte)(5 * y), (byte)(2 * (x + y)), (byte)255)
            : (behind, behind, (byte)0, (byte)0));
        var alone = PictureQuality.Of(Draw(30, 20, (x, y) => ((byte)(3 * (x + 10)), (byte)(5 * (y + 10)), (byte)(2 * (x + y + 20)), (byte)255)), 30, 20);
        var first = PictureQuality.Of(Figure(0), 50, 40);
        Assert.Equal(first, PictureQuality.Of(Figure(255), 50, 40));
        Assert.Equal((alone.Brightness, alone.Contrast, alone.Colourfulness, alone.Exposure), (first.Brightness, first.Contrast, first.Colourfulness, first.Exposure));
        Assert.Equal(alone.Sharpness, first.Sharpness, 3);
        Assert.Equal(default, PictureQuality.Of(new byte[4 * 9], 3, 3));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 5)]
    [InlineData(3, 3)]
    [InlineData(9, 2)]
    [InlineData(131, 77)]
    public void AnySizeWillDo(int width, int height)
    {
        var quality = PictureQuality.Of(Noise(width, height, 5), width, height);
        Assert.InRange(quality.Exposure, 0, 1);
        Assert.True(double.IsFinite(quality.Sharpness) && double.IsFinite(quality.Blockiness) && double.IsFinite(quality.Colourfulness));
        Assert.Throws<ArgumentException>(() => PictureQuality.Of(new byte[4 * width * height + 1], width, height));
    }
}
