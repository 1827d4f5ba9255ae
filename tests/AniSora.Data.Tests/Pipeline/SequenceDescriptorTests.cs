using AniSora.Data.Pipeline;

namespace AniSora.Data.Tests.Pipeline;

public class SequenceDescriptorTests
{
    private static readonly List<Picture> _red = Header("team2"), _blue = Header("team1");

    private static List<Picture> Header(string team) => Pictures($"tuxfootball/{team}/header/w");

    private static List<Picture> Pictures(string folder)
    {
        var source = SourceFiles.Pictures(SmallDataset.Sprites(folder), Directory.GetFiles(SmallDataset.Sprites(folder), "*.png").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        var probe = PicturesProbe.Probe(source);
        return [.. SourceFiles.ReadAll(source, probe, new FrameRequest(probe.Width, probe.Height)).Frames.Select(f => new Picture(probe.Width, probe.Height, f))];
    }

    private static string Of(IReadOnlyList<Picture> frames) =>
        SequenceDescriptor.Of(frames.SelectMany(f => f.Rgba).ToArray(), frames.Count, frames[0].Height, frames[0].Width);

    [Fact]
    public void TheSameAnimationIsNearAtAnySizeAndPace()
    {
        string original = Of(_red);
        Assert.Equal(2 * SequenceDescriptor.Length, original.Length);
        Assert.Equal(0, SequenceDescriptor.Distance(original, Of(_red)));
        Assert.InRange(SequenceDescriptor.Distance(original, Of([.. _red.Select(f => f.Fitted(128, 128))])), 0, 2);
        Assert.InRange(SequenceDescriptor.Distance(original, Of([.. _red.Select(f => f.Fitted(48, 48))])), 0, 2);
        // Every frame twice, as 10 frames a second become 20.
        Assert.InRange(SequenceDescriptor.Distance(original, Of([.. _red.SelectMany(f => new[] { f, f })])), 0, 2);
    }

    [Fact]
    public void CoarserEncodingIsNearAndOtherPicturesAreFar()
    {
        // What an encoder does to a picture: fewer levels.
        string original = Of(_red), coarse = Of([.. _red.Select(f => f with { Rgba = [.. f.Rgba.Select((v, i) => i % 4 == 3 ? v : (byte)(v / 8 * 8 + 4))] })]);
        string penguin = Of(Pictures("frozen-bubble"));
        double near = SequenceDescriptor.Distance(original, coarse), recoloured = SequenceDescriptor.Distance(original, Of(_blue)), far = SequenceDescriptor.Distance(original, penguin);
        Assert.InRange(near, 0, 3);
        Assert.True(recoloured > near && far > 2 * near && far > 8, $"{near} {recoloured} {far}");
        Assert.Equal(far, SequenceDescriptor.Distance(penguin, original));
    }

    [Theory]
    [InlineData("")]
    [InlineData("zz")]
    public void WhatIsNoDescriptorIsRefused(string text) =>
        Assert.Contains("hexadecimal", Assert.Throws<InputException>(() => SequenceDescriptor.Distance(text, Of(_red))).Message);
}
