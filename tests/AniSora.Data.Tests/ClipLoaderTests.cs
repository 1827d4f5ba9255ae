using System.Text.Json;

namespace AniSora.Data.Tests;

public class ClipLoaderTests(SmallDataset data) : IClassFixture<SmallDataset>
{
    [Fact]
    public void PrefetchingDoesNotChangeTheStream()
    {
        using var index = ClipIndex.Open(data.Folder);
        var options = new LoaderOptions("split = 'train'", 3, 7);
        var expected = Take(index, options with { PrefetchBatches = 0 }, 8);
        Assert.Equal(expected, Take(index, options with { PrefetchBatches = 1 }, 8));
        Assert.Equal(expected, Take(index, options with { PrefetchBatches = 6 }, 8));
        Assert.NotEqual(expected, Take(index, options with { Seed = 8 }, 8));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void ARestoredLoaderContinuesExactly(bool shuffle, bool balance)
    {
        using var index = ClipIndex.Open(data.Folder);
        var options = new LoaderOptions("", 3, 11, shuffle, PrefetchBatches: 3, Balance: balance ? 1 : 0);
        var unbroken = Take(index, options, 20);
        for (int cut = 0; cut < 20; cut += 3)
        {
            string saved;
            using (var first = new ClipLoader(index, options))
            {
                for (int i = 0; i < cut; i++)
                    first.Next();
                saved = JsonSerializer.Serialize(first.State);
            }

            using var second = new ClipLoader(index, options);
            second.Next();
            second.Restore(JsonSerializer.Deserialize<LoaderState>(saved)!);
            Assert.Equal(saved, JsonSerializer.Serialize(second.State));
            for (int i = cut; i < 20; i++)
                Assert.Equal(unbroken[i], Digest(second.Next()));
        }
    }

    [Fact]
    public void AnEpochHoldsEveryClipOnce()
    {
        using var index = ClipIndex.Open(data.Folder);
        using var loader = new ClipLoader(index, new LoaderOptions("", 4, 3));
        Assert.Equal(16, loader.Count);
        var epochs = Enumerable.Range(0, 2).Select(_ => Enumerable.Range(0, 4).SelectMany(_ => loader.Next().Clips.Select(c => c.ClipId)).ToList()).ToList();
        Assert.All(epochs, e => Assert.Equal(16, e.Distinct().Count()));
        Assert.NotEqual(epochs[0], epochs[1]);
        Assert.Equal(new LoaderState(2, 0, 3, loader.State.OrderHash), loader.State);
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(0.5, 6)] // 16 · √4 / (√4 + √12) = 5.9
    [InlineData(1, 8)]
    public void BalanceGoesFromEveryClipOnceToEveryLabelAlike(double balance, int winning)
    {
        using var index = ClipIndex.Open(data.Folder);
        using var loader = new ClipLoader(index, new LoaderOptions("", 16, 3, Balance: balance));
        Assert.Equal(winning, loader.Next().Clips.Count(c => c.Label == "winning"));
        Assert.Contains("balance", Assert.Throws<InputException>(() => new ClipLoader(index, new LoaderOptions(Balance: -1))).Message);
    }

    [Fact]
    public void WithoutAugmentationSamplesAreTheIndexsOwn()
    {
        using var index = ClipIndex.Open(data.Folder);
        using var store = new FrameStore(data.Folder);
        using var loader = new ClipLoader(index, new LoaderOptions("split = 'test'", 2, 5, Shuffle: false, Augment: false));
        var batch = loader.Next();
        Assert.Equal((2, 17, 64, 64), (batch.B, batch.T, batch.H, batch.W));
        Assert.Equal(index.Query("split = 'test'").Take(2), batch.Clips);
        Assert.Equal(batch.Clips.Select(c => c.Caption), batch.Captions);
        var (rgb, alpha) = store.ReadComposited(batch.Clips[1]);
        Assert.True(batch.Rgb.AsSpan(rgb.Length).SequenceEqual(rgb));
        Assert.True(batch.Alpha.AsSpan(alpha.Length).SequenceEqual(alpha));
    }

    [Fact]
    public void AugmentationShiftsAndMirrorsOnlyWhereItIsTrue()
    {
        using var index = ClipIndex.Open(data.Folder);
        using var loader = new ClipLoader(index, new LoaderOptions("", 8, 2));
        var captions = new HashSet<string>();
        var texts = index.CaptionTexts(suffix: false);
        for (int i = 0; i < 16; i++)
        {
            var batch = loader.Next();
            foreach (var (clip, caption) in batch.Clips.Zip(batch.Captions))
            {
                captions.Add(caption);
                if (clip.Label == "header")
                    Assert.Contains(clip.Direction == "n" ? "north" : "west", caption);
                Assert.Contains(caption, texts);
            }
        }

        Assert.Contains(captions, c => c.Contains("penguin") && c.EndsWith("east"));
        Assert.Contains(captions, c => c.Contains("penguin") && c.EndsWith("west"));
        Assert.True(captions.Count > 8);
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        using var index = ClipIndex.Open(data.Folder);
        using var loader = new ClipLoader(index, new LoaderOptions("", 2, 1));
        var state = loader.State;
        Assert.Contains("seed", Assert.Throws<InputException>(() => loader.Restore(state with { Seed = 2 })).Message);
        Assert.Contains("--data", Assert.Throws<InputException>(() => loader.Restore(state with { OrderHash = "0" })).Message);
        Assert.Contains("position", Assert.Throws<InputException>(() => loader.Restore(state with { Position = 16 })).Message);
        Assert.Contains("batch_size", Assert.Throws<InputException>(() => new ClipLoader(index, new LoaderOptions(BatchSize: 0))).Message);
        Assert.Contains("label is one of", Assert.Throws<InputException>(() => new ClipLoader(index, new LoaderOptions("label = 'flying'"))).Message);
    }

    private static List<string> Take(ClipIndex index, LoaderOptions options, int batches)
    {
        using var loader = new ClipLoader(index, options);
        return [.. Enumerable.Range(0, batches).Select(_ => Digest(loader.Next()))];
    }

    private static string Digest(ClipBatch batch) =>
        $"{FrameStore.Checksum(batch.Rgb)} {FrameStore.Checksum(batch.Alpha)} {string.Join('|', batch.Captions)} {string.Join('|', batch.Clips.Select(c => c.ClipId))}";
}
