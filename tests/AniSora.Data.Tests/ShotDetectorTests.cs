using AniSora.Data.Pipeline;
using AniSora.Data.Pipeline.Shots;
using static AniSora.Data.Tests.Scenes;

namespace AniSora.Data.Tests;

/// <summary>Shot detection on made-up films whose transitions are known to the frame, and on films that have none.</summary>
public class ShotDetectorTests
{
    private static IReadOnlyList<Transition> Detect(IEnumerable<byte[]> film, ShotConfig? config = null)
    {
        var detector = new ShotDetector(config ?? new ShotConfig(), 25);
        foreach (byte[] frame in film)
            detector.Add(frame);
        return detector.Complete();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1.5, 0)]
    [InlineData(0, 12)]
    public void CutsAreFoundToTheFrame(double pan, double grain)
    {
        var found = Detect([.. Take(Scene(1, pan, grain), 40), .. Take(Scene(2, -pan, grain), 30), .. Take(Scene(3, 0, grain), 30)]);
        Assert.Equal([("cut", 40, 39), ("cut", 70, 69)], found.Select(t => (t.Kind, t.FirstFrame, t.LastFrame)));
        Assert.All(found, t => Assert.InRange(t.Confidence, 0.5, 1));
    }

    [Fact]
    public void ACutDrawnOnTwosIsFound()
    {
        IEnumerable<byte[]> film = [.. Take(Scene(1, 2), 20), .. Take(Scene(2, 2), 20)];
        Assert.Equal(40, Assert.Single(Detect(film.SelectMany(f => new[] { f, f }))).FirstFrame);
    }

    [Theory]
    [InlineData(8, 0, 0)]
    [InlineData(20, 0, 0)]
    [InlineData(14, 0.4, 0)]
    [InlineData(14, 0, 12)]
    public void DissolvesAreFound(int frames, double pan, double grain)
    {
        var (a, b) = (Scene(4, pan, grain), Scene(5, -pan, grain));
        var found = Assert.Single(Detect([.. Take(a, 40), .. Dissolve(a, b, frames, 40), .. Take(b, 40, frames)]));
        Assert.Equal(TransitionKind.Dissolve, found.Kind);
        Assert.InRange(found.FirstFrame, 38, 42);
        Assert.InRange(found.LastFrame, 40 + frames - 3, 40 + frames + 1);
    }

    [Theory]
    [InlineData("left")]
    [InlineData("iris")]
    [InlineData("pixels")]
    public void WipesAreFound(string kind)
    {
        var (a, b) = (Scene(6), Scene(7));
        Func<double, double, double>? order = kind switch
        {
            "iris" => (x, y) => Math.Sqrt((x - 0.5) * (x - 0.5) + (y - 0.5) * (y - 0.5)) / 0.71,
            // Blocks that go one by one, those on the left first.
            "pixels" => (x, y) => 0.7 * x + 0.3 * new Kernels.SplitMix((ulong)(x * 32) * 977 + (ulong)(y * 24)).NextDouble(),
            _ => null,
        };
        var found = Assert.Single(Detect([.. Take(a, 40), .. Wipe(a, b, 16, order), .. Take(b, 40)]));
        Assert.Equal(TransitionKind.Wipe, found.Kind);
        Assert.InRange(found.FirstFrame, 38, 45);
        Assert.InRange(found.LastFrame, 51, 57);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    public void FadesGoThroughOneColour(byte level)
    {
        var (a, b, colour) = (Scene(8), Scene(9), Plain(level));
        var found = Assert.Single(Detect([.. Take(a, 40), .. Dissolve(a, colour, 12), .. Take(colour, 5), .. Dissolve(colour, b, 12), .. Take(b, 40)]));
        Assert.Equal(TransitionKind.Fade, found.Kind);
        Assert.InRange(found.FirstFrame, 38, 42);
        Assert.InRange(found.LastFrame, 66, 70);
    }

    [Fact]
    public void AFilmMayBeginAndEndInBlack()
    {
        var (a, black) = (Scene(10), Plain(0));
        var found = Detect([.. Take(black, 10), .. Dissolve(black, a, 12), .. Take(a, 60), .. Dissolve(a, black, 12), .. Take(black, 10)]);
        Assert.Equal([TransitionKind.Fade, TransitionKind.Fade], found.Select(t => t.Kind));
        Assert.Equal(0, found[0].FirstFrame);
        Assert.Equal(103, found[1].LastFrame);
        var shot = Assert.Single(Transition.Shots(found, 104));
        Assert.InRange(shot.FirstFrame, 19, 23);
        Assert.InRange(shot.Frames, 58, 64);
    }

    public static TheoryData<string> Quiet => ["still", "pan", "whip", "grain", "flash", "strobe", "light", "object", "title", "blink"];

    [Theory]
    [MemberData(nameof(Quiet))]
    public void WhatIsOneShotStaysOne(string what)
    {
        var a = Scene(11);
        IEnumerable<byte[]> film = what switch
        {
            "still" => Take(a, 100),
            "pan" => Take(Scene(11, 0.8), 100),
            // Still, a fast pan of 8 frames to another part of the scene, still.
            "whip" => [.. Take(a, 40), .. Enumerable.Range(1, 8).Select(i => Scene(11, 12)(i)), .. Take(_ => Scene(11, 96)(1), 40)],
            "grain" => Take(Scene(11, 0, 25), 100),
            "flash" => Take(a, 100).Select((f, t) => t is 40 or 41 or 60 ? Brighter(f, 150) : f),
            "strobe" => Take(a, 100).Select((f, t) => t is > 30 and < 60 && t % 3 == 0 ? Brighter(f, 200) : f),
            "light" => Take(a, 100).Select((f, t) => Brighter(f, Math.Clamp(6 * (t - 50), 0, 60))),
            "object" => Take(a, 100).Select((f, t) => Square(f, 4 * (t - 35), 60)),
            "title" => Take(Plain(30), 100).Select((f, t) => t is > 30 and < 70 ? Square(f, 44, 20) : f),
            _ => Take(a, 100).Select((f, t) => t is > 50 and < 56 ? Plain(0)(t) : f),
        };
        Assert.Empty(Detect(film));
    }

    [Fact]
    public void EmptyAndShortFilmsHaveNoTransitions()
    {
        Assert.Empty(Detect([]));
        Assert.Empty(Detect(Take(Scene(1), 1)));
        Assert.Empty(Detect(Take(Scene(1), 5)));
    }

    [Fact]
    public void ThresholdsOutOfRangeAreNamed() =>
        Assert.Contains("shots.cut_score", Assert.Throws<InputException>(() => new ShotDetector(new ShotConfig { CutScore = -1 }, 25)).Message);

    [Fact]
    public void TransitionsLeaveShots() => Assert.Equal(
        [(0, 10, null), (15, 5, "dissolve"), (20, 80, "cut")],
        Transition.Shots([new("dissolve", 10, 14, 1), new("cut", 20, 19, 1)], 100).Select(s => (s.FirstFrame, s.Frames, s.Begins?.Kind)));

    [Fact]
    public void BordersAreFoundInSpiteOfALogo()
    {
        var borders = new BorderFinder(new ShotConfig());
        for (int t = 0; t < 60; t++)
        {
            byte[] frame = Scene(12, 1)(t);
            for (int i = 0; i < frame.Length; i++)
            {
                int y = i / 4 / Width, x = i / 4 % Width;
                if (y is < 12 or >= 84 && i % 4 != 3)
                    frame[i] = (byte)(y < 8 && x is > 100 and < 115 ? 220 : 8);
            }
            borders.Add(frame, t);
        }
        Assert.Equal(new CropBox(0, 60, 640, 360), borders.Of(0, 60, 640, 480));
    }

    [Fact]
    public void ANightSkyIsNoBorder()
    {
        var borders = new BorderFinder(new ShotConfig());
        for (int t = 0; t < 60; t++)
            borders.Add(Square(Plain(0)(t), 20 + t, 20), t);
        Assert.Equal(new CropBox(0, 0, 640, 480), borders.Of(0, 60, 640, 480));
    }

    private static byte[] Brighter(byte[] frame, int by) => [.. frame.Select((v, i) => i % 4 == 3 ? v : (byte)Math.Clamp(v + by, 0, 255))];

    private static byte[] Square(byte[] frame, int left, int side)
    {
        byte[] drawn = [.. frame];
        for (int y = 20; y < 20 + side; y++)
        {
            for (int x = Math.Max(0, left); x < Math.Min(Width, left + side); x++)
                (drawn[4 * (y * Width + x)], drawn[4 * (y * Width + x) + 1], drawn[4 * (y * Width + x) + 2]) = ((byte)(200 + (x - left) % 8), 40, (byte)(60 + y));
        }
        return drawn;
    }
}
