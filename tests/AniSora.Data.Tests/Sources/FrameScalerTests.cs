using AniSora.Data.Pipeline;
using AniSora.Kernels;

namespace AniSora.Data.Tests;

public class FrameScalerTests
{
    [Theory]
    [InlineData(256, 256, 64, 64, false)]
    [InlineData(80, 60, 64, 64, false)]
    [InlineData(37, 91, 64, 48, false)]
    [InlineData(37, 91, 64, 48, true)]
    [InlineData(20, 11, 64, 64, true)]
    [InlineData(5, 3, 2, 2, true)]
    [InlineData(1, 1, 7, 3, false)]
    public void ScalesAsTheFormulaSays(int sourceWidth, int sourceHeight, int width, int height, bool cover)
    {
        byte[] source = Noise(sourceWidth * sourceHeight, 1);
        byte[] scaled = new Picture(sourceWidth, sourceHeight, source).Fitted(width, height, cover).Rgba;
        byte[] exact = Exact(source, sourceWidth, sourceHeight, width, height, cover);
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
        foreach (bool cover in new[] { false, true })
        {
            byte[] scaled = Noise(16 * 16, 3);
            new FrameScaler(50, 40, box, 16, 16, cover).Scale(source, scaled);
            Assert.Equal(part.Fitted(16, 16, cover).Rgba, scaled);
        }
        byte[] same = new byte[4 * box.Width * box.Height];
        new FrameScaler(50, 40, box, box.Width, box.Height, cover: true).Scale(source, same);
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
        Assert.Throws<ArgumentOutOfRangeException>(() => new FrameScaler(10, 10, new CropBox(3, 0, 8, 10), 4, 4, true));
        Assert.Throws<ArgumentException>(() => new FrameScaler(10, 10, null, 4, 4, true).Scale(new byte[399], new byte[64]));
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
    private static byte[] Exact(byte[] source, int sourceWidth, int sourceHeight, int width, int height, bool cover)
    {
        double sx = (double)width / sourceWidth, sy = (double)height / sourceHeight, scale = cover ? Math.Max(sx, sy) : Math.Min(sx, sy), support = Math.Max(1, 1 / scale);
        double left = (width - sourceWidth * scale) / 2, top = (height - sourceHeight * scale) / 2;
        var result = new byte[4 * width * height];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double cx = (x + 0.5 - left) / scale, cy = (y + 0.5 - top) / scale, total = 0;
                if (cx < 0 || cy < 0 || cx > sourceWidth || cy > sourceHeight)
                    continue;
                var sum = new double[4];
                for (int v = (int)Math.Floor(cy - support) - 1; v <= cy + support + 1; v++)
                {
                    for (int u = (int)Math.Floor(cx - support) - 1; u <= cx + support + 1; u++)
                    {
                        double weight = Math.Max(0, 1 - Math.Abs(u + 0.5 - cx) / support) * Math.Max(0, 1 - Math.Abs(v + 0.5 - cy) / support);
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
