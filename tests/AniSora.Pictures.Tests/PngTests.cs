namespace AniSora.Pictures.Tests;

public sealed class PngTests
{
    [Theory]
    [InlineData(1, 256)]
    [InlineData(3, 1)]
    [InlineData(3, 256)]
    [InlineData(4, 200)]
    [InlineData(3, 257)]
    [InlineData(4, 300)]
    public void Pictures_of_few_and_of_many_colours_come_back_as_they_were(int channels, int colours)
    {
        var pixels = new byte[40 * 30 * channels];
        for (int i = 0; i < 40 * 30; i++)
        {
            int colour = i % colours;
            // Transparent pixels keep their colours too.
            byte[] pixel = [(byte)colour, (byte)(colour >> 8), (byte)(37 * colour), (byte)(colour % 7 == 0 ? colour : 255)];
            pixel.AsSpan(0, channels).CopyTo(pixels.AsSpan(i * channels));
        }
        byte[] png = Png.Encode(pixels, 40, 30, channels);
        Assert.Equal(colours <= 256 ? 3 : channels == 3 ? 2 : 6, png[25]);
        var back = Decode(png);
        Assert.Equal((40, 30), (back.Width, back.Height));
        for (int i = 0; i < 40 * 30; i++)
        {
            byte[] pixel = pixels[(i * channels)..((i + 1) * channels)];
            Assert.Equal(channels switch { 1 => [pixel[0], pixel[0], pixel[0], 255], 3 => [.. pixel, 255], _ => pixel }, back.Rgba[(i * 4)..(i * 4 + 4)]);
        }
    }

    [Theory]
    [InlineData(2, 2, 2)]
    [InlineData(3, 2, 3)]
    [InlineData(0, 2, 3)]
    public void Sizes_that_do_not_agree_are_refused(int width, int height, int channels) =>
        Assert.Throws<ArgumentException>(() => Png.Encode(new byte[12], width, height, channels));

    [Fact]
    public void The_smaller_of_the_filters_is_taken()
    {
        // A soft slope of many colours: filtered rows are nearly constant.
        var slope = new byte[256 * 64 * 3];
        for (int i = 0; i < slope.Length; i++)
            slope[i] = (byte)(i / 3 % 256 + i / 768 * (i % 3));
        Assert.InRange(Png.Encode(slope, 256, 64, 3).Length, 1, 3000);
        // One row of noise again and again: found again only unfiltered.
        var row = new byte[512 * 3];
        new Random(1).NextBytes(row);
        byte[] rows = [.. Enumerable.Repeat(row, 64).SelectMany(r => r)];
        Assert.InRange(Png.Encode(rows, 512, 64, 3).Length, 1, 2500);
    }

    internal static (int Width, int Height, byte[] Rgba) Decode(byte[] file)
    {
        using var picture = PictureFile.TryOpen(file);
        Assert.NotNull(picture);
        return (picture.Width, picture.Height, picture.Decode());
    }
}
