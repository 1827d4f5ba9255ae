namespace AniSora.Pictures.Tests;

public sealed class GifFileTests
{
    // What a frame leaves behind: 1 itself, 2 nothing where it was, 3 what was there before.
    private const byte Stays = 1, Clears = 2, GoesAway = 3;

    [Fact]
    public void A_moving_square_leaves_no_trail()
    {
        byte[] file = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "fixtures", "gif-disposal2.gif"));
        using var gif = GifFile.TryOpen(file)!;
        Assert.Equal((96, 96, true, 24, false), (gif.Width, gif.Height, gif.HasAlpha, gif.Durations.Count, gif.BreaksOff));
        Assert.All(gif.Durations, d => Assert.Equal(120, d));
        int frames = 0, opaque = 0;
        for (; gif.TryNext(out var canvas); frames++)
        {
            int now = 0;
            for (int p = 0; p < canvas.Length; p += 4)
            {
                Assert.True(canvas[p + 3] is 0 or 255);
                now += canvas[p + 3] / 255;
                // The square is orange; nothing else is there.
                Assert.True(canvas[p + 3] == 0 || canvas[p] > 200);
            }
            Assert.True(frames == 0 || now == opaque, $"frame {frames}: {now} pixels, {opaque} before");
            opaque = now;
        }
        Assert.Equal(24, frames);
    }

    [Theory]
    // Frame n paints column n of four; a figure for each column: n, or . for transparent.
    [InlineData(new[] { Stays, Stays, Stays, Stays }, "0...|01..|012.|0123")]
    [InlineData(new[] { Clears, Clears, Clears, Clears }, "0...|.1..|..2.|...3")]
    [InlineData(new[] { Stays, GoesAway, Stays, Stays }, "0...|01..|0.2.|0.23")]
    [InlineData(new[] { Stays, GoesAway, GoesAway, Stays }, "0...|01..|0.2.|0..3")]
    [InlineData(new[] { Stays, Clears, GoesAway, Stays }, "0...|01..|0.2.|0..3")]
    [InlineData(new[] { GoesAway, GoesAway, Stays, Stays }, "0...|.1..|..2.|..23")]
    [InlineData(new[] { Clears, Stays, GoesAway, Clears }, "0...|.1..|.12.|.1.3")]
    public void Frames_stay_clear_or_go_away(byte[] disposals, string canvases)
    {
        using var gif = GifFile.TryOpen(Columns(disposals))!;
        var seen = new List<string>();
        while (gif.TryNext(out var canvas))
        {
            byte[] rgba = canvas.ToArray();
            seen.Add(string.Concat(Enumerable.Range(0, 4).Select(x => rgba[4 * x + 3] == 0 ? '.' : (char)('0' + rgba[4 * x] / 60))));
        }
        Assert.Equal(canvases, string.Join('|', seen));
    }

    [Fact]
    public void What_breaks_off_has_its_whole_frames()
    {
        byte[] file = Columns([Stays, Stays, Stays, Stays]);
        using var gif = GifFile.TryOpen(file.AsSpan(0, file.Length - 5))!;
        Assert.Equal((3, true), (gif.Durations.Count, gif.BreaksOff));
        for (int length = 0; length < file.Length; length++)
        {
            using var part = GifFile.TryOpen(file.AsSpan(0, length));
            int frames = 0;
            while (part?.TryNext(out _) == true)
                frames++;
            Assert.Equal(part?.Durations.Count ?? 0, frames);
        }
        Assert.Null(GifFile.TryOpen("GIF89a"u8));
        Assert.Null(GifFile.TryOpen("no picture"u8));
    }

    // A 4×1 GIF (GIF89a specification) whose frame n is one pixel of colour n, grey 60 n, in column n.
    private static byte[] Columns(byte[] disposals)
    {
        byte[] file = [.. "GIF89a"u8, 4, 0, 1, 0, 0b1000_0001, 0, 0, 0, 0, 0, 60, 60, 60, 120, 120, 120, 180, 180, 180];
        for (byte n = 0; n < disposals.Length; n++)
        {
            // Codes of 3 bits: clear (4), the colour, end (5).
            int codes = 4 | n << 3 | 5 << 6;
            file = [.. file, 0x21, 0xF9, 4, (byte)(disposals[n] << 2), 10, 0, 0, 0, 0x2C, n, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, (byte)codes, (byte)(codes >> 8), 0];
        }
        return [.. file, 0x3B];
    }
}
