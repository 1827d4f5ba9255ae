using System.Text.Json;
using AniSora.Data.Pipeline;

namespace AniSora.Data.Tests;

public class DemoDatasetTests(SmallDataset data) : IClassFixture<SmallDataset>
{
    [Fact]
    public void TheRecipeHoldsOutOneDirectionOfEveryPlay()
    {
        var held = DemoDataset.Recipe.Balance.HeldOut.Select(identity => identity.Split('/')).ToList();
        Assert.Equal(["header", "running", "tackling", "walking"], held.Select(h => h[1]).Order());
        Assert.All(held, h => Assert.Contains(h[2], Compass.Words.Keys));
    }

    [Fact]
    public void TheDatasetIsDeterministicAndItsSplitsAreDisjoint()
    {
        using var folder = new TemporaryFolder();
        DemoDataset.Build(folder["again"], SmallDataset.Sources(), null, default);
        using var first = ClipIndex.Open(data.Folder);
        using var second = ClipIndex.Open(folder["again"]);
        Assert.Equal(first.Query(), second.Query());
        Assert.All(first.Query().GroupBy(r => r.BaseSequence), g => Assert.Single(g.Select(r => r.Split).Distinct()));
        Assert.Equal((8, 8), (data.Result.Clips["train"], data.Result.Clips["test"]));
        Assert.Equal(["tuxfootball/header/w"], first.Query("split = 'test'").Select(r => r.BaseSequence).Distinct());
        Assert.All(first.Query(), r => Assert.InRange(r.MotionScore, 0.5, 40));
        Assert.All(first.Query(), r => Assert.Equal(16, r.Fps));
        Assert.All(first.Query(), r => Backgrounds.Render(BackgroundSpec.Parse(r.Background), 8, 8));
        Assert.All(first.Query("label = 'winning'"), r => Assert.Equal("a purple penguin jumps for joy facing west", r.Caption));
    }

    [Fact]
    public void LoopsAreShownAtTwoPaces()
    {
        using var folder = new TemporaryFolder();
        var once = SmallDataset.Sources()[0];
        // The sprites there and back: a loop long enough for the second pace.
        string[] files = JsonSerializer.Deserialize<string[]>(once.Frames)!;
        var loop = once with { Loops = true, Label = "walking", Frames = JsonSerializer.Serialize(files.Concat(files.Reverse())) };
        DemoDataset.Build(folder["loop"], [loop], null, default);
        using var index = ClipIndex.Open(folder["loop"]);
        foreach (var (step, pace) in new[] { (1, "slowly"), (2, "quickly") })
        {
            var clips = index.Query($"frame_step = {step}");
            Assert.Equal(10, clips.Count);
            Assert.All(clips, r => Assert.Equal((16, $"a footballer in a blue shirt walks {pace} to the north"), (r.Fps, r.Caption)));
        }
    }

    [Fact]
    public async Task AFinishedDatasetIsLeftAlone()
    {
        using var folder = new TemporaryFolder();
        string copy = data.CopyTo(folder);
        var result = await DemoDataset.PrepareAsync(copy, folder["no-cache"]);
        Assert.False(result.Built);
        Assert.Equal(data.Result.Bytes, result.Bytes);
        Assert.False(Directory.Exists(folder["no-cache"]));
    }

    [Fact]
    public void NothingForeignIsReplacedAndWhatWasBegunIsGoneOnWith()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => DemoDataset.Build(folder["demo"], SmallDataset.Sources(), null, stop.Token));
        Assert.False(File.Exists(Path.Combine(folder["demo"], ClipIndex.FileName)));
        Assert.Equal(16, DemoDataset.Build(folder["demo"], SmallDataset.Sources(), null, default).Clips.Values.Sum());

        Directory.CreateDirectory(folder["mine"]);
        File.WriteAllText(Path.Combine(folder["mine"], "thesis.txt"), "years of work");
        Assert.Contains("choose an empty or new folder", Assert.Throws<InputException>(() => DemoDataset.Build(folder["mine"], SmallDataset.Sources(), null, default)).Message);
        Assert.Equal("years of work", File.ReadAllText(Path.Combine(folder["mine"], "thesis.txt")));
    }

    [Theory]
    [InlineData("ingest.json")] // a person's own data set
    [InlineData("manifest.json")] // a web page's folder, say: the demo's earlier versions had a file of that name too
    public async Task WhatIsNotTheDemosIsNeverDeleted(string sign)
    {
        using var folder = new TemporaryFolder();
        string copy = data.CopyTo(folder), settings = Path.Combine(copy, "ingest.json"), mine = Path.Combine(copy, "thesis.txt");
        if (sign == "ingest.json")
            ConfigFile.Save(settings, new IngestConfig());
        else
            File.Move(settings, Path.Combine(copy, sign));
        File.WriteAllText(mine, "years of work");
        var e = await Assert.ThrowsAsync<InputException>(() => DemoDataset.PrepareAsync(copy, folder["no-cache"], force: true));
        Assert.StartsWith(copy, e.Message);
        Assert.Equal("years of work", File.ReadAllText(mine));
        Assert.True(File.Exists(Path.Combine(copy, ClipIndex.FileName)));
        Assert.False(Directory.Exists(folder["no-cache"]));
    }

    [Fact]
    public async Task APackageUnknownToAptIsNamed()
    {
        using var folder = new TemporaryFolder();
        var package = new DebianPackage("anisora-no-such-package", "1", new string('0', 64));
        var e = await Assert.ThrowsAsync<InputException>(() => package.FetchAsync(folder.Path, null, CancellationToken.None));
        Assert.Contains("anisora-no-such-package", e.Message);
    }

    [Fact]
    public async Task APackageInTheCacheIsUnpackedOnce()
    {
        using var folder = new TemporaryFolder();
        string tree = folder["tree"], debs = Path.Combine(folder["cache"], "debs");
        Directory.CreateDirectory(Path.Combine(tree, "DEBIAN"));
        Directory.CreateDirectory(Path.Combine(tree, "usr/share/little"));
        Directory.CreateDirectory(debs);
        File.WriteAllText(Path.Combine(tree, "DEBIAN/control"), "Package: little\nVersion: 1\nArchitecture: all\nMaintainer: a test <test@example.invalid>\nDescription: a test\n");
        File.WriteAllText(Path.Combine(tree, "usr/share/little/hello.txt"), "hello");
        string deb = Path.Combine(debs, "little_1_all.deb");
        using (var build = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("dpkg-deb", ["--root-owner-group", "-b", tree, deb]) { RedirectStandardOutput = true })!)
            await build.WaitForExitAsync();
        var package = new DebianPackage("little", "1", FrameStore.Checksum(File.ReadAllBytes(deb)));
        var unpacked = await package.FetchAsync(folder["cache"], null, CancellationToken.None);
        Assert.Equal("hello", File.ReadAllText(Path.Combine(unpacked.Root, "usr/share/little/hello.txt")));
        File.WriteAllText(Path.Combine(unpacked.Root, "marker"), "");
        Assert.Equal(unpacked, await package.FetchAsync(folder["cache"], null, CancellationToken.None));
        Assert.True(File.Exists(Path.Combine(unpacked.Root, "marker")));
    }
}
