using AniSora.Data.Pipeline;
using AniSora.Data.Pipeline.Shots;

namespace AniSora.Data.Tests;

/// <summary>Shot detection on real films from Debian packages, which are fetched into the cache once.</summary>
public class RealFilmTests
{
    /// <summary>Read from a strip of every fourth frame, ± 4.</summary>
    private static readonly (int First, int Last, string Kind)[] _fish =
    [
        (409, 422, "dissolve"), (612, 632, "wipe"), (791, 804, "dissolve"), (998, 1016, "wipe"), (1234, 1240, "dissolve"), (1246, 1262, "dissolve"),
        (1444, 1456, "dissolve"), (1578, 1592, "dissolve"), (1770, 1786, "dissolve"), (1952, 1960, "dissolve"), (2150, 2198, "fade"),
    ];

    [Fact]
    public async Task ThirteenCutsInFourteenCutScenes()
    {
        var package = await Fetch("planetblupi-common", "1.14.2-3", "4b0c6381e7f72e44585cb0ae766d33d40627c866dee0b4447c77bbc42df87304");
        var detector = new ShotDetector(new ShotConfig(), 12);
        var cuts = new List<int>();
        byte[] frame = new byte[4 * ShotDetector.FrameWidth * ShotDetector.FrameHeight];
        foreach (string path in Directory.GetFiles(Path.Combine(package, "usr/share/planetblupi/movie"), "*.mkv").Order(StringComparer.Ordinal))
        {
            var probe = FilmProbe.Probe("film", path, TestContext.Current.CancellationToken);
            using var reader = FfmpegReader.Open(path, probe, new FrameRequest(ShotDetector.FrameWidth, ShotDetector.FrameHeight, Fit: Fit.Stretch), TestContext.Current.CancellationToken);
            while (reader.Read(frame))
                detector.Add(frame);
            cuts.Add(detector.Frames);
        }
        Assert.Equal((14, 1524), (cuts.Count, cuts[^1]));
        var found = detector.Complete();
        Assert.Equal(cuts.SkipLast(1), found.Where(t => t.Kind == TransitionKind.Cut).Select(t => t.FirstFrame).Intersect(cuts));
        Assert.InRange(found.Count, 13, 14);
    }

    [Fact]
    public async Task TheTransitionsOfACartoonFilm()
    {
        var package = await Fetch("fillets-ng-data", "1.0.1-1.1", "25de89afd8b1adf7bcace8290248a6a22c89cd42300317e69000e162c032cf84");
        string path = Path.Combine(package, "usr/share/games/fillets-ng/images/menu/intro.mpg");
        var probe = FilmProbe.Probe("film", path, TestContext.Current.CancellationToken);
        Assert.Equal((true, 2198, 640, 480, 30.0, false), (probe.Readable, probe.Frames, probe.Width, probe.Height, probe.Fps, probe.VariableFps));
        var found = FilmShots.Find(path, probe, new ShotConfig(), cancellation: TestContext.Current.CancellationToken);
        Assert.Equal((2198, ""), (found.Frames, found.Problem));
        var hits = _fish.Where(label => found.Transitions.Any(t => Within(t, label))).ToList();
        Assert.True(hits.Count(h => h.Kind != "fade") >= 9, string.Join(' ', found.Transitions));
        Assert.True(found.Transitions.Count(t => !_fish.Any(label => Within(t, label))) <= 2, string.Join(' ', found.Transitions));
        Assert.True(_fish.Count(label => found.Transitions.Any(t => Within(t, label) && t.Kind == label.Kind)) >= 9, string.Join(' ', found.Transitions));
    }

    private static bool Within(Transition found, (int First, int Last, string Kind) label) => found.FirstFrame >= label.First - 4 && found.LastFrame <= label.Last + 4;

    private static async Task<string> Fetch(string name, string version, string sha) =>
        (await new DebianPackage(name, version, sha).FetchAsync(CacheFolder.Default, null, TestContext.Current.CancellationToken)).Root;
}
