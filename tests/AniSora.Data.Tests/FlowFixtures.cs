using AniSora.Benchmarks.Flow;

namespace AniSora.Data.Tests;

/// <summary>Scenes made of committed pictures, whose motion is known: frames of a cartoon film, with a footballer's sprite before them.</summary>
internal static class FlowFixtures
{
    public const int Width = 128, Height = 96;

    public static Texture Film(int frame) => Read(Path.Combine("film", $"fillets-{frame}.jpg"));

    public static Texture Footballer { get; } = Read(Path.Combine("tuxfootball", "team1", "header", "n", Path.GetFileName(
        Directory.GetFiles(SmallDataset.Sprites("tuxfootball/team1/header/n"), "*.png").Order(StringComparer.Ordinal).First())));

    /// <summary>The middle three quarters of a film's frame, moving.</summary>
    public static Layer Ground(Texture film, KnownMotion motion)
    {
        double scale = 0.76 * Math.Min((double)film.Width / Width, (double)film.Height / Height);
        return new(film, scale, (film.Width - scale * Width) / 2, (film.Height - scale * Height) / 2, motion);
    }

    /// <summary>The sprite, as large as given, with its upper left corner at (x, y), moving by (dx, dy).</summary>
    public static Layer Figure(double x, double y, double dx, double dy, double size = 48)
    {
        double scale = Footballer.Width / size;
        return new(Footballer, scale, -scale * x, -scale * y, Shift(dx, dy));
    }

    public static KnownMotion Shift(double dx, double dy) => KnownMotion.Affine(Width / 2.0, Height / 2.0, 1, 0, 0, 1, dx, dy);

    public static KnownMotion Zoom(double growth) => KnownMotion.Affine(Width / 2.0, Height / 2.0, 1 + growth, 0, 0, 1 + growth, 0, 0);

    private static Texture Read(string name)
    {
        var picture = Media.ReadPicture(SmallDataset.Sprites(name));
        return new(picture.Width, picture.Height, picture.Rgba);
    }
}
