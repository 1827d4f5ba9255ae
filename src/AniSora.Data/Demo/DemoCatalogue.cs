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

/// <summary>How the demo data set cuts the sequences of two collections into clips, and which it holds out.</summary>
internal static class DemoCatalogue
{
    /// <summary>Frames per second at which clips are shown.</summary>
    public const double Fps = Data.TuxFootball.Fps;

    // Per action the one direction in eight that is held out: every action and every colour is tested, in a direction it was never seen in.
    private static readonly Dictionary<string, string> _heldOut = new(StringComparer.Ordinal) { ["running"] = "se", ["walking"] = "sw", ["tackling"] = "e", ["header"] = "w" };

    public static DebianPackage TuxFootball => Data.TuxFootball.Package;
    public static DebianPackage FrozenBubble => Data.FrozenBubble.Package;

    /// <summary>Every subject and colour there is.</summary>
    public static IEnumerable<(string Subject, string Colour)> Figures => Data.TuxFootball.Figures.Concat(Data.FrozenBubble.Figures);

    /// <summary>Lists the sequences of the unpacked packages.</summary>
    /// <param name="tux">tuxfootball, unpacked.</param>
    /// <param name="bubble">frozen-bubble-data, unpacked.</param>
    /// <exception cref="InputException">A package does not hold what it should.</exception>
    public static List<SequenceSpec> Find(UnpackedPackage tux, UnpackedPackage bubble) =>
    [
        .. Data.TuxFootball.Sequences(tux).Select(s => Footballer(s, tux)),
        .. Data.FrozenBubble.Sequences(bubble).Select(s => Penguin(s, bubble)),
    ];

    private static SequenceSpec Footballer(SpriteSequence sequence, UnpackedPackage package) => Spec(
        sequence, $"tuxfootball {package.Version}", "GPL-2.0-or-later",
        paces: sequence.Loops ? [(1, "slowly"), (2, "quickly")] : [(1, "")],
        stride: sequence.Loops ? 4 : 1,
        split: sequence.Direction == _heldOut[sequence.Label] ? "test" : "train");

    // One sequence per action: none can be held out without losing the action, so all are for training.
    private static SequenceSpec Penguin(SpriteSequence sequence, UnpackedPackage package) => Spec(
        sequence, $"frozen-bubble-data {package.Version}", "GPL-2.0-only", paces: [(sequence.Label == "winning" ? 1 : 2, "")], stride: 4, split: "train");

    private static SequenceSpec Spec(SpriteSequence sequence, string source, string licence, (int, string)[] paces, int stride, string split) => new()
    {
        Source = source,
        Licence = licence,
        Name = sequence.Name,
        BaseName = sequence.BaseName,
        Label = sequence.Label,
        Subject = sequence.Subject,
        Colour = sequence.Colour,
        Direction = sequence.Direction,
        Loops = sequence.Loops,
        Mirrorable = sequence.Mirrorable,
        Paces = paces,
        Stride = stride,
        Files = sequence.Files,
        Split = split,
    };
}
