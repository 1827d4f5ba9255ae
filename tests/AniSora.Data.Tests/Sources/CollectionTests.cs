using AniSora.Data.Pipeline;

namespace AniSora.Data.Tests;

public class CollectionTests
{
    [Fact]
    public async Task TuxFootballAndFrozenBubbleHoldWhatIsSaid()
    {
        var tux = await FootageCollection.Find("tuxfootball").ListAsync();
        Assert.Equal(128, tux.Count);
        // Four kits of one animation share its identity.
        Assert.Equal(32, tux.Select(s => s.Identity).Distinct().Count());
        Assert.All(tux, s => Assert.Equal(("64", SourceKind.Pictures, false), (PicturesProbe.Probe(s).Width.ToString(), s.Kind, s.Mirrorable)));
        var bubble = await FootageCollection.Find("frozen-bubble").ListAsync();
        Assert.Equal(8, bubble.Count);
        Assert.Equal(4, bubble.Select(s => s.Identity).Distinct().Count());
        // The demo data set is made of the very same sequences.
        Assert.Equal(136, tux.Concat(bubble).Select(s => s.SourceId).Distinct().Count());
        Assert.All(tux.Concat(bubble), s => Assert.StartsWith(s.Collection + "/", s.SourceId));
    }

    [Fact]
    public void EveryCollectionSaysWhoseItIs()
    {
        Assert.Equal(7, FootageCollection.All.Select(c => c.Name).Distinct().Count());
        foreach (var collection in FootageCollection.All)
        {
            Assert.Same(collection, FootageCollection.Find(collection.Name));
            Assert.All([collection.Summary, collection.Licence, collection.Attribution], text => Assert.NotEqual("", text));
            Assert.InRange(collection.DownloadBytes, 10_000_000, 1_000_000_000);
            Assert.NotEmpty(collection.Expected);
            var e = Assert.Throws<InputException>(() => collection.Check([.. collection.Expected.Skip(1), new("something", 3)]));
            Assert.Contains($"{collection.Expected[0].Count} {collection.Expected[0].What} expected, 0 found", e.Message);
        }
        Assert.Contains("did you mean wesnoth", Assert.Throws<InputException>(() => FootageCollection.Find("wesnot")).Message);
    }

    [Fact]
    public void FlareSheetsAreListedByFigureActionAndDirection()
    {
        using var folder = new TemporaryFolder();
        string mod = Path.Combine(folder.Path, "usr/share/games/flare/mods/core");
        Directory.CreateDirectory(Path.Combine(mod, "images"));
        Directory.CreateDirectory(Path.Combine(mod, "animations/enemies"));
        SourceFiles.WritePng(Path.Combine(mod, "images/goblin.png"), 64, 64, 1, 2, 3);
        string frames = string.Join('\n', from f in Enumerable.Range(0, 4) from d in Enumerable.Range(0, 8) where d != 3 || f != 2 select $"frame={f},{d},{8 * f},{8 * d},8,8,4,7");
        string text = $"image=images/goblin.png\n\n[run]\nframes=4\nduration=400ms\ntype=looped\n{frames}\n[stance]\nframes=4\nduration=2s\ntype=back_forth\n{frames}\n[hit]\nframes=2\nduration=100ms\ntype=play_once\nframe=0,0,0,0,8,8,0,0\nframe=1,0,0,0,8,8,0,0\n";
        File.WriteAllText(Path.Combine(mod, "animations/enemies/goblin.txt"), text);
        File.WriteAllText(Path.Combine(mod, "animations/enemies/goblin_elite.txt"), text);
        File.WriteAllText(Path.Combine(mod, "animations/enemies/goblin_blue.txt"), "INCLUDE animations/enemies/goblin.txt\ncolor_mod=1,2,3\n");

        var listing = FootageCollection.Find("flare-game").List([new(folder.Path, "1", "")]);
        // Seven directions are whole, two actions are long enough, and the elite goblin's pictures are the goblin's.
        Assert.Equal(14, listing.Sources.Count);
        Assert.Equal([new("sequences", 14), new("frames", 56)], listing.Counts);
        var west = listing.Sources.Single(s => s.SourceId == "flare-game/goblin/run/w");
        Assert.Equal(("running", "goblin", "w", 10.0, true), (west.Label, west.Subject, west.Direction, west.Fps, west.Loops));
        Assert.Equal("[[0,0,8,8,4,7],[8,0,8,8,4,7],[16,0,8,8,4,7],[24,0,8,8,4,7]]", west.Frames);
        // There and back again.
        var standing = listing.Sources.Single(s => s.SourceId == "flare-game/goblin/stance/s");
        Assert.Equal((6, 2.0), (SheetProbe.Probe(standing).Frames, standing.Fps));
        Assert.Single(listing.Sources.Select(s => s.Identity).Distinct());
        Assert.DoesNotContain(listing.Sources, s => s.Direction == "ne");

        File.WriteAllText(Path.Combine(mod, "animations/enemies/goblin.txt"), "image=images/goblin.png\n[run]\nframe=0,0,0\n");
        Assert.Contains("frame=0,0,0", Assert.Throws<InputException>(() => FootageCollection.Find("flare-game").List([new(folder.Path, "1", "")])).Message);
    }

    [Fact]
    public void WesnothUnitsAreListedByUnitDirectionAndAction()
    {
        using var folder = new TemporaryFolder();
        string units = Path.Combine(folder.Path, "usr/share/games/wesnoth/1.16/data/core/images/units/elves");
        Directory.CreateDirectory(units);
        foreach (string name in new[] { "archer", "archer+female", "archer-of-old" }.SelectMany(u => Enumerable.Range(1, 4).Select(i => $"{u}-se-bow-attack{i}.png").Prepend($"{u}.png")).Append("archer-die-1.png").Append("archer-die-2.png"))
            File.WriteAllText(Path.Combine(units, name), "x");
        var listing = FootageCollection.Find("wesnoth").List([new(folder.Path, "1", "")]);
        Assert.Equal(
            [("archer", "archer"), ("female archer", "archer"), ("archer of old", "archer-of-old")],
            listing.Sources.OrderBy(s => s.SourceId.Length).Select(s => (s.Subject, s.Identity.Split('/')[^1])));
        Assert.All(listing.Sources, s => Assert.Equal(("shooting", "se", false), (s.Label, s.Direction, s.Loops)));
        Assert.Equal([new("sequences", 3), new("frames", 12)], listing.Counts);
    }

    [Fact]
    public void OnlyMovingEmojiAreSources()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["pack/assets"]);
        byte[] moving = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "fixtures/webp/square.webp")), still = [.. moving];
        still[20] = 0;
        File.WriteAllText(folder["data-by-emoji.json"], """{ "🏃": { "name": "person running", "group": "People & Body" }, "🏃‍♀️": { "name": "woman running", "group": "People & Body" }, "🏁": { "name": "chequered flag", "group": "Flags" } }""");
        File.WriteAllBytes(folder["pack/assets/1f3c3.webp"], moving);
        File.WriteAllBytes(folder["pack/assets/1f3c3-1f3fe-200d-2640-fe0f.webp"], moving);
        File.WriteAllBytes(folder["pack/assets/1f3c1.webp"], moving);
        File.WriteAllBytes(folder["pack/assets/1f600.webp"], still);
        var listing = FootageCollection.Find("fluent-emoji").List([new(folder.Path, "1", ""), new(folder["pack"], "1", "")]);
        Assert.Equal([new("WebP files", 4), new("animations", 3)], listing.Counts);
        var woman = listing.Sources.Single(s => s.Title == "woman running");
        Assert.Equal(("running", "woman", "medium-dark skin", "fluent-emoji/1f3c3", true), (woman.Label, woman.Subject, woman.Colour, woman.Identity, woman.Mirrorable));
        Assert.Equal("fluent-emoji/1f3c3", listing.Sources.Single(s => s.Title == "person running").Identity);
        Assert.False(listing.Sources.Single(s => s.Title == "chequered flag").Mirrorable);

        File.WriteAllBytes(folder["pack/assets/1f923.webp"], moving);
        Assert.Contains("1f923", Assert.Throws<InputException>(() => FootageCollection.Find("fluent-emoji").List([new(folder.Path, "1", ""), new(folder["pack"], "1", "")])).Message);
    }

    [Theory]
    [InlineData("1f9d1-200d-1f3a8", "1f468-1f3fb-200d-1f3a8", "1f469-1f3ff-200d-1f3a8")]
    [InlineData("1f6b6", "1f6b6-200d-27a1-fe0f", "1f6b6-1f3fb-200d-2640-fe0f-200d-27a1-fe0f")]
    [InlineData("1f9d1-200d-1f91d-200d-1f9d1", "1f46d-1f3fb", "1f469-1f3fb-200d-1f91d-200d-1f468-1f3ff")]
    [InlineData("1fac5", "1f934", "1f478-1f3fd")]
    public void TonesGendersAndDirectionsOfOneMotifShareItsIdentity(params string[] emoji)
    {
        string Plain(string points) => string.Join('-', points.Split('-').Where(p => p != "fe0f" && !(p.StartsWith("1f3f", StringComparison.Ordinal) && p[4] >= 'b')));
        var names = new EmojiNames(emoji.ToDictionary(Plain, _ => ("a name", "People & Body")));
        Assert.Single(emoji.Select(e => names.Describe(e).Identity).Distinct());
    }
}
