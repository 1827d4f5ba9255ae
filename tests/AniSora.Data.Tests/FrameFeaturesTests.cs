using AniSora.Kernels;

namespace AniSora.Data.Tests;

public class FrameFeaturesTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void BrightnessIsRec601Rounded(int channels)
    {
        // An odd number of pixels, for the rest of the loop.
        var pixels = new byte[channels * 1001];
        new Random(channels).NextBytes(pixels);
        var luma = new byte[1001];
        FrameFeatures.Luma(pixels, channels, luma);
        for (int i = 0; i < luma.Length; i++)
            Assert.Equal(Math.Round((77 * pixels[i * channels] + 150 * pixels[i * channels + 1] + 29 * pixels[i * channels + 2]) / 256.0, MidpointRounding.AwayFromZero), luma[i]);
    }

    [Fact]
    public void DifferencesAreMeansOverBytes()
    {
        var random = new Random(1);
        byte[] a = new byte[70_001], b = new byte[70_001];
        random.NextBytes(a);
        random.NextBytes(b);
        Assert.Equal(a.Zip(b).Average(p => Math.Abs(p.First - p.Second)), FrameFeatures.MeanAbsDifference(a, b), 9);
        Assert.Equal(255, FrameFeatures.MeanAbsDifference([.. Enumerable.Repeat((byte)255, 40_000)], new byte[40_000]));
    }

    [Fact]
    public void WrongSizesAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => FrameFeatures.Luma(new byte[4], 2, new byte[2]));
        Assert.Throws<ArgumentException>(() => FrameFeatures.Luma(new byte[6], 3, new byte[3]));
        Assert.Throws<ArgumentException>(() => FrameFeatures.MeanAbsDifference(new byte[6], new byte[5]));
    }
}
