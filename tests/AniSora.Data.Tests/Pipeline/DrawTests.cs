using AniSora.Data.Pipeline;
using AniSora.Data.Pipeline.Selection;

namespace AniSora.Data.Tests.Pipeline;

public class DrawTests(SmallDataset data) : IClassFixture<SmallDataset>
{
    [Fact]
    public void HeavierClipsAreDrawnMoreOftenAndNoneTwice()
    {
        using var folder = new TemporaryFolder();
        var dataset = SelectionTests.Candidates(folder);
        DatasetSelection.Write(dataset, new FilterConfig(), new BalanceConfig { Label = 1, Motion = 0, TestShare = 0 });
        using var index = ClipIndex.Open(dataset.Root);
        var rare = index.Query("label = 'rare'").Select(r => r.ClipId).ToHashSet();
        int first = 0;
        for (ulong seed = 0; seed < 400; seed++)
        {
            var ids = index.DrawIds("", 20, seed);
            Assert.Equal(20, ids.Distinct().Count());
            first += rare.Contains(ids[0]) ? 1 : 0;
        }
        // Both labels have half of the weight: of 400 first draws 200 ± 10 are rare ones (a fifth of the clips); four deviations.
        Assert.InRange(first, 160, 240);
        Assert.Equal(index.DrawIds("", 20, 7), index.DrawIds("", 20, 7));
        Assert.NotEqual(index.DrawIds("", 20, 7), index.DrawIds("", 20, 8));
    }

    [Fact]
    public void ASmallDrawIsTheBeginningOfALargeOne()
    {
        using var folder = new TemporaryFolder();
        var dataset = SelectionTests.Candidates(folder);
        DatasetSelection.Write(dataset, new FilterConfig(), new BalanceConfig());
        using var index = ClipIndex.Open(dataset.Root);
        var all = index.Draw("split = 'train'", 1000, 3);
        Assert.Equal(index.Query("split = 'train'").Count, all.Count);
        foreach (int count in new[] { 0, 1, 5, 40, all.Count })
            Assert.Equal(all.Take(count), index.Draw("split = 'train'", count, 3));
        Assert.Equal(index.Rows(all).Select(r => r.ClipId), index.DrawIds("split = 'train'", 1000, 3));
        Assert.Contains("columns are", Assert.Throws<InputException>(() => index.Draw("nonsense = 1", 5, 0)).Message);
    }

    [Fact]
    public void EpochsThatAreDrawsDifferAndResume()
    {
        using var index = ClipIndex.Open(data.Folder);
        var options = new LoaderOptions("label = 'header'", 2, 5, EpochClips: 6);
        var seen = new List<string>();
        LoaderState middle;
        using (var loader = new ClipLoader(index, options))
        {
            Assert.Equal(6, loader.Count);
            for (int i = 0; i < 4; i++)
                seen.AddRange(loader.Next().Clips.Select(c => c.ClipId));
            middle = loader.State;
            for (int i = 0; i < 4; i++)
                seen.AddRange(loader.Next().Clips.Select(c => c.ClipId));
        }
        Assert.Equal(6, seen.Take(6).Distinct().Count());
        Assert.NotEqual(seen.Take(6), seen.Skip(6).Take(6));
        using var resumed = new ClipLoader(index, options);
        resumed.Restore(middle);
        Assert.Equal(seen.Skip(8), Enumerable.Range(0, 4).SelectMany(_ => resumed.Next().Clips.Select(c => c.ClipId)).ToList());
        Assert.Contains("only", Assert.Throws<InputException>(() => new ClipLoader(index, options with { EpochClips = 1_000_000 })).Message);
    }
}
