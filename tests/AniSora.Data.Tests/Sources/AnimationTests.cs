using System.Buffers.Binary;
using AniSora.Data.Pipeline;

namespace AniSora.Data.Tests;

public class AnimationTests
{
    private const int Width = 32, Height = 24, Frames = 6;
    private static readonly string _square = Path.Combine(AppContext.BaseDirectory, "fixtures/webp/square.webp");
    private static readonly FrameRequest _whole = new(Width, Height, Fit: Fit.Contain);

    [Fact]
    public void EveryFrameIsTheWholeCanvas()
    {
        var source = SourceFiles.Source(SourceKind.Animation, _square);
        var probe = AnimationProbe.Probe(source);
        Assert.Equal(new ProbeRow("test/source", true, "", "webp", "webp", Width, Height, Frames, 10, false, 0.6, true), probe);
        var (frames, problem) = SourceFiles.ReadAll(source, probe, _whole);
        Assert.Null(problem);
        Assert.Equal(Frames, frames.Count);
        foreach (var (n, frame) in frames.Index())
        {
            for (int p = 0; p < Width * Height; p++)
            {
                bool inside = p % Width >= 4 * n && p % Width < 4 * n + 8 && p / Width is >= 6 and < 18;
                Assert.Equal(inside ? 255 : 0, frame[4 * p + 3]);
                if (inside)
                    Assert.Equal([200, (byte)(20 * n), 40], frame[(4 * p)..(4 * p + 3)]);
            }
        }
    }

    [Fact]
    public void APartOfTheFramesAndOfThePictureCanBeAskedFor()
    {
        var source = SourceFiles.Source(SourceKind.Animation, _square);
        var probe = AnimationProbe.Probe(source);
        var all = SourceFiles.ReadAll(source, probe, _whole).Frames;
        Assert.Equal(all[2..5], SourceFiles.ReadAll(source, probe, _whole with { FirstFrame = 2, Frames = 3 }).Frames);
        Assert.Equal(all[4..], SourceFiles.ReadAll(source, probe, _whole with { FirstFrame = 4, Frames = 100 }).Frames);
        Assert.Equal(all.Where((_, i) => i % 3 == 0), SourceFiles.ReadThirds(source, probe, _whole));
        Assert.Empty(SourceFiles.ReadAll(source, probe, _whole with { FirstFrame = 6 }).Frames);
        var part = SourceFiles.ReadAll(source, probe, new FrameRequest(8, 12, new CropBox(4, 6, 8, 12))).Frames;
        Assert.All(part[1].Chunk(4), p => Assert.Equal([200, 20, 40, 255], p));
    }

    [Theory]
    [InlineData(0.9, 5)]
    [InlineData(0.5, 2)]
    public void FramesBeforeACutAreUsedAndTheRestIsTold(double share, int whole)
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = File.ReadAllBytes(_square);
        File.WriteAllBytes(folder["cut.webp"], bytes[..(int)(bytes.Length * share)]);
        Broken(folder["cut.webp"], whole, "should have");
    }

    [Fact]
    public void ABrokenChunkEndsTheAnimation()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = File.ReadAllBytes(_square);
        int fourth = Chunks(bytes).Where(c => c.Name == "ANMF").ElementAt(3).At;

        byte[] huge = [.. bytes];
        BinaryPrimitives.WriteUInt32LittleEndian(huge.AsSpan(fourth + 4), 0xFFFFFF00);
        File.WriteAllBytes(folder["size.webp"], huge);
        Broken(folder["size.webp"], 3, "\"ANMF\"");

        byte[] outside = [.. bytes];
        outside[fourth + 8] = 200;
        File.WriteAllBytes(folder["outside.webp"], outside);
        Broken(folder["outside.webp"], 3, "outside the canvas");

        byte[] garbage = [.. bytes];
        garbage.AsSpan(fourth + 8 + 16 + 8, 20).Fill(0xA5);
        File.WriteAllBytes(folder["garbage.webp"], garbage);
        // The structure is whole; only decoding finds it out.
        var source = SourceFiles.Source(SourceKind.Animation, folder["garbage.webp"]);
        var (frames, problem) = SourceFiles.ReadAll(source, AnimationProbe.Probe(source), _whole);
        Assert.Equal(3, frames.Count);
        Assert.StartsWith($"{folder["garbage.webp"]}: frame 3 is damaged", problem);
    }

    [Fact]
    public void WhatIsNoAnimationIsRefusedWithItsReason()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = File.ReadAllBytes(_square);
        byte[] still = [.. bytes], canvas = [.. bytes];
        still[20] = 0x10;
        canvas.AsSpan(24, 6).Fill(0xFF);
        File.WriteAllBytes(folder["still.webp"], still);
        File.WriteAllBytes(folder["canvas.webp"], canvas);
        File.WriteAllBytes(folder["one.webp"], bytes[..Chunks(bytes).Where(c => c.Name == "ANMF").ElementAt(1).At]);
        File.WriteAllBytes(folder["empty.webp"], []);
        File.WriteAllBytes(folder["head.webp"], bytes[..25]);
        File.WriteAllText(folder["text.webp"], "no picture at all");
        foreach (var (name, reason) in new[]
        {
            ("still.webp", "still"), ("canvas.webp", "16777216×16777216"), ("one.webp", "one whole frame"), ("empty.webp", "0 bytes"), ("head.webp", "header"),
            ("text.webp", "not a WebP"), ("absent.webp", "no such file"),
        })
        {
            var source = SourceFiles.Source(SourceKind.Animation, folder[name]);
            var probe = AnimationProbe.Probe(source);
            Assert.False(probe.Readable);
            Assert.Contains(reason, probe.Reason);
            Assert.DoesNotContain('\n', probe.Reason);
            Assert.Throws<InputException>(() => FrameReaders.Open(source, probe, _whole));
        }
    }

    [Fact]
    public void NoDamagedByteCrashesTheReader()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = File.ReadAllBytes(_square);
        string file = folder["damaged.webp"];
        var random = new Kernels.SplitMix(11);
        for (int i = 0; i < 200; i++)
        {
            byte[] damaged = [.. bytes];
            for (int k = 0; k < 3; k++)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(file, damaged);
            var source = SourceFiles.Source(SourceKind.Animation, file);
            var probe = AnimationProbe.Probe(source);
            if (probe.Readable && (long)probe.Width * probe.Height < 1 << 20)
            {
                try
                {
                    SourceFiles.ReadAll(source, probe, new FrameRequest(8, 8));
                }
                catch (InputException e)
                {
                    Assert.StartsWith(file, e.Message);
                }
            }
        }
    }

    [Fact]
    public void AGifIsAnAnimationWithoutATrail()
    {
        string file = Path.Combine(AppContext.BaseDirectory, "fixtures", "cases", "gif-disposal2.gif");
        var source = Assert.Single(FolderSources.List(Path.GetDirectoryName(file)!), s => s.SourceId == "gif-disposal2.gif");
        var probe = SourceProbes.Probe(source);
        Assert.Equal(new ProbeRow("gif-disposal2.gif", true, "", "gif", "gif", 96, 96, 24, 1000 / 120.0, false, 24 * 0.12, true), probe);
        var (frames, problem) = SourceFiles.ReadAll(source, probe, new FrameRequest(96, 96));
        Assert.Null(problem);
        Assert.Equal(24, frames.Count);
        // The square alone, as large in each frame.
        Assert.Single(frames.Select(f => f.Chunk(4).Count(p => p[3] > 0)).Distinct());

        using var folder = new TemporaryFolder();
        byte[] bytes = File.ReadAllBytes(file);
        File.WriteAllBytes(folder["cut.gif"], bytes[..(bytes.Length / 2)]);
        File.WriteAllBytes(folder["huge.gif"], [.. bytes[..6], 0xFF, 0xFF, 0xFF, 0xFF, .. bytes[10..]]);
        File.WriteAllBytes(folder["head.gif"], bytes[..20]);
        var cut = SourceFiles.Source(SourceKind.Animation, folder["cut.gif"]);
        (frames, problem) = SourceFiles.ReadAll(cut, AnimationProbe.Probe(cut), new FrameRequest(96, 96));
        Assert.Equal(10, frames.Count);
        Assert.Contains("breaks off in frame 10", problem);
        Assert.Contains("65535×65535", AnimationProbe.Probe(SourceFiles.Source(SourceKind.Animation, folder["huge.gif"])).Reason);
        Assert.False(AnimationProbe.Probe(SourceFiles.Source(SourceKind.Animation, folder["head.gif"])).Readable);
    }

    [Fact]
    public void HeldFramesAreRepeated()
    {
        var steady = new AnimationTimes([42, 41, 42, 42]);
        Assert.False(steady.Variable);
        Assert.Equal((4, 4), (steady.Frames, steady.Stored(4)));
        Assert.Equal(1000 / 41.75, steady.Fps, 9);

        var held = new AnimationTimes([40, 40, 40, 400, 40]);
        Assert.True(held.Variable);
        Assert.Equal((25.0, 14), (held.Fps, held.Frames));
        Assert.Equal([0, 1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 5], Enumerable.Range(0, 15).Select(held.Stored));

        // What asks for no time at all is shown as browsers show it.
        Assert.Equal(10, new AnimationTimes([0, 0, 10]).Fps, 9);
        Assert.Equal(MediaLimits.AnimationFrames, new AnimationTimes([20, 20, 20, 0xFFFFFF]).Frames);
    }

    private static void Broken(string path, int whole, string reason)
    {
        var source = SourceFiles.Source(SourceKind.Animation, path);
        var probe = AnimationProbe.Probe(source);
        Assert.True(probe.Readable, probe.Reason);
        Assert.Equal(whole + 1, probe.Frames);
        var (frames, problem) = SourceFiles.ReadAll(source, probe, _whole);
        var good = SourceFiles.Source(SourceKind.Animation, _square);
        Assert.Equal(SourceFiles.ReadAll(good, AnimationProbe.Probe(good), _whole).Frames[..whole], frames);
        Assert.StartsWith(path, problem);
        Assert.Contains(reason, problem);
    }

    private static IEnumerable<(string Name, int At)> Chunks(byte[] bytes)
    {
        for (int at = 12; at < bytes.Length; at += 8 + (int)(BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 4)) + 1 & ~1u))
            yield return (System.Text.Encoding.ASCII.GetString(bytes, at, 4), at);
    }
}
