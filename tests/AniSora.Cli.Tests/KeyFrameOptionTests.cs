using AniSora.Cli.Commands;

namespace AniSora.Cli.Tests;

public sealed class KeyFrameOptionTests
{
    private const int T = 17;

    [Theory]
    [InlineData("0", 0)]
    [InlineData("first", 0)]
    [InlineData("middle", 8)]
    [InlineData("end", 16)]
    [InlineData("0.25", 4)]
    public void Key_frame_times_are_understood(string time, int frame) => Assert.Equal(frame, KeyFrameOption.ParseTime(time, T, ""));

    [Theory]
    [InlineData("17")]
    [InlineData("-1")]
    [InlineData("later")]
    [InlineData("1.5")]
    public void Times_outside_the_clip_are_refused(string time) =>
        Assert.Contains("--keyframe", Assert.Throws<InputException>(() => KeyFrameOption.ParseTime(time, T, time + "=x.png")).Message);
}
