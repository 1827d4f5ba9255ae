using FsCheck;
using FsCheck.Fluent;

namespace AniSora.Kernels.Tests;

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
        byte[] m = Samples.Bytes(random.Next(), length), a = Samples.Bytes(random.Next(), length), b = Samples.Bytes(random.Next(), length), result = new byte[length];
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
        byte[] top = Samples.Bytes(random.Next(), 4 * pixels), under = Samples.Bytes(random.Next(), 4 * pixels), rgb = new byte[3 * pixels], alpha = new byte[pixels];
        MaskBlend.Over(top, under, rgb, alpha);
        for (int i = 0; i < pixels; i++)
        {
            Assert.Equal(top[4 * i + 3], alpha[i]);
            for (int c = 0; c < 3; c++)
                Assert.Equal(Math.Round((alpha[i] * top[4 * i + c] + (255 - alpha[i]) * under[4 * i + c]) / 255.0), rgb[3 * i + c]);
        }
    }

    [Theory]
    [InlineData(3, PixelLayout.Interleaved)]
    [InlineData(4, PixelLayout.Interleaved)]
    [InlineData(5, PixelLayout.Interleaved)]
    [InlineData(3, PixelLayout.Planar)]
    [InlineData(16, PixelLayout.Planar)]
    public void OneMaskServesAllChannelsWhateverTheNumberOfThreads(int channels, PixelLayout layout)
    {
        foreach (int pixels in new[] { 1, 15, 16, 67, 1000, 260_003 })
        {
            byte[] m = Samples.Bytes(1, pixels), a = Samples.Bytes(2, pixels * channels), b = Samples.Bytes(3, pixels * channels);
            byte[] expected = new byte[a.Length], one = new byte[a.Length], all = new byte[a.Length];
            byte[] repeated = [.. Enumerable.Range(0, a.Length).Select(i => m[layout == PixelLayout.Planar ? i % pixels : i / channels])];
            MaskBlend.Blend(repeated, a, b, expected, threads: 1);
            MaskBlend.Blend(m, a, b, one, channels, layout, threads: 1);
            MaskBlend.Blend(m, a, b, all, channels, layout, threads: 3);
            Assert.Equal(expected, one);
            Assert.Equal(expected, all);

            float[] fm = [.. m.Select(v => v / 255f)], fa = Samples.Floats(4, a.Length), fb = Samples.Floats(5, a.Length), result = new float[a.Length], naive = new float[a.Length];
            for (int i = 0; i < naive.Length; i++)
            {
                float weight = fm[layout == PixelLayout.Planar ? i % pixels : i / channels];
                naive[i] = weight * fa[i] + (1 - weight) * fb[i];
            }

            MaskBlend.Blend(fm, fa, fb, result, channels, layout, threads: 3);
            Assert.Equal(naive, result);
        }
    }

    [Fact]
    public void TheDestinationMayBeAnInputOrLieAnywhere()
    {
        byte[] m = Samples.Bytes(1, 900_000), a = Samples.Bytes(2, 2_700_000), b = Samples.Bytes(3, 2_700_000), expected = new byte[2_700_000];
        MaskBlend.Blend(m, a, b, expected, 3);
        for (int shift = 0; shift < 3; shift++)
        {
            byte[] elsewhere = new byte[expected.Length + 7 * shift];
            MaskBlend.Blend(m, a, b, elsewhere.AsSpan(7 * shift), 3);
            Assert.True(elsewhere.AsSpan(7 * shift).SequenceEqual(expected));
        }

        MaskBlend.Blend(m, a, b, a, 3);
        Assert.Equal(expected, a);
    }

    [Fact]
    public void DifferentLengthsAreRefused()
    {
        Assert.Throws<ArgumentException>(() => MaskBlend.Blend(new byte[3], new byte[3], new byte[2], new byte[3]));
        Assert.Throws<ArgumentException>(() => MaskBlend.Blend(new float[3], new float[9], new float[9], new float[9], channels: 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => MaskBlend.Blend(new byte[1], new byte[17], new byte[17], new byte[17], channels: 17));
    }
}
