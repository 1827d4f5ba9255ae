using AniSora.Data.Pipeline;

namespace AniSora.Data.Tests.Pipeline;

public class IngestPlanTests
{
    internal static SourceRow Source(string id, long bytes = 100) => new(
        id, 0, "folder", SourceKind.Film, "/films/" + id, "", bytes, "unknown", "", id, "", "", "", "", "", 0, false, true);

    [Fact]
    public void EverySourceIsInOneUnitAndUnitsAreFull()
    {
        using var folder = new TemporaryFolder();
        var dataset = new DatasetFolder(folder.Path);
        Assert.Equal((100, 100), IngestPlan.Write(dataset, Enumerable.Range(0, 100).Select(i => Source($"f{i:d3}")), 8));
        var units = dataset.Shards().ToList();
        Assert.Equal(13, units.Count);
        Assert.Equal([.. Enumerable.Repeat(8, 12), 4], units.Select(u => u.Sources.Count));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"f{i:d3}"), units.SelectMany(u => u.Sources).Select(s => s.SourceId).Order());
        // Workers share the units without overlap or loss.
        var shared = Enumerable.Range(0, 3).SelectMany(i => units.Where(u => new WorkShare(i, 3).Has(u.Number)));
        Assert.Equal(units.Select(u => u.Number), shared.Select(u => u.Number).Order());
    }

    [Fact]
    public void WhatIsPlannedKeepsItsUnitWhenSourcesComeAndGo()
    {
        using var folder = new TemporaryFolder();
        var dataset = new DatasetFolder(folder.Path);
        IngestPlan.Write(dataset, Enumerable.Range(0, 20).Select(i => Source($"f{i:d3}")), 4);
        var before = dataset.Shards().ToDictionary(u => u.Number, u => u.Name);
        // A new file, a changed one, and one that is gone.
        var after = Enumerable.Range(1, 20).Select(i => Source($"f{i:d3}", i == 7 ? 999 : 100));
        Assert.Equal((20, 2), IngestPlan.Write(dataset, after, 4));
        var units = dataset.Shards().ToList();
        Assert.Equal(["f007", "f020"], units[^1].Sources.Select(s => s.SourceId).Order());
        var changed = units.Where(u => before.TryGetValue(u.Number, out string? name) && name != u.Name).ToList();
        // Only the units that lost a source have another name, so only their parts are made again.
        Assert.InRange(changed.Count, 1, 2);
        Assert.Equal(20, units.Sum(u => u.Sources.Count));
        Assert.Equal((20, 0), IngestPlan.Write(dataset, after, 4));
    }

    [Fact]
    public void TwoSourcesOfOneNameAndNoneAtAllAreErrors()
    {
        using var folder = new TemporaryFolder();
        var dataset = new DatasetFolder(folder.Path);
        Assert.Contains("two sources are called a", Assert.Throws<InputException>(() => IngestPlan.Write(dataset, [Source("a"), Source("a")], 4)).Message);
        Assert.Contains("nothing to ingest", Assert.Throws<InputException>(() => IngestPlan.Write(dataset, [], 4)).Message);
    }

    [Theory]
    [InlineData("4/4")]
    [InlineData("-1/4")]
    [InlineData("1")]
    [InlineData("a/b")]
    [InlineData("1/0")]
    public void AShareThatIsNoneIsNamed(string text) => Assert.Contains($"--shard {text}", Assert.Throws<InputException>(() => WorkShare.Parse(text)).Message);

    [Fact]
    public void PathsThatLeadElsewhereAreRefused()
    {
        var dataset = new DatasetFolder("/data/set");
        Assert.Equal("/data/set/frames/a/b.safetensors", dataset.Resolve("frames/a/b.safetensors"));
        foreach (string path in new[] { "", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a\\b" })
            Assert.Throws<InputException>(() => dataset.Resolve(path));
    }
}
