using AniSora.Data;

namespace AniSora.Benchmarks.Flow;

/// <summary>Real pictures to make scenes of, from Debian packages that lie unpacked in a folder (see benchmarks/README.md).</summary>
internal static class Footage
{
    private static readonly (string File, int Frame)[] _frames =
    [
        ("movie/play101.mkv", 50), ("images/menu/intro.mpg", 100), ("movie/play105.mkv", 50), ("images/menu/intro.mpg", 1350), ("movie/play110.mkv", 50),
        ("images/menu/intro.mpg", 1850), ("movie/play118.mkv", 50), ("images/menu/intro.mpg", 500), ("movie/play124.mkv", 50), ("images/menu/intro.mpg", 700),
        ("movie/win129.mkv", 50), ("images/menu/intro.mpg", 900),
    ];

    private static readonly string[] _figures =
    [
        "images/gods/neptun_01.png", "images/corridor/robright_07.png", "images/fishes/big/right/body_rest_00.png", "images/fishes/small/left/body_rest_00.png",
        "team1/walking/n/walking0005.png", "team2/walking/se/walking0020.png", "team1_goalie/walking/w/walking0030.png",
    ];

    /// <summary>Whole frames of planetblupi's cut-scenes and of the Fish Fillets film, in turn.</summary>
    public static List<(string Name, Texture Texture)> Backgrounds(string folder)
    {
        var films = _frames.Select(f => f.File).Distinct().ToDictionary(f => f, f => Media.ReadVideo(Find(folder, f), maxFrames: _frames.Where(x => x.File == f).Max(x => x.Frame) + 1));
        return [.. _frames.Select(f => ($"{Path.GetFileNameWithoutExtension(f.File)}/{f.Frame}", Opaque(films[f.File], f.Frame)))];
    }

    /// <summary>Sprites with alpha of Fish Fillets and Tux Football.</summary>
    public static List<Texture> Figures(string folder) => [.. _figures.Select(f =>
    {
        var picture = Media.ReadPicture(Find(folder, f));
        return new Texture(picture.Width, picture.Height, picture.Rgba);
    })];

    private static Texture Opaque(Video video, int frame)
    {
        int n = video.Width * video.Height;
        var rgba = new byte[4 * n];
        for (int i = 0; i < n; i++)
        {
            video.Rgb.AsSpan(3 * (frame * n + i), 3).CopyTo(rgba.AsSpan(4 * i));
            rgba[4 * i + 3] = 255;
        }

        return new(video.Width, video.Height, rgba);
    }

    private static string Find(string folder, string end) =>
        Directory.EnumerateFiles(folder, Path.GetFileName(end), SearchOption.AllDirectories).FirstOrDefault(f => f.EndsWith("/" + end, StringComparison.Ordinal))
        ?? throw new InputException($"{folder}: holds no {end}; unpack Debian's fillets-ng-data, planetblupi-common and tuxfootball there (benchmarks/README.md)");
}
