namespace AniSora.Kernels.Tests;

public class MaskFoldTests
{
    [Theory]
    [InlineData(24, 16, 3, 2)]
    [InlineData(64, 40, 8, 5)]
    [InlineData(50, 37, 7, 5)]
    [InlineData(9, 9, 9, 9)]
    [InlineData(5, 3, 1, 2)]
    public void FoldingIsTheAreaMeanOfTheFramesOfAStep(int width, int height, int across, int down)
    {
        const int frames = 9, steps = 3;
        byte[] mask = Samples.Bytes(width, frames * width * height);
        foreach (byte? threshold in new byte?[] { null, 1, 200 })
        {
            float[] folded = MaskFold.Fold(mask, width, height, across, down, threshold);
            Assert.Equal(4 * steps * across * down, folded.Length);
            for (int i = 0; i < folded.Length; i++)
            {
                int x = i % across, y = i / across % down, step = i / (across * down) % steps, channel = i / (across * down * steps);
                int frame = step == 0 ? 0 : 4 * (step - 1) + 1 + channel;
                Assert.Equal(Mean(mask.AsSpan(frame * width * height), width, height, x, y, across, down, threshold), folded[i], 1e-5);
            }
        }
    }

    [Fact]
    public void WhollyInsideIsExactlyOneAndOutsideExactlyZero()
    {
        foreach (var (width, across) in new[] { (17, 5), (64, 8), (1000, 333) })
        {
            Assert.All(MaskFold.Pool([.. Enumerable.Repeat((byte)1, width * width)], width, width, across, across), v => Assert.Equal(1, v));
            Assert.All(MaskFold.Pool(new byte[width * width], width, width, across, across, threshold: null), v => Assert.Equal(0, v));
        }
    }

    [Fact]
    public void WhatDoesNotFoldIsRefused()
    {
        Assert.Throws<ArgumentException>(() => MaskFold.Fold(new byte[8 * 4], 2, 2, 1, 1));
        Assert.Throws<ArgumentException>(() => MaskFold.Fold(new byte[7], 2, 2, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => MaskFold.Fold(new byte[4], 2, 2, 3, 1));
    }

    /// <summary>The mean over a cell, pixels on its border by the area that they share with it.</summary>
    private static double Mean(ReadOnlySpan<byte> frame, int width, int height, int x, int y, int across, int down, byte? threshold)
    {
        double left = (double)x * width / across, right = (x + 1.0) * width / across, top = (double)y * height / down, bottom = (y + 1.0) * height / down, sum = 0;
        for (int v = 0; v < height; v++)
        {
            for (int u = 0; u < width; u++)
            {
                double share = Math.Max(0, Math.Min(right, u + 1) - Math.Max(left, u)) * Math.Max(0, Math.Min(bottom, v + 1) - Math.Max(top, v));
                byte value = frame[v * width + u];
                sum += share * (threshold is null ? value / 255.0 : value >= threshold ? 1 : 0);
            }
        }

        return sum / ((right - left) * (bottom - top));
    }
}
