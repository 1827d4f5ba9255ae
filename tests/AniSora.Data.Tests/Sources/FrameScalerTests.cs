using AniSora.Data.Pipeline;
using AniSora.Kernels;

namespace AniSora.Data.Tests;

public class FrameScalerTests
{
    [Theory]
    [InlineData(256, 256, 64, 64, Fit.Contain)]
    [InlineData(80, 60, 64, 64, Fit.Contain)]
    [InlineData(37, 91, 64, 48, Fit.Contain)]
    [InlineData(37, 91, 64, 48, Fit.Cover)]
    [InlineData(20, 11, 64, 64, Fit.Cover)]
    [InlineData(5, 3, 2, 2, Fit.Cover)]
    [InlineData(1, 1, 7, 3, Fit.Contain)]
    [InlineData(37, 91, 64, 48, Fit.Stretch)]
    [InlineData(80, 20, 33, 33, Fit.Stretch)]
    public void ScalesAsTheFormulaSays(int sourceWidth, int sourceHeight, int width, int height, Fit fit)
    {
        byte[] source = Noise(sourceWidth * sourceHeight, 1);
        byte[] scaled = new Picture(sourceWidth, sourceHeight, source).Fitted(width, height, fit).Rgba;
        byte[] exact = Exact(source, sourceWidth, sourceHeight, width, height, fit);
        for (int i = 0; i < scaled.Length; i++)
            Assert.True(Math.Abs(scaled[i] - exact[i]) <= 1, $"byte {i}: {scaled[i]} instead of {exact[i]}");
    }

    [Fact]
    public void APartIsScaledAsIfItWereThePicture()
    {
        byte[] source = Noise(50 * 40, 2);
        var box = new CropBox(7, 5, 31, 22);
        var part = new Picture(box.Width, box.Height, new byte[4 * box.Width * box.Height]);
        part.Put(new Picture(50, 40, source), box, 0, 0);
        foreach (var fit in Enum.GetValues<Fit>())
        {
            byte[] scaled = Noise(16 * 16, 3);
            new FrameScaler(50, 40, box, 16, 16, fit).Scale(source, scaled);
            Assert.Equal(part.Fitted(16, 16, fit).Rgba, scaled);
        }
        byte[] same = new byte[4 * box.Width * box.Height];
        new FrameScaler(50, 40, box, box.Width, box.Height, Fit.Cover).Scale(source, same);
        Assert.Equal(part.Rgba, same);
    }

    [Fact]
    public void TransparentPixelsDoNotBleedAndPlainColoursStay()
    {
        var source = new byte[4 * 100 * 100];
        for (int p = 0; p < 100 * 100; p++)
            (source[4 * p], source[4 * p + 1], source[4 * p + 2], source[4 * p + 3]) = p % 100 < 41 ? ((byte)200, (byte)10, (byte)77, (byte)255) : ((byte)0, (byte)255, (byte)0, (byte)0);
        byte[] scaled = new Picture(100, 100, source).Fitted(33, 33).Rgba;
        for (int p = 0; p < 33 * 33; p++)
        {
            Assert.True(scaled[4 * p + 3] == 0 ? scaled.AsSpan(4 * p, 3).SequenceEqual(new byte[3]) : scaled.AsSpan(4 * p, 3).SequenceEqual(new byte[] { 200, 10, 77 }));
        }
        Assert.Contains(scaled.Chunk(4), p => p[3] is > 0 and < 255);
    }

    [Fact]
    public void ABoxOutsideIsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new FrameScaler(10, 10, new CropBox(3, 0, 8, 10), 4, 4, Fit.Cover));
        Assert.Throws<ArgumentException>(() => new FrameScaler(10, 10, null, 4, 4, Fit.Cover).Scale(new byte[399], new byte[64]));
    }

    private static byte[] Noise(int pixels, ulong seed)
    {
        var random = new SplitMix(seed);
        var rgba = new byte[4 * pixels];
        for (int i = 0; i < rgba.Length; i++)
            rgba[i] = (byte)random.Next(256);
        // Full and no opacity are what pictures mostly have.
        for (int i = 3; i < rgba.Length; i += 4)
            rgba[i] = random.Next(3) switch { 0 => 0, 1 => 255, _ => rgba[i] };
        return rgba;
    }

    /// <summary>A triangle of at least one source pixel's half width around each target pixel's centre, in both directions at once, in double precision.</summary>
    private static byte[] Exact(byte[] source, int sourceWidth, int sourceHeight, int width, int height, Fit fit)
    {
        double sx = (double)width / sourceWidth, sy = (double)height / sourceHeight;
        if (fit != Fit.Stretch)
            sx = sy = fit == Fit.Cover ? Math.Max(sx, sy) : Math.Min(sx, sy);
        double across = Math.Max(1, 1 / sx), down = Math.Max(1, 1 / sy), left = (width - sourceWidth * sx) / 2, top = (height - sourceHeight * sy) / 2;
        var result = new byte[4 * width * height];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double cx = (x + 0.5 - left) / sx, cy = (y + 0.5 - top) / sy, total = 0;
                if (cx < 0 || cy < 0 || cx > sourceWidth || cy > sourceHeight)
                    continue;
                var sum = new double[4];
                for (int v = (int)Math.Floor(cy - down) - 1; v <= cy + down + 1; v++)
                {
                    for (int u = (int)Math.Floor(cx - across) - 1; u <= cx + across + 1; u++)
                    {
                        double weight = Math.Max(0, 1 - Math.Abs(u + 0.5 - cx) / across) * Math.Max(0, 1 - Math.Abs(v + 0.5 - cy) / down);
                        int p = 4 * (Math.Clamp(v, 0, sourceHeight - 1) * sourceWidth + Math.Clamp(u, 0, sourceWidth - 1));
                        total += weight;
                        for (int c = 0; c < 3; c++)
                            sum[c] += weight * source[p + 3] * source[p + c];
                        sum[3] += weight * source[p + 3];
                    }
                }
                double alpha = sum[3] / total;
                if (alpha < 0.5)
                    continue;
                int q = 4 * (y * width + x);
                for (int c = 0; c < 3; c++)
                    result[q + c] = (byte)Math.Round(sum[c] / sum[3]);
                result[q + 3] = (byte)Math.Round(alpha);
            }
        }
        return result;
    }
}
