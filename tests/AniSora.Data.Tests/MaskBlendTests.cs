using AniSora.Kernels;
using FsCheck;
using FsCheck.Fluent;

namespace AniSora.Data.Tests;

public class MaskBlendTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(64)]
    [InlineData(1003)]
    public void BytesAreCorrectlyRounded(int length)
    {
        var random = new Random(length);
        byte[] m = Bytes(random, length), a = Bytes(random, length), b = Bytes(random, length), result = new byte[length];
        MaskBlend.Blend(m, a, b, result);
        for (int i = 0; i < length; i++)
            Assert.Equal(Math.Round((m[i] * a[i] + (255 - m[i]) * b[i]) / 255.0), result[i]);
    }

    [Fact]
    public void EveryWeightAndDifferenceIsExact()
    {
        byte[] b = new byte[256], result = new byte[256];
        byte[] m = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        for (int value = 0; value < 256; value++)
        {
            byte[] a = [.. Enumerable.Repeat((byte)value, 256)];
            MaskBlend.Blend(m, a, b, result);
            for (int i = 0; i < 256; i++)
                Assert.Equal(Math.Round(i * value / 255.0), result[i]);
        }
    }

    [Fact]
    public void FloatsKeepTheirEndsExactly()
    {
        Prop.ForAll<float[]>(values =>
        {
            float[] a = [.. values.Where(float.IsFinite)], b = [.. a.Select(v => v / 3 + 1)], result = new float[a.Length];
            MaskBlend.Blend(Enumerable.Repeat(1f, a.Length).ToArray(), a, b, result);
            bool first = result.SequenceEqual(a);
            MaskBlend.Blend(new float[a.Length], a, b, result);
            return first && result.SequenceEqual(b);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(4096)]
    public void OverEqualsTheFormula(int pixels)
    {
        var random = new Random(pixels);
        byte[] top = Bytes(random, 4 * pixels), under = Bytes(random, 4 * pixels), rgb = new byte[3 * pixels], alpha = new byte[pixels];
        MaskBlend.Over(top, under, rgb, alpha);
        for (int i = 0; i < pixels; i++)
        {
            Assert.Equal(top[4 * i + 3], alpha[i]);
            for (int c = 0; c < 3; c++)
                Assert.Equal(Math.Round((alpha[i] * top[4 * i + c] + (255 - alpha[i]) * under[4 * i + c]) / 255.0), rgb[3 * i + c]);
        }
    }

    [Fact]
    public void DifferentLengthsAreRefused() =>
        Assert.Throws<ArgumentException>(() => MaskBlend.Blend(new byte[3], new byte[3], new byte[2], new byte[3]));

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
