using AniSora.Data.Pipeline;

namespace AniSora.Data.Tests.Pipeline;

public class ClipConfigTests
{
    [Theory]
    [InlineData("clips.buckets=[]", "give at least one")]
    [InlineData("clips.buckets=[{\"frames\":16,\"height\":64,\"width\":64,\"fps\":8}]", "4k+1, such as 17")]
    [InlineData("clips.buckets=[{\"frames\":17,\"height\":60,\"width\":100,\"fps\":8}]", "such as 96 × 64")]
    [InlineData("clips.buckets=[{\"frames\":17,\"height\":64,\"width\":64,\"fps\":0}]", "above 0")]
    [InlineData("clips.buckets=[{\"frames\":17,\"height\":64,\"width\":64,\"fps\":24}]", "lasts 0.67 s", "49 frames or 8 frames a second")]
    [InlineData("clips.buckets=[{\"frames\":17,\"height\":64,\"width\":64,\"fps\":0.5}]", "lasts 32 s", "5 frames or")]
    [InlineData("clips.min_seconds=30", "min_seconds 30", "max_seconds 20")]
    [InlineData("clips.overlap=1", "clips.overlap is 1")]
    public void WhatCannotGiveAClipIsRefusedBeforeAnyWorkWithTheNearestThatCan(string setting, params string[] said)
    {
        using var folder = new TemporaryFolder();
        string message = Assert.Throws<InputException>(() => IngestRun.Open(folder["set"], settings: [setting])).Message;
        Assert.All(said, part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.False(Directory.Exists(folder["set"]));
    }

    [Theory]
    [InlineData(24, 49, 1, "")]
    [InlineData(24, 48, 0, "48 frames at 24 a second")]
    [InlineData(8, 17, 1, "")]
    [InlineData(10, 1000, 0, "lasts 1.6 s")]
    [InlineData(24, 490, 10, "")]
    public void AStretchOfFramesGivesClipsOrAReason(double fps, int frames, int clips, string reason)
    {
        var (count, why) = ClipFit.Of(new ClipConfig(), fps, frames);
        Assert.Equal(clips, count);
        Assert.Equal(reason.Length == 0, why.Length == 0);
        Assert.Contains(reason, why, StringComparison.Ordinal);
    }
}
