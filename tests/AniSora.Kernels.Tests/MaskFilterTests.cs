namespace AniSora.Kernels.Tests;

public class MaskFilterTests
{
    [Theory]
    [MemberData(nameof(Samples.Sizes), MemberType = typeof(Samples))]
    public void DilationIsTheMaximumOverASquare(int frames, int width, int height)
    {
        byte[] mask = Samples.Bytes(frames + width, frames * width * height);
        foreach (int radius in new[] { 0, 1, 2, 5 })
        {
            byte[] grown = MaskMorphology.Dilate(mask, width, height, radius);
            for (int i = 0; i < mask.Length; i += 1 + mask.Length / 3000)
            {
                int x = i % width, y = i / width % height, frame = i / (width * height) * width * height, highest = 0;
                for (int v = Math.Max(0, y - radius); v <= Math.Min(height - 1, y + radius); v++)
                {
                    for (int u = Math.Max(0, x - radius); u <= Math.Min(width - 1, x + radius); u++)
                        highest = Math.Max(highest, mask[frame + v * width + u]);
                }

                Assert.Equal(highest, grown[i]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Samples.Sizes), MemberType = typeof(Samples))]
    public void ErosionIsDilationOfTheRest(int frames, int width, int height)
    {
        byte[] mask = Samples.Bytes(width, frames * width * height), rest = [.. mask.Select(v => (byte)(255 - v))];
        foreach (int radius in new[] { 1, 4, 100, int.MaxValue })
        {
            byte[] expected = [.. MaskMorphology.Dilate(rest, width, height, radius).Select(v => (byte)(255 - v))];
            Assert.Equal(expected, MaskMorphology.Erode(mask, width, height, radius));
        }
    }

    [Fact]
    public void TwoDilationsAreOneOfBothRadii()
    {
        byte[] mask = Samples.Mask(1, 1, 300, 270);
        Assert.Equal(MaskMorphology.Dilate(mask, 300, 270, 11), MaskMorphology.Dilate(MaskMorphology.Dilate(mask, 300, 270, 4), 300, 270, 7));
    }

    [Fact]
    public void DilationGrowsASquareAndStopsAtTheEdge()
    {
        var mask = new byte[9 * 7];
        mask[3 * 9 + 4] = 200;
        Assert.Equal(25, MaskMorphology.Dilate(mask, 9, 7, 2).Count(v => v == 200));
        Assert.Equal(63, MaskMorphology.Dilate(mask, 9, 7, 20).Count(v => v == 200));
        Assert.Equal(mask, MaskMorphology.Dilate(mask, 9, 7, 0));
    }

    [Fact]
    public void UnionAndMovingLookOverTime()
    {
        byte[] alpha = [0, 10, 255, 255, 0, 40, 255, 0];
        Assert.Equal([0, 255, 255, 255], MaskFrames.Union(alpha, 2, 20));
        Assert.Equal([0, 0, 0, 255], MaskFrames.Moving(alpha, 2));
        Assert.Throws<ArgumentException>(() => MaskFrames.Union(alpha, 3));
        byte[] many = Samples.Bytes(4, 7 * 50_021);
        byte[] union = MaskFrames.Union(many, 7, 230), moving = MaskFrames.Moving(many, 7, 230);
        for (int i = 0; i < union.Length; i++)
        {
            var values = Enumerable.Range(0, 7).Select(t => many[t * union.Length + i]);
            Assert.Equal((values.Max() >= 230, values.Max() - values.Min() >= 230), (union[i] == 255, moving[i] == 255));
        }
    }

    [Theory]
    [InlineData(0.4)]
    [InlineData(3)]
    [InlineData(21.5)]
    public void AGaussianIsWithinALevelOfRealNumbers(double sigma)
    {
        const int width = 90, height = 75;
        byte[] mask = Samples.Mask(5, 1, width, height), soft = MaskFeather.Gaussian(mask, width, height, sigma);
        int radius = (int)Math.Ceiling(3 * sigma);
        double[] bell = [.. Enumerable.Range(-radius, 2 * radius + 1).Select(k => Math.Exp(-k * k / (2 * sigma * sigma)))];
        double[] rows = Blur([.. mask.Select(v => (double)v)], (x, y, k) => y * width + Math.Clamp(x + k, 0, width - 1));
        double[] truth = Blur(rows, (x, y, k) => Math.Clamp(y + k, 0, height - 1) * width + x);
        for (int i = 0; i < mask.Length; i++)
            Assert.InRange(soft[i] - truth[i], -1, 1);

        double[] Blur(double[] values, Func<int, int, int, int> at) => [.. Enumerable.Range(0, values.Length).Select(i =>
            Enumerable.Range(0, bell.Length).Sum(k => bell[k] * values[at(i % width, i / width, k - radius)]) / bell.Sum())];
    }

    [Fact]
    public void FeatheringLeavesPlainMasksAndNothingAlone()
    {
        byte[] plain = [.. Enumerable.Repeat((byte)77, 130 * 40)], mask = Samples.Mask(2, 1, 130, 40);
        Assert.Equal(plain, MaskFeather.Gaussian(plain, 130, 40, 30));
        Assert.Equal(mask, MaskFeather.Gaussian(mask, 130, 40, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => MaskFeather.Gaussian(mask, 130, 40, double.NaN));
    }

    [Fact]
    public void ThreadsDoNotMatter()
    {
        byte[] mask = Samples.Mask(9, 3, 517, 401);
        Assert.Equal(MaskMorphology.Dilate(mask, 517, 401, 9, threads: 1), MaskMorphology.Dilate(mask, 517, 401, 9, threads: 5));
        Assert.Equal(MaskFeather.Gaussian(mask, 517, 401, 4, threads: 1), MaskFeather.Gaussian(mask, 517, 401, 4, threads: 5));
        Assert.Equal(MaskFold.Pool(mask, 517, 401, 64, 50, threads: 1), MaskFold.Pool(mask, 517, 401, 64, 50, threads: 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => MaskFrames.Union(mask, 3, threads: -1));
    }
}
