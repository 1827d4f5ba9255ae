using AniSora.Kernels;

namespace AniSora.Data.Tests;

public class MotionFillTests
{
    private const int Side = 48, Frames = 9;

    [Fact]
    public void BetweenKeyFramesThingsMoveInsteadOfFading()
    {
        var real = Scene(frame => (14 + frame, 20 + frame / 2f));
        var mask = Mask(0, Frames - 1);
        var moved = MotionFill.Between(real, mask, Frames, Side, Side);
        double fadeError = Error(TemporalFill.CrossFade(real, mask, Frames), real), moveError = Error(moved, real);
        Assert.True(moveError < fadeError / 4, $"squared error {moveError:0.0} against {fadeError:0.0} of a cross-fade");
    }

    [Fact]
    public void GivenPixelsStayAndWhatStandsStillIsStill()
    {
        var still = Scene(_ => (20, 20));
        var mask = Mask(0, 4, 8);
        Assert.Equal(still, MotionFill.Between(still, mask, Frames, Side, Side));

        var real = Scene(frame => (14 + frame, 20));
        mask.AsSpan(3 * Side * Side, 100).Fill(1);
        var moved = MotionFill.Between(real, mask, Frames, Side, Side);
        for (int i = 0; i < mask.Length; i++)
            if (mask[i] != 0)
                Assert.Equal(real.AsSpan(3 * i, 3).ToArray(), moved.AsSpan(3 * i, 3).ToArray());
    }

    [Fact]
    public void WithoutAWholeFrameOnBothSidesItIsTheCrossFade()
    {
        var real = Scene(frame => (14 + frame, 20));
        var first = Mask(0);
        Assert.Equal(TemporalFill.CrossFade(real, first, Frames), MotionFill.Between(real, first, Frames, Side, Side));

        // A region that may move: no frame but the first is whole.
        var region = new byte[Frames * Side * Side];
        for (int i = 0; i < region.Length; i++)
            region[i] = (byte)(i < Side * Side || i % Side is < 10 or > 40 ? 1 : 0);
        Assert.Equal(TemporalFill.CrossFade(real, region, Frames), MotionFill.Between(real, region, Frames, Side, Side));
        Assert.All(MotionFill.Between(real, new byte[region.Length], Frames, Side, Side), value => Assert.Equal(TemporalFill.Unknown, value));
    }

    [Fact]
    public void PicturesTooSmallForFlowAreCrossFaded()
    {
        byte[] guide = [.. Enumerable.Repeat((byte)10, 27), .. new byte[27], .. Enumerable.Repeat((byte)30, 27)];
        byte[] mask = [.. Enumerable.Repeat((byte)1, 9), .. new byte[9], .. Enumerable.Repeat((byte)1, 9)];
        Assert.All(MotionFill.Between(guide, mask, 3, 3, 3).Skip(27).Take(27), value => Assert.Equal(20, value));
        Assert.Throws<ArgumentException>(() => MotionFill.Between(guide, mask, 3, 4, 3));
    }

    private static byte[] Mask(params int[] whole)
    {
        var mask = new byte[Frames * Side * Side];
        foreach (int frame in whole)
            mask.AsSpan(frame * Side * Side, Side * Side).Fill(1);
        return mask;
    }

    /// <summary>A soft-edged, textured ball over a plain ground.</summary>
    private static byte[] Scene(Func<int, (float X, float Y)> centre)
    {
        var rgb = new byte[Frames * Side * Side * 3];
        for (int t = 0; t < Frames; t++)
        {
            var (cx, cy) = centre(t);
            for (int i = 0; i < Side * Side; i++)
            {
                float x = i % Side - cx, y = i / Side - cy, cover = Math.Clamp(9 - MathF.Sqrt(x * x + y * y), 0, 1);
                float ball = 150 + 60 * MathF.Sin(0.7f * x) * MathF.Cos(0.6f * y);
                for (int c = 0; c < 3; c++)
                    rgb[(t * Side * Side + i) * 3 + c] = (byte)(cover * (ball - 20 * c) + (1 - cover) * 60);
            }
        }
        return rgb;
    }

    private static double Error(byte[] video, byte[] real) => video.Zip(real).Average(p => (double)(p.First - p.Second) * (p.First - p.Second));
}
