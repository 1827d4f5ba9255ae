namespace AniSora.Data.Tests;

public class DemoDatasetTests(SmallDataset data) : IClassFixture<SmallDataset>
{
    [Fact]
    public void TheCatalogueHoldsOutOneDirectionOfEveryPlay()
    {
        using var folder = new TemporaryFolder();
        string one = Directory.GetFiles(SmallDataset.Sprites("frozen-bubble"), "*.png")[0];
        string tux = folder["tux"], bubble = folder["bubble"];
        foreach (string team in new[] { "team1", "team1_goalie", "team2", "team2_goalie" })
        {
            foreach (string play in new[] { "running", "walking", "tackling", "header", "standing" })
            {
                foreach (string direction in new[] { "n", "ne", "e", "se", "s", "sw", "w", "nw" })
                    Put(Path.Combine(tux, "usr/share/games/tuxfootball/graphics", team, play, direction, "0001.png"));
            }
        }

        foreach (string name in new[] { "anime-shooter", "wait", "loose", "win" })
        {
            foreach (string penguin in new[] { "p1", "p2", "rp1" })
                Put(Path.Combine(bubble, "usr/share/games/frozen-bubble/gfx/pinguins", $"{name}_{penguin}_0001.png"));
        }

        var specs = DemoCatalogue.Find(new(tux, "1", ""), new(bubble, "2", ""));
        Assert.Equal(136, specs.Count);
        Assert.Equal(136, specs.Select(s => s.Name).Distinct().Count());
        Assert.All(specs, s => Assert.Single(s.Files));
        // Splits go by base sequence: no base is in both, whatever its colour.
        Assert.All(specs.GroupBy(s => s.BaseName), g => Assert.Single(g.Select(s => s.Split).Distinct()));
        var held = specs.Where(s => s.Split == "test").ToList();
        Assert.Equal(["header", "running", "tackling", "walking"], held.Select(s => s.Label).Distinct().Order());
        Assert.Equal(4, held.Select(s => s.BaseName).Distinct().Count());
        Assert.All(specs, s => DemoCaptions.Compose(s.Subject, s.Colour, s.Label, s.Direction, s.Paces[0].Pace, 0));

        Directory.Delete(Path.Combine(tux, "usr/share/games/tuxfootball/graphics/team2/running"), recursive: true);
        Assert.Contains("team2/running/n", Assert.Throws<InputException>(() => DemoCatalogue.Find(new(tux, "1", ""), new(bubble, "2", ""))).Message);

        void Put(string path)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(one, path);
        }
    }

    [Fact]
    public void TheDatasetIsDeterministicAndItsSplitsAreDisjoint()
    {
        using var folder = new TemporaryFolder();
        DemoDataset.Build(folder["again"], SmallDataset.Specs(), [], null, default);
        using var first = ClipIndex.Open(data.Folder);
        using var second = ClipIndex.Open(folder["again"]);
        Assert.Equal(first.Query(), second.Query());
        Assert.All(first.Query().GroupBy(r => r.BaseSequence), g => Assert.Single(g.Select(r => r.Split).Distinct()));
        Assert.Equal((8, 8), (data.Result.Clips["train"], data.Result.Clips["test"]));
        Assert.All(first.Query(), r => Assert.InRange(r.MotionScore, 0.5, 40));
        Assert.All(first.Query(), r => Backgrounds.Render(BackgroundSpec.Parse(r.Background), 8, 8));
    }

    [Fact]
    public async Task AFinishedDatasetIsLeftAloneAndADamagedOneNoticed()
    {
        using var folder = new TemporaryFolder();
        string copy = data.CopyTo(folder);
        var result = await DemoDataset.PrepareAsync(copy, folder["no-cache"]);
        Assert.False(result.Built);
        Assert.Equal(data.Result.Bytes, result.Bytes);
        Assert.False(Directory.Exists(folder["no-cache"]));
        var manifest = Manifest.TryLoad(copy)!;
        Assert.True(manifest.IsIntact(copy));
        using (var stream = File.OpenWrite(Path.Combine(copy, ClipIndex.FileName)))
            stream.WriteByte(0);
        Assert.False(manifest.IsIntact(copy));
        File.WriteAllText(Path.Combine(copy, DemoDataset.ManifestName), "{ half a mani");
        Assert.Null(Manifest.TryLoad(copy));
    }

    [Fact]
    public void NothingHalfMadeIsLeftAndNothingForeignIsReplaced()
    {
        using var folder = new TemporaryFolder();
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => DemoDataset.Build(folder["demo"], SmallDataset.Specs(), [], null, stop.Token));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));

        string broken = folder["broken.png"];
        File.WriteAllBytes(broken, File.ReadAllBytes(SmallDataset.Specs()[0].Files[0])[..200]);
        Assert.Throws<InputException>(() => DemoDataset.Build(folder["demo"], [SmallDataset.Specs()[0] with { Files = [broken] }], [], null, default));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));

        Directory.CreateDirectory(folder["mine"]);
        File.WriteAllText(Path.Combine(folder["mine"], "thesis.txt"), "years of work");
        Assert.Contains("choose an empty or new folder", Assert.Throws<InputException>(() => DemoDataset.Build(folder["mine"], SmallDataset.Specs(), [], null, default)).Message);
        Assert.Equal("years of work", File.ReadAllText(Path.Combine(folder["mine"], "thesis.txt")));
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
