using AniSora.Data.Pipeline;
using AniSora.Data.Text;

namespace AniSora.Data.Tests;

public sealed class TextFinderTests : IDisposable
{
    private readonly TextFinder _finder = new(new TextConfig());

    public void Dispose() => _finder.Dispose();

    private static Picture Fixture(string name) => Media.ReadPicture(Path.Combine(AppContext.BaseDirectory, "fixtures", name));

    private List<FoundText> Find(string name)
    {
        var picture = Fixture(name);
        return _finder.Find(picture.Over(), picture.Width, picture.Height);
    }

    private static string Letters(IEnumerable<FoundText> texts) => string.Concat(texts.OrderBy(t => t.Box.CentreY).SelectMany(t => t.Text).Where(char.IsLetterOrDigit));

    [Fact]
    public void LevelTextIsReadWhereItStands()
    {
        var text = Assert.Single(Find("text/level.png"));
        Assert.Equal("HELLOWORLD", Letters([text]));
        // Set at (40, 30), 32 pixels high.
        Assert.InRange(text.Box.CentreX, 130, 190);
        Assert.InRange(text.Box.CentreY, 42, 56);
        Assert.InRange(text.Box.Height, 24, 56);
        Assert.InRange(Math.Abs(text.Box.Angle), 0, 0.05);
    }

    [Fact]
    public void SlantedTextIsReadAlongItsSlant()
    {
        var text = Assert.Single(Find("text/slanted.png"));
        Assert.Equal("Slantedtitle", Letters([text]));
        Assert.InRange(text.Box.Angle * 180 / Math.PI, -24, -16);
    }

    [Fact]
    public void AFilmsTitleIsRead() => Assert.Equal("WANNAWORKTOGETHER", Letters(Find("text/film-title.jpg")));

    [Theory]
    [InlineData("text/emoji-1f618.jpg")]
    [InlineData("text/emoji-1f69b.jpg")]
    [InlineData("frozen-bubble/*.png")]
    [InlineData("film/*.jpg")]
    public void DrawingsHoldNoText(string pattern)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "fixtures");
        string[] files = Directory.GetFiles(folder, pattern);
        Assert.NotEmpty(files);
        Assert.All(files.Take(3), file => Assert.Empty(Find(Path.GetRelativePath(folder, file))));
    }

    [Fact]
    public void CoverCountsOverlapsOnceAndOnlyWithinThePart()
    {
        FoundText Box(double left, double top, double width, double height) => new(new RotatedBox(left + width / 2, top + height / 2, width, height, 0), "text", 1);
        Assert.Equal(0, TextFinder.Cover([], new CropBox(0, 0, 10, 10)));
        Assert.Equal(20, TextFinder.Cover([Box(0, 0, 10, 2)], new CropBox(0, 0, 10, 10)));
        Assert.Equal(30, TextFinder.Cover([Box(0, 0, 10, 2), Box(0, 1, 10, 2)], new CropBox(0, 0, 10, 10)));
        Assert.Equal(50, TextFinder.Cover([Box(0, 0, 20, 5)], new CropBox(5, 0, 10, 10)));
        Assert.Equal(0, TextFinder.Cover([Box(0, 0, 10, 2)], new CropBox(0, 4, 10, 10)));
    }

    [Fact]
    public void TheSmallestBoxIsFoundWhateverItsTurn()
    {
        var random = new Random(7);
        for (int i = 0; i < 50; i++)
        {
            double angle = (random.NextDouble() - 0.5) * Math.PI / 2 * 0.98, width = 60 + 60 * random.NextDouble(), height = 10 + 20 * random.NextDouble();
            var (sin, cos) = Math.SinCos(angle);
            var corners = new[] { (-1, -1), (1, -1), (1, 1), (-1, 1) }.Select(s => (
                X: (int)Math.Round(500 + 4 * (cos * s.Item1 * width / 2 - sin * s.Item2 * height / 2)), Y: (int)Math.Round(500 + 4 * (sin * s.Item1 * width / 2 + cos * s.Item2 * height / 2))));
            var inner = Enumerable.Range(0, 20).Select(_ => (X: 500 + (int)((random.NextDouble() - 0.5) * height), Y: 500 + (int)((random.NextDouble() - 0.5) * height)));
            var box = RotatedBox.Around(corners.Concat(inner));
            Assert.Equal((500.0, 500.0), (box.CentreX, box.CentreY), (a, b) => Math.Abs(a.Item1 - b.Item1) < 2 && Math.Abs(a.Item2 - b.Item2) < 2);
            Assert.InRange(box.Width, 4 * width - 4, 4 * width + 4);
            Assert.InRange(box.Height, 4 * height - 4, 4 * height + 4);
            Assert.InRange(box.Angle, angle - 0.02, angle + 0.02);
        }
    }
}
