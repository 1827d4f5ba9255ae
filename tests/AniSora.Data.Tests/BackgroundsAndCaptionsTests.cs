using AniSora.Data.Pipeline.Captioning;

namespace AniSora.Data.Tests;

public class BackgroundsAndCaptionsTests
{
    [Fact]
    public void SpecsSurviveTheirTextAndPaintTheSame()
    {
        var kinds = new HashSet<BackgroundKind>();
        for (ulong seed = 0; seed < 300; seed++)
        {
            var spec = Backgrounds.Random(seed);
            kinds.Add(spec.Kind);
            Assert.Equal(spec, BackgroundSpec.Parse(spec.ToString()));
            byte[] pixels = Backgrounds.Render(spec, 64, 64);
            Assert.Equal(pixels, Backgrounds.Render(spec, 64, 64));
            // Gentle: neighbouring pixels never differ by more than a few levels.
            for (int i = 4; i < pixels.Length; i++)
            {
                if (i / 4 % 64 != 0)
                    Assert.InRange(Math.Abs(pixels[i] - pixels[i - 4]), 0, 16);
            }
        }

        Assert.Equal(Enum.GetValues<BackgroundKind>().Length, kinds.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("plain:#12345")]
    [InlineData("plain:#12345g")]
    [InlineData("clouds:#123456:#123456:4")]
    [InlineData("clouds:#123456:#123456:999:1")]
    [InlineData("lava:#123456:#123456:4:1")]
    public void WhatIsNoBackgroundIsNamed(string text) =>
        Assert.Contains($"\"{text}\"", Assert.Throws<InputException>(() => BackgroundSpec.Parse(text)).Message);

    [Fact]
    public void CaptionsSayWhatIsSeen()
    {
        Assert.Equal("a footballer in a red shirt runs quickly to the south-east", ClosedCaptions.Compose("footballer", "red", "running", "se", "quickly", 0));
        Assert.Equal("a purple penguin jumps for joy facing west", ClosedCaptions.Compose("penguin", "purple", "winning", "w", "", 0));
        Assert.Contains("running", Assert.Throws<InputException>(() => ClosedCaptions.Compose("footballer", "red", "flying", "n", "", 0)).Message);
    }

    [Fact]
    public void TheMirrorImageHasItsSidesExchanged()
    {
        Assert.Equal("a beast runs north-west, then right", ClipCaptions.Mirror("a beast runs north-east, then left"));
        Assert.Equal("camera motion: pan right.", ClipCaptions.Mirror("camera motion: pan left."));
        foreach (string text in new[] { "East of Eden", "the least feast", "left and right" })
            Assert.Equal(text.ToLowerInvariant(), ClipCaptions.Mirror(ClipCaptions.Mirror(text)).ToLowerInvariant());
    }
}
