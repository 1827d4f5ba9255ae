using System.Diagnostics;
using AniSora.Benchmarks.Shots;
using AniSora.Data.Pipeline;
using AniSora.Data.Pipeline.Shots;

namespace AniSora.Data.Tests;

/// <summary>What lies over a whole film hides no cuts and invents none. <c>bench shot-table</c> tries more of it on more films.</summary>
public class OverlayTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.05, 0)]
    [InlineData(0.125, 0)]
    [InlineData(0.25, 0)]
    [InlineData(0, 0.125)]
    [InlineData(0, 0.25)]
    public void SixScenesAreSixShotsUnderBars(double bars, double pillars)
    {
        using var folder = new TemporaryFolder();
        string film = folder["film.mp4"];
        using (var ffmpeg = Process.Start("ffmpeg", ["-v", "error", "-nostdin", "-i", Path.Combine(AppContext.BaseDirectory, "fixtures/cases/six.mp4"), "-vf",
            FormattableString.Invariant($"pad=2*trunc(iw/(1-2*{pillars})/2):2*trunc(ih/(1-2*{bars})/2):(ow-iw)/2:(oh-ih)/2"), film]))
        {
            ffmpeg.WaitForExit();
            Assert.Equal(0, ffmpeg.ExitCode);
        }
        var found = FilmShots.Find(film, FilmProbe.Probe("six", film), new ShotConfig());
        Assert.Equal([(0, 20), (20, 20), (40, 20), (60, 20), (80, 20), (100, 20)], found.Shots.Select(s => (s.FirstFrame, s.Frames)));
        Assert.All(found.Transitions, t => Assert.Equal(TransitionKind.Cut, t.Kind));
    }

    [Fact]
    public async Task CutScenesJoinedAnewAreTakenApart()
    {
        var package = await new DebianPackage("planetblupi-common", "1.14.2-3", "4b0c6381e7f72e44585cb0ae766d33d40627c866dee0b4447c77bbc42df87304")
            .FetchAsync(CacheFolder.Default, null, TestContext.Current.CancellationToken);
        var sources = JoinedFilm.Sources([Path.Combine(package.Root, "usr/share/planetblupi/movie")], half: 1);
        var score = new[] { "bars 5 %", "bars 25 %", "pillars 12.5 %", "vignette", "subtitles", "all" }
            .Select(name => ShotScore.Of(JoinedFilm.Make(sources, 24, Overlay.All.Single(o => o.Name == name), seed: 301))).Aggregate((a, b) => a + b);
        Assert.Equal(6 * 23, score.Cuts);
        Assert.True(score.Recall >= 0.95 && score.Precision >= 0.95, string.Join(' ', score.Wrong));
    }
}
