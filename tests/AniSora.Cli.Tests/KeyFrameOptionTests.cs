using AniSora.Cli.Commands;
using AniSora.Data;

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

    [Theory]
    [InlineData(192, 64, "67 % of its width")]
    [InlineData(64, 128, "50 % of its height")]
    [InlineData(128, 128, null)]
    [InlineData(1000, 1001, null)]
    public void What_filling_cuts_off_is_said(int width, int height, string? cut)
    {
        using var folder = new TemporaryFolder();
        Media.WritePng(folder["a.png"], new byte[width * height], height, width, 1);
        var notes = new List<string>();
        Assert.Equal(64 * 64 * 3, KeyFrameOption.Read($"0={folder["a.png"]}", T, 64, 64, Fit.Cover, notes.Add).Rgb.Length);
        Assert.Equal(cut is null ? 0 : 1, notes.Count);
        Assert.All(notes, n => Assert.Contains(cut!, n));
        foreach (var fit in new[] { Fit.Contain, Fit.Stretch })
            KeyFrameOption.Read($"0={folder["a.png"]}", T, 64, 64, fit, note => Assert.Fail(note));
    }

    [Fact]
    public void A_wide_key_frame_is_fitted_as_told()
    {
        // Red, green and blue thirds.
        using var folder = new TemporaryFolder();
        var rgb = new byte[192 * 64 * 3];
        for (int i = 0; i < 192 * 64; i++)
            rgb[3 * i + i % 192 / 64] = 255;
        Media.WritePng(folder["wide.png"], rgb, 64, 192);
        string Row(Fit fit, int y)
        {
            byte[] shown = KeyFrameOption.Read($"0={folder["wide.png"]}", T, 64, 64, fit, _ => { }).Rgb;
            return string.Concat(new[] { 8, 32, 56 }.Select(x => shown.AsSpan(3 * (64 * y + x), 3) switch { [255, 0, 0] => 'r', [0, 255, 0] => 'g', [0, 0, 255] => 'b', [255, 255, 255] => 'w', _ => '?' }));
        }

        Assert.Equal(("ggg", "ggg"), (Row(Fit.Cover, 2), Row(Fit.Cover, 32)));
        Assert.Equal(("www", "rgb"), (Row(Fit.Contain, 2), Row(Fit.Contain, 32)));
        Assert.Equal(("rgb", "rgb"), (Row(Fit.Stretch, 2), Row(Fit.Stretch, 32)));
    }

    [Theory]
    [InlineData(0, "nothing is painted")]
    [InlineData(255, "all of it is painted")]
    [InlineData(7, null)]
    public void A_mask_that_says_nothing_is_told(byte painted, string? told)
    {
        using var folder = new TemporaryFolder();
        var mask = new byte[32 * 48];
        mask.AsSpan(0, painted == 7 ? mask.Length / 2 : mask.Length).Fill(painted);
        Media.WritePng(folder["mask.png"], mask, 48, 32, 1);
        var notes = new List<string>();
        byte[] read = KeyFrameOption.ReadMask(folder["mask.png"], 64, 64, Fit.Stretch, notes.Add);
        Assert.Equal(painted switch { 0 => 0, 255 => 64 * 64, _ => 64 * 32 }, read.Count(v => v == 255));
        Assert.Equal(told is null ? 0 : 1, notes.Count);
        Assert.All(notes, n => Assert.Contains(told!, n));
    }
}
