namespace AniSora.Data.Tests;

public class FrameStoreTests(SmallDataset data) : IClassFixture<SmallDataset>
{
    [Fact]
    public void FramesAreTheSpritesWithTheirAlpha()
    {
        using var index = ClipIndex.Open(data.Folder);
        using var store = new FrameStore(data.Folder);
        foreach (var clip in index.Query("direction = 'n' AND label = 'header'"))
        {
            byte[] rgba = store.Read(clip);
            Assert.Equal(clip.Checksum, FrameStore.Checksum(rgba));
            var sprite = Media.ReadPicture(SmallDataset.Sprites($"tuxfootball/team1/header/n/header{clip.FirstFrame + 1:d4}.png"));
            for (int p = 0; p < sprite.Rgba.Length; p += 4)
            {
                Assert.Equal(sprite.Rgba[p + 3], rgba[p + 3]);
                if (rgba[p + 3] != 0)
                    Assert.True(rgba.AsSpan(p, 3).SequenceEqual(sprite.Rgba.AsSpan(p, 3)));
            }
        }
    }

    [Fact]
    public void OneFlippedBitIsFoundAndTheClipNamed()
    {
        using var folder = new TemporaryFolder();
        string copy = data.CopyTo(folder);
        using var index = ClipIndex.Open(copy);
        var clip = index.Query("label = 'winning'")[0];
        string shard = Path.Combine(copy, clip.Shard);
        using (var stream = File.Open(shard, FileMode.Open, FileAccess.ReadWrite))
        {
            stream.Position = clip.Offset + 2 * 64 * 64 * 4 + 100;
            int value = stream.ReadByte();
            stream.Position--;
            stream.WriteByte((byte)(value ^ 4));
        }

        using var store = new FrameStore(copy);
        var e = Assert.Throws<InputException>(() => store.Read(clip));
        Assert.Contains(clip.ClipId, e.Message);
        Assert.Contains(shard, e.Message);
        using var trusting = new FrameStore(copy, verify: false);
        Assert.Equal(clip.ClipBytes, trusting.Read(clip).Length);

        // The loader reports it too, from its own thread, and again when asked again.
        using var loader = new ClipLoader(index, new LoaderOptions("label = 'winning'", 2, Shuffle: false));
        Assert.Contains(clip.ClipId, Assert.Throws<InputException>(loader.Next).Message);
        Assert.Contains(clip.ClipId, Assert.Throws<InputException>(loader.Next).Message);
    }

    [Fact]
    public void AnIndexCannotLeadElsewhere()
    {
        using var index = ClipIndex.Open(data.Folder);
        using var store = new FrameStore(data.Folder);
        var clip = index.Query()[0];
        foreach (var wrong in new[]
        {
            clip with { Shard = "../" + clip.Shard }, clip with { Shard = "/etc/passwd" }, clip with { Shard = ".." }, clip with { Shard = "absent.safetensors" },
            clip with { Tensor = "absent" }, clip with { Offset = clip.Offset + 1 }, clip with { ByteLength = 1 }, clip with { SequenceFrames = 1000 }, clip with { FirstFrame = -1 }, clip with { FrameStep = 0 },
        })
            Assert.Throws<InputException>(() => store.Read(wrong));
    }

    [Fact]
    public void ATruncatedShardIsNamed()
    {
        using var folder = new TemporaryFolder();
        string copy = data.CopyTo(folder);
        using var index = ClipIndex.Open(copy);
        var clip = index.Query()[0];
        string shard = Path.Combine(copy, clip.Shard);
        using (var stream = File.OpenWrite(shard))
            stream.SetLength(stream.Length / 2);
        using var store = new FrameStore(copy);
        Assert.Contains(shard, Assert.Throws<InputException>(() => store.Read(clip)).Message);
    }

    [Fact]
    public void ClipsThatRunRoundALoopWrap()
    {
        using var folder = new TemporaryFolder();
        DemoDataset.Build(folder["loop"], [SmallDataset.Sources()[0] with { Loops = true, Label = "running" }], null, default);
        using var index = ClipIndex.Open(folder["loop"]);
        Assert.Equal(["a footballer in a blue shirt runs slowly to the north"], index.Values("caption"));
        using var store = new FrameStore(folder["loop"]);
        var clip = index.Query("first_frame = 19").Single();
        byte[] rgba = store.Read(clip);
        using var shard = SafeTensorsFile.Open(Path.Combine(folder["loop"], clip.Shard));
        var whole = shard.Bytes(clip.Tensor);
        for (int t = 0; t < 17; t++)
            Assert.True(rgba.AsSpan(t * 16384, 16384).SequenceEqual(whole.Slice((19 + t) % 20 * 16384, 16384)));
    }
}
