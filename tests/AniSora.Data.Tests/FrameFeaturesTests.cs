using AniSora.Kernels;

namespace AniSora.Data.Tests;

public class FrameFeaturesTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void HsvIsOpenCvs(int channels)
    {
        // Every level of green with every fifth of the others, and an odd number of pixels for the rest of the loop.
        byte[][] colours = [.. from r in Enumerable.Range(0, 52) from g in Enumerable.Range(0, 256) from b in Enumerable.Range(0, 52) select new[] { (byte)(5 * r), (byte)g, (byte)(5 * b), (byte)77 }];
        colours = [.. colours, [1, 2, 3, 4], [255, 0, 7, 9], [9, 9, 9, 9]];
        byte[] pixels = [.. colours.SelectMany(c => c.Take(channels))];
        var hsv = new byte[3 * colours.Length];
        FrameFeatures.ToHsv(pixels, channels, hsv);
        for (int i = 0; i < colours.Length; i++)
        {
            var expected = OpenCv(colours[i][0], colours[i][1], colours[i][2]);
            var actual = (hsv[i], hsv[colours.Length + i], hsv[2 * colours.Length + i]);
            if (expected != actual)
                Assert.Fail($"{string.Join(',', colours[i])}: expected {expected}, got {actual}");
        }
    }

    [Fact]
    public void DifferencesAreMeansOverPixels()
    {
        byte[] black = new byte[3 * 1000], red = Filled(1000, 3, 200, 0, 0), blue = Filled(1000, 3, 0, 0, 100);
        Assert.Equal((0.0, 255.0, 200.0), FrameFeatures.MeanHsvDifference(black, red, 3));
        Assert.Equal((120.0, 0.0, 100.0), FrameFeatures.MeanHsvDifference(red, blue, 3));
        var random = new Random(1);
        byte[] a = new byte[70_001], b = new byte[70_001];
        random.NextBytes(a);
        random.NextBytes(b);
        Assert.Equal(a.Zip(b).Average(p => Math.Abs(p.First - p.Second)), FrameFeatures.MeanAbsDifference(a, b), 9);
        Assert.Equal(255, FrameFeatures.MeanAbsDifference([.. Enumerable.Repeat((byte)255, 40_000)], new byte[40_000]));
    }

    [Fact]
    public void AHistogramWeighsColourAndAddsUp()
    {
        var histogram = new float[FrameFeatures.HistogramBins];
        FrameFeatures.HsvHistogram([.. Filled(300, 4, 0, 255, 0), .. Filled(100, 4, 128, 128, 128)], 4, histogram);
        Assert.Equal(0.75f, histogram[60 / 5], 1e-6f);
        Assert.Equal(0.75f, histogram.Take(FrameFeatures.HueBins).Sum(), 1e-6f);
        Assert.Equal(0.75f, histogram[FrameFeatures.HueBins + 31], 1e-6f);
        Assert.Equal(0.25f * 128 / 255, histogram[FrameFeatures.HueBins], 1e-6f);
        Assert.Equal(0.25f, histogram[FrameFeatures.HueBins + FrameFeatures.SaturationBins + 16], 1e-6f);
        Assert.Equal(1, histogram.Skip(FrameFeatures.HueBins + FrameFeatures.SaturationBins).Sum(), 1e-6f);
    }

    [Theory]
    [InlineData(3, 40, 30)]
    [InlineData(4, 67, 21)]
    [InlineData(3, 7, 9)]
    public void EdgesAreThinOutlinesWhereverTheVectorsEnd(int channels, int width, int height)
    {
        // A bright box: its outline, one pixel wide, and nothing else.
        int left = width / 4, right = width - 3, top = 3, bottom = height - 3;
        var pixels = new byte[width * height * channels];
        for (int i = 0; i < width * height; i++)
            if (i % width >= left && i % width < right && i / width >= top && i / width < bottom)
                pixels.AsSpan(i * channels, 3).Fill(200);
        var edges = new byte[width * height];
        FrameFeatures.EdgeMap(pixels, channels, width, height, edges);
        for (int y = top + 2; y < bottom - 2; y++)
        {
            int[] found = [.. Enumerable.Range(0, width).Where(x => edges[y * width + x] != 0)];
            Assert.Equal(new[] { left - 1, right - 1 }.Where(x => x >= 2 && x < width - 2), found);
        }

        Assert.All(edges, e => Assert.True(e is 0 or 255));
    }

    [Fact]
    public void TheEdgeChangeRatioCountsNewAndGoneEdges()
    {
        const int width = 50, height = 20;
        byte[] Columns(params int[] xs) => [.. Enumerable.Range(0, width * height).Select(i => (byte)(xs.Contains(i % width) ? 255 : 0))];
        Assert.Equal(0, FrameFeatures.EdgeChangeRatio(Columns(10), Columns(14), width, height));
        Assert.Equal(1, FrameFeatures.EdgeChangeRatio(Columns(10), Columns(15), width, height));
        Assert.Equal(0.5, FrameFeatures.EdgeChangeRatio(Columns(10), Columns(10, 30), width, height));
        Assert.Equal(0.75, FrameFeatures.EdgeChangeRatio(Columns(10, 20, 40, 49), Columns(10), width, height));
        Assert.Equal(1, FrameFeatures.EdgeChangeRatio(Columns(), Columns(3), width, height));
        Assert.Equal(0, FrameFeatures.EdgeChangeRatio(Columns(), Columns(), width, height));
        Assert.Equal(0, FrameFeatures.EdgeChangeRatio(Columns(0), Columns(49), width, height, 200));
    }

    [Fact]
    public void WrongSizesAreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => FrameFeatures.Luma(new byte[4], 2, new byte[2]));
        Assert.Throws<ArgumentException>(() => FrameFeatures.ToHsv(new byte[7], 3, new byte[6]));
        Assert.Throws<ArgumentException>(() => FrameFeatures.HsvHistogram(new byte[6], 3, new float[10]));
        Assert.Throws<ArgumentException>(() => FrameFeatures.MeanAbsDifference(new byte[6], new byte[5]));
        Assert.Throws<ArgumentException>(() => FrameFeatures.EdgeMap(new byte[300], 3, 10, 11, new byte[110]));
        Assert.Throws<ArgumentException>(() => FrameFeatures.EdgeChangeRatio(new byte[100], new byte[99], 10, 10));
    }

    private static byte[] Filled(int pixels, int channels, byte r, byte g, byte b) =>
        [.. Enumerable.Range(0, pixels).SelectMany(_ => new[] { r, g, b, (byte)0 }.Take(channels))];

    /// <summary>The integer arithmetic of OpenCV 4's <c>RGB2HSV_b</c>, in its own terms: two tables of divisions.</summary>
    private static (byte, byte, byte) OpenCv(int r, int g, int b)
    {
        static int Table(int numerator, int i) => i == 0 ? 0 : (int)Math.Round(numerator / (double)i, MidpointRounding.ToEven);
        int v = Math.Max(r, Math.Max(g, b)), diff = v - Math.Min(r, Math.Min(g, b));
        int s = (diff * Table(255 << 12, v) + (1 << 11)) >> 12;
        int h = v == r ? g - b : v == g ? b - r + 2 * diff : r - g + 4 * diff;
        h = (h * Table((180 << 12) / 6, diff) + (1 << 11)) >> 12;
        return ((byte)(h < 0 ? h + 180 : h), (byte)s, (byte)v);
    }
}
