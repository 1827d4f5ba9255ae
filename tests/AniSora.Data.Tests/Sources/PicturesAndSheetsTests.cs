using System.Text.Json;
using AniSora.Data.Pipeline;

namespace AniSora.Data.Tests;

public class PicturesAndSheetsTests
{
    [Fact]
    public void PicturesComeInOrderWhateverTheBatch()
    {
        using var folder = new TemporaryFolder();
        string[] names = [.. Enumerable.Range(0, 70).Select(i => $"a{i}.png")];
        foreach (var (i, name) in names.Index())
            SourceFiles.WritePng(folder[name], 6, 4, (byte)(3 * i), 7, 9);
        var source = SourceFiles.Pictures(folder.Path, names, 25);
        var probe = PicturesProbe.Probe(source);
        Assert.Equal(new ProbeRow("test/source", true, "", "pictures", "png", 6, 4, 70, 25, false, 2.8, false), probe);
        var (frames, problem) = SourceFiles.ReadAll(source, probe, new FrameRequest(6, 4));
        Assert.Null(problem);
        Assert.Equal(Enumerable.Range(0, 70).Select(i => (byte)(3 * i)), frames.Select(f => f[0]));
        Assert.Equal(frames[60..66], SourceFiles.ReadAll(source, probe, new FrameRequest(6, 4, FirstFrame: 60, Frames: 6)).Frames);
        Assert.Equal(frames.Where((_, i) => i % 3 == 0), SourceFiles.ReadThirds(source, probe, new FrameRequest(6, 4)));
    }

    [Fact]
    public void SmallerPicturesAreCentredAndFormatsMix()
    {
        using var folder = new TemporaryFolder();
        SourceFiles.WritePng(folder["1.png"], 10, 8, 255, 0, 0);
        SourceFiles.WritePng(folder["2.png"], 4, 4, 0, 255, 0);
        Ffmpeg.Run("ffmpeg", ["-v", "error", "-i", folder["1.png"], folder["3.jpg"]], null, null);
        var source = SourceFiles.Pictures(folder.Path, ["1.png", "2.png", "3.jpg"]);
        var probe = PicturesProbe.Probe(source);
        Assert.Equal((10, 8, "png,jpeg"), (probe.Width, probe.Height, probe.Codec));
        var frames = SourceFiles.ReadAll(source, probe, new FrameRequest(10, 8)).Frames;
        Assert.Equal(3, frames.Count);
        for (int p = 0; p < 80; p++)
        {
            bool inside = p % 10 is >= 3 and < 7 && p / 10 is >= 2 and < 6;
            Assert.Equal(inside ? [0, 255, 0, 255] : new byte[4], frames[1].AsSpan(4 * p, 4).ToArray());
        }
        Assert.InRange(frames[2][0], 245, 255);
    }

    [Fact]
    public void ADamagedPictureIsNamedAndThoseBeforeItAreUsed()
    {
        using var folder = new TemporaryFolder();
        for (int i = 0; i < 5; i++)
            File.Copy(Directory.GetFiles(SmallDataset.Sprites("frozen-bubble"), "*.png")[i], folder[$"{i}.png"]);
        byte[] bytes = File.ReadAllBytes(folder["3.png"]);
        File.WriteAllBytes(folder["3.png"], bytes[..(bytes.Length / 2)]);
        var source = SourceFiles.Pictures(folder.Path, ["0.png", "1.png", "2.png", "3.png", "4.png"]);
        var probe = PicturesProbe.Probe(source);
        Assert.True(probe.Readable);
        var (frames, problem) = SourceFiles.ReadAll(source, probe, new FrameRequest(8, 8));
        Assert.Equal(3, frames.Count);
        Assert.StartsWith(folder["3.png"], problem);
    }

    [Fact]
    public void WhatIsNoSequenceIsRefusedWithItsReason()
    {
        using var folder = new TemporaryFolder();
        SourceFiles.WritePng(folder["a.png"], 4, 4, 1, 2, 3);
        byte[] huge = File.ReadAllBytes(folder["a.png"]);
        (huge[18], huge[19], huge[22], huge[23]) = (0x4E, 0x20, 0x4E, 0x20);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(huge.AsSpan(29), System.IO.Hashing.Crc32.HashToUInt32(huge.AsSpan(12, 17)));
        File.WriteAllBytes(folder["huge.png"], huge);
        File.WriteAllText(folder["text.png"], "no");
        foreach (var (source, reason) in new[]
        {
            (SourceFiles.Pictures(folder.Path, ["a.png"]), "still picture"),
            (SourceFiles.Pictures(folder.Path, ["huge.png"]), "20000×20000"),
            (SourceFiles.Pictures(folder.Path, ["a.png", "text.png"]), "text.png: not a picture"),
            (SourceFiles.Pictures(folder.Path, ["a.png", "absent.png"]), "absent.png: no such file"),
            (SourceFiles.Pictures(folder.Path, ["a.png", "../a.png"]), "no plain file name"),
            (SourceFiles.Pictures(folder.Path, ["a.png", "a.png"], fps: 0), "no frame rate"),
            (SourceFiles.Pictures(folder.Path, []), "holds no pictures"),
            (SourceFiles.Pictures(folder["absent"], []), "cannot be read"),
            (SourceFiles.Source(SourceKind.Pictures, folder.Path, "[1,"), "damaged"),
        })
        {
            var probe = PicturesProbe.Probe(source);
            Assert.False(probe.Readable);
            Assert.Contains(reason, probe.Reason);
        }
    }

    [Fact]
    public void AFigureOnASheetKeepsItsPlace()
    {
        using var folder = new TemporaryFolder();
        // Two rectangles whose fixed point, a white pixel, lies at different places in them.
        var sheet = new Picture(20, 10, new byte[4 * 20 * 10]);
        void Paint(int x, int y, byte value) => sheet.Rgba.AsSpan(4 * (20 * y + x), 4).Fill(value);
        Paint(1, 2, 255);
        Paint(13, 4, 255);
        Media.WritePng(folder["sheet.png"], sheet.Rgba, 10, 20, 4);
        string frames = JsonSerializer.Serialize(new[] { new[] { 0, 0, 5, 6, 1, 2 }, new[] { 10, 1, 6, 7, 3, 3 } });
        var source = SourceFiles.Source(SourceKind.Sheet, folder["sheet.png"], frames, 8);
        var probe = SheetProbe.Probe(source);
        Assert.Equal(new ProbeRow("test/source", true, "", "sheet", "png", 7, 7, 2, 8, false, 0.25, true), probe);
        var read = SourceFiles.ReadAll(source, probe, new FrameRequest(7, 7, Fit: Fit.Contain)).Frames;
        Assert.Equal(2, read.Count);
        Assert.Equal(read[0], read[1]);
        Assert.Equal(255, read[0][4 * (7 * 3 + 3) + 3]);
        Assert.Equal(4 * 255, read[0].Sum(b => b));
        Assert.Equal(read[1..], SourceFiles.ReadAll(source, probe, new FrameRequest(7, 7, FirstFrame: 1)).Frames);
    }

    [Theory]
    [InlineData("[[0,0,5,5,0,0],[16,0,5,5,0,0]]", "lies outside")]
    [InlineData("[[0,0,5,5,0,0],[-1,0,5,5,0,0]]", "damaged")]
    [InlineData("[[0,0,5,5,0,0],[0,0,5]]", "damaged")]
    [InlineData("[[0,0,5,5,0,0]]", "fewer than two")]
    [InlineData("[[0,0,5,5,0,0],[0,0,5,5,-2000000000,2000000000]]", "canvas")]
    [InlineData("[[0,0,5,5,0,0],null]", "damaged")]
    [InlineData("{}", "damaged")]
    public void ADamagedSheetIsRefusedWithItsReason(string frames, string reason)
    {
        using var folder = new TemporaryFolder();
        SourceFiles.WritePng(folder["sheet.png"], 20, 10, 1, 2, 3);
        var probe = SheetProbe.Probe(SourceFiles.Source(SourceKind.Sheet, folder["sheet.png"], frames, 8));
        Assert.False(probe.Readable);
        Assert.Contains(reason, probe.Reason);
    }
}
