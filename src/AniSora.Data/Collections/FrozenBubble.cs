namespace AniSora.Data;

/// <summary>The two penguins of Frozen Bubble; what else moves in the package is too small or another world (see <c>docs/data-format.md</c>).</summary>
internal sealed class FrozenBubble : FootageCollection
{
    public static readonly DebianPackage Package = new("frozen-bubble-data", "2.212-11", "39cdfd07d9532d1558762cf265a844d09015c4540568573c50f444cc084166e0", 21_929_412);

    private static readonly (string Folder, string Colour, string Direction)[] _penguins = [("p1", "purple", "w"), ("p2", "green", "e")];

    private static readonly (string Prefix, string Label)[] _acts = [("anime-shooter", "aiming"), ("wait", "waiting"), ("loose", "losing"), ("win", "winning")];

    /// <inheritdoc/>
    public override string Name => "frozen-bubble";
    /// <inheritdoc/>
    public override string Summary => "two hand-drawn penguins, 80×60, alpha";
    /// <inheritdoc/>
    public override string Licence => "GPL-2.0-only";
    /// <inheritdoc/>
    public override string Attribution => "The Frozen-Bubble Team, Karthik Thakore, www.frozen-bubble.org";
    /// <inheritdoc/>
    public override IReadOnlyList<CollectionCount> Expected => [new("sequences", 8), new("frames", 788)];
    internal override IReadOnlyList<Package> Packages => [Package];

    /// <summary>The sequences of the unpacked package.</summary>
    /// <exception cref="InputException">It does not hold what it should.</exception>
    public static IEnumerable<SpriteSequence> Sequences(UnpackedPackage package)
    {
        string folder = Path.Combine(package.Root, "usr/share/games/frozen-bubble/gfx/pinguins");
        return
            from penguin in _penguins
            from act in _acts
            select new SpriteSequence
            {
                Name = $"frozen-bubble/{act.Prefix}_{penguin.Folder}",
                // Bit-equal alpha once mirrored: one animation in two colours.
                BaseName = $"frozen-bubble/{act.Prefix}",
                Label = act.Label,
                Subject = "penguin",
                Colour = penguin.Colour,
                Direction = penguin.Direction,
                Loops = false,
                Mirrorable = true,
                Files = SpriteSequence.Pictures(folder, $"{act.Prefix}_{penguin.Folder}_*.png", package),
            };
    }

    internal override Listing List(IReadOnlyList<UnpackedPackage> packages)
    {
        var sequences = Sequences(packages[0]).ToList();
        return new([.. sequences.Select(s => s.AsSource(this, TuxFootball.Fps))], [new("sequences", sequences.Count), new("frames", sequences.Sum(s => s.Files.Length))]);
    }
}
