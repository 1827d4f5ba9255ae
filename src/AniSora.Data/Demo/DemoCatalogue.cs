namespace AniSora.Data;

/// <summary>One animation of the demo data, not yet decoded.</summary>
internal sealed record SequenceSpec
{
    public required string Source { get; init; }
    public required string Licence { get; init; }
    /// <summary>The sequence's name, with its colour.</summary>
    public required string Name { get; init; }
    /// <summary>The name without the colour.</summary>
    public required string BaseName { get; init; }
    public required string Label { get; init; }
    public required string Subject { get; init; }
    public required string Colour { get; init; }
    public required string Direction { get; init; }
    /// <summary>The last frame is followed by the first.</summary>
    public required bool Loops { get; init; }
    public required bool Mirrorable { get; init; }
    /// <summary>The paces at which it is cut into clips: sequence frames per clip frame, and the word for it.</summary>
    public required (int Step, string Pace)[] Paces { get; init; }
    /// <summary>Sequence frames between the starts of neighbouring clips.</summary>
    public required int Stride { get; init; }
    public required string[] Files { get; init; }
    /// <summary><c>test</c> for held-out base sequences.</summary>
    public required string Split { get; init; }
}

/// <summary>
/// What is animation in the two packages, and what it shows: found by looking at every picture (see <c>docs/data-format.md</c>).
/// </summary>
internal static class DemoCatalogue
{
    public static readonly DebianPackage TuxFootball = new("tuxfootball", "0.3.1-7", "bf633b85135bc39d56282cb6be25787fbdeebf22062351508dfdafc5e3c1a083");
    public static readonly DebianPackage FrozenBubble = new("frozen-bubble-data", "2.212-11", "39cdfd07d9532d1558762cf265a844d09015c4540568573c50f444cc084166e0");

    /// <summary>Frames per second at which clips are shown; the games move their figures by their own clocks and state none.</summary>
    public const double Fps = 16;

    // Both teams are the same renderings with other textures (their alpha is bit-equal); the goalkeepers differ from them by the gloves.
    private static readonly (string Folder, string Subject, string Colour)[] _teams =
    [
        ("team1", "footballer", "blue"), ("team1_goalie", "goalkeeper", "light-blue"),
        ("team2", "footballer", "red"), ("team2_goalie", "goalkeeper", "maroon"),
    ];

    // Per action the one direction in eight that is held out: every action and every colour is tested, in a direction it was never seen in.
    private static readonly (string Label, string HeldOut, bool Loops)[] _plays =
    [
        ("running", "se", true), ("walking", "sw", true), ("tackling", "e", false), ("header", "w", false),
    ];

    private static readonly string[] _directions = ["n", "ne", "e", "se", "s", "sw", "w", "nw"];

    private static readonly (string Folder, string Colour, string Direction)[] _penguins = [("p1", "purple", "w"), ("p2", "green", "e")];

    // One sequence per action: none can be held out without losing the action, so all are for training.
    private static readonly (string Prefix, string Label, int Step)[] _penguinActs =
    [
        ("anime-shooter", "aiming", 2), ("wait", "waiting", 2), ("loose", "losing", 2), ("win", "winning", 1),
    ];

    /// <summary>Every subject and colour there is.</summary>
    public static IEnumerable<(string Subject, string Colour)> Figures =>
        _teams.Select(t => (t.Subject, t.Colour)).Concat(_penguins.Select(p => ("penguin", p.Colour)));

    /// <summary>Lists the sequences of the unpacked packages.</summary>
    /// <param name="tux">tuxfootball, unpacked.</param>
    /// <param name="bubble">frozen-bubble-data, unpacked.</param>
    /// <exception cref="InputException">A package does not hold what it should.</exception>
    public static List<SequenceSpec> Find(DebianPackage.Unpacked tux, DebianPackage.Unpacked bubble) => [.. FootballSequences(tux), .. PenguinSequences(bubble)];

    private static IEnumerable<SequenceSpec> FootballSequences(DebianPackage.Unpacked package)
    {
        string graphics = Path.Combine(package.Root, "usr/share/games/tuxfootball/graphics");
        foreach (var (team, subject, colour) in _teams)
        {
            foreach (var (label, heldOut, loops) in _plays)
            {
                foreach (string direction in _directions)
                {
                    yield return new SequenceSpec
                    {
                        Source = $"tuxfootball {package.Version}",
                        Licence = "GPL-2.0-or-later",
                        Name = $"tuxfootball/{team}/{label}/{direction}",
                        BaseName = $"tuxfootball/{label}/{direction}",
                        Label = label,
                        Subject = subject,
                        Colour = colour,
                        Direction = direction,
                        Loops = loops,
                        // Every figure's shadow falls to the right: a mirror image would show another sun.
                        Mirrorable = false,
                        Paces = loops ? [(1, "slowly"), (2, "quickly")] : [(1, "")],
                        Stride = loops ? 4 : 1,
                        Files = Pictures(Path.Combine(graphics, team, label, direction), "*.png", package),
                        Split = direction == heldOut ? "test" : "train",
                    };
                }
            }
        }
    }

    private static IEnumerable<SequenceSpec> PenguinSequences(DebianPackage.Unpacked package)
    {
        string folder = Path.Combine(package.Root, "usr/share/games/frozen-bubble/gfx/pinguins");
        foreach (var (penguin, colour, direction) in _penguins)
        {
            foreach (var (prefix, label, step) in _penguinActs)
            {
                yield return new SequenceSpec
                {
                    Source = $"frozen-bubble-data {package.Version}",
                    Licence = "GPL-2.0-only",
                    Name = $"frozen-bubble/{prefix}_{penguin}",
                    BaseName = $"frozen-bubble/{prefix}",
                    Label = label,
                    Subject = "penguin",
                    Colour = colour,
                    Direction = direction,
                    Loops = false,
                    Mirrorable = true,
                    Paces = [(step, "")],
                    Stride = 4,
                    Files = Pictures(folder, $"{prefix}_{penguin}_*.png", package),
                    Split = "train",
                };
            }
        }
    }

    private static string[] Pictures(string folder, string pattern, DebianPackage.Unpacked package)
    {
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, pattern) : [];
        Array.Sort(files, StringComparer.Ordinal);
        return files.Length > 0 ? files : throw new InputException($"{folder}: no {pattern} in package version {package.Version}; its layout has changed, use the version named in docs/data-format.md");
    }
}
