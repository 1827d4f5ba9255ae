namespace AniSora.Data;

/// <summary>The footballers of Tux Football: small rendered figures in eight directions, found by looking at every picture (see <c>docs/data-format.md</c>).</summary>
internal sealed class TuxFootball : FootageCollection
{
    public static readonly DebianPackage Package = new("tuxfootball", "0.3.1-7", "bf633b85135bc39d56282cb6be25787fbdeebf22062351508dfdafc5e3c1a083", 15_797_400);

    /// <summary>Frames per second at which sequences are shown; the game moves its figures by its own clock and states none.</summary>
    public const double Fps = 16;

    // Both teams are the same renderings with other textures (their alpha is bit-equal); the goalkeepers differ from them by the gloves.
    private static readonly (string Folder, string Subject, string Colour)[] _teams =
    [
        ("team1", "footballer", "blue"), ("team1_goalie", "goalkeeper", "light-blue"),
        ("team2", "footballer", "red"), ("team2_goalie", "goalkeeper", "maroon"),
    ];

    private static readonly (string Label, bool Loops)[] _plays = [("running", true), ("walking", true), ("tackling", false), ("header", false)];

    private static readonly string[] _directions = ["n", "ne", "e", "se", "s", "sw", "w", "nw"];

    /// <inheritdoc/>
    public override string Name => "tuxfootball";
    /// <inheritdoc/>
    public override string Summary => "rendered footballers in 8 directions, 64×64, alpha";
    /// <inheritdoc/>
    public override string Licence => "GPL-2.0-or-later";
    /// <inheritdoc/>
    public override string Attribution => "Tux Football by Jason Wood and Christoph Brill, tuxfootball.sourceforge.net";
    /// <inheritdoc/>
    public override IReadOnlyList<CollectionCount> Expected => [new("sequences", 128), new("frames", 4000)];
    internal override IReadOnlyList<Package> Packages => [Package];

    /// <summary>The sequences of the unpacked package.</summary>
    /// <exception cref="InputException">It does not hold what it should.</exception>
    public static IEnumerable<SpriteSequence> Sequences(UnpackedPackage package)
    {
        string graphics = Path.Combine(package.Root, "usr/share/games/tuxfootball/graphics");
        return
            from team in _teams
            from play in _plays
            from direction in _directions
            select new SpriteSequence
            {
                Name = $"tuxfootball/{team.Folder}/{play.Label}/{direction}",
                BaseName = $"tuxfootball/{play.Label}/{direction}",
                Label = play.Label,
                Subject = team.Subject,
                Colour = team.Colour,
                Direction = direction,
                Loops = play.Loops,
                // Every figure's shadow falls to the right: a mirror image would show another sun.
                Mirrorable = false,
                Files = SpriteSequence.Pictures(Path.Combine(graphics, team.Folder, play.Label, direction), "*.png", package),
            };
    }

    internal override Listing List(IReadOnlyList<UnpackedPackage> packages)
    {
        var sequences = Sequences(packages[0]).ToList();
        return new([.. sequences.Select(s => s.AsSource(this, Fps))], [new("sequences", sequences.Count), new("frames", sequences.Sum(s => s.Files.Length))]);
    }
}
