using AniSora.Evaluation;
using FsCheck;
using FsCheck.Fluent;

namespace AniSora.Evaluation.Tests;

public class EvaluationBaselineTests
{
    [Fact]
    public void Cross_fade_is_linear_between_key_frames_and_flat_outside()
    {
        var size = new VideoSize(7, 1, 1);
        byte[] guide = Grey(9, 10, 9, 9, 9, 30, 9), mask = [0, 1, 0, 0, 0, 1, 0];
        Assert.Equal(Grey(10, 10, 15, 20, 25, 30, 30), Baselines.CrossFade(guide, mask, size));
        Assert.Equal(Grey(10, 10, 10, 10, 10, 30, 10), Baselines.HoldFirst(guide, mask, size));
    }

    [Fact]
    public void A_motion_region_holds_its_own_first_frame_and_leaves_the_rest_alone()
    {
        var size = new VideoSize(3, 1, 2); // left pixel always given, right pixel only in frame 0
        byte[] guide = Grey(1, 50, 2, 0, 3, 0), mask = [1, 1, 1, 0, 1, 0];
        byte[] expected = Grey(1, 50, 2, 50, 3, 50);
        Assert.Equal(expected, Baselines.HoldFirst(guide, mask, size));
        Assert.Equal(expected, Baselines.CrossFade(guide, mask, size));
    }

    [Fact]
    public void Nothing_given_is_mid_grey()
    {
        var size = new VideoSize(2, 1, 1);
        Assert.Equal(Grey(128, 128), Baselines.HoldFirst(Grey(7, 8), [0, 0], size));
        Assert.Equal(Grey(128, 128), Baselines.CrossFade(Grey(7, 8), [0, 0], size));
    }

    [Fact]
    public void Hidden_pixels_of_the_guide_never_leak_into_a_baseline()
    {
        var sizes = Gen.Choose(1, 6).Three();
        var cases = from dims in sizes
                    let size = new VideoSize(dims.Item1, dims.Item2, dims.Item3)
                    from seed in Gen.Choose(0, int.MaxValue)
                    select (size, seed);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var random = new Random(c.seed);
            byte[] guide = new byte[3 * c.size.Places], other = new byte[guide.Length], mask = new byte[c.size.Places];
            random.NextBytes(guide);
            random.NextBytes(other);
            for (int i = 0; i < mask.Length; i++)
            {
                mask[i] = (byte)(random.Next(2) * 255);
                if (mask[i] != 0)
                    guide.AsSpan(3 * i, 3).CopyTo(other.AsSpan(3 * i));
            }
            byte[] faded = Baselines.CrossFade(guide, mask, c.size), held = Baselines.HoldFirst(guide, mask, c.size);
            bool givenKept = Enumerable.Range(0, mask.Length).All(i => mask[i] == 0
                || (faded.AsSpan(3 * i, 3).SequenceEqual(guide.AsSpan(3 * i, 3)) && held.AsSpan(3 * i, 3).SequenceEqual(guide.AsSpan(3 * i, 3))));
            return givenKept
                && faded.AsSpan().SequenceEqual(Baselines.CrossFade(other, mask, c.size))
                && held.AsSpan().SequenceEqual(Baselines.HoldFirst(other, mask, c.size));
        }).QuickCheckThrowOnFailure();
    }

    private static byte[] Grey(params byte[] values) => [.. values.SelectMany(v => new[] { v, v, v })];
}
