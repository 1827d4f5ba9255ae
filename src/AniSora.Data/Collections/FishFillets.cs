using AniSora.Data.Pipeline;

namespace AniSora.Data;

/// <summary>
/// The opening film of Fish Fillets: a cartoon of 73 seconds and eleven shots that flow into each other. The package's sprites are left out:
/// most of its numbered pictures are states of a thing and not a motion.
/// </summary>
internal sealed class FishFillets : FootageCollection
{
    /// <inheritdoc/>
    public override string Name => "fish-fillets";
    /// <inheritdoc/>
    public override string Summary => "a cartoon film of 73 s, 640×480, 30 fps";
    /// <inheritdoc/>
    public override string Licence => "GPL-2.0-only";
    /// <inheritdoc/>
    public override string Attribution => "Fish Fillets by ALTAR interactive, Ivo and Pavel Danihelka and others, fillets.sourceforge.net";
    /// <inheritdoc/>
    public override IReadOnlyList<CollectionCount> Expected => [new("film", 1)];
    internal override IReadOnlyList<Package> Packages =>
        [new DebianPackage("fillets-ng-data", "1.0.1-1.1", "25de89afd8b1adf7bcace8290248a6a22c89cd42300317e69000e162c032cf84", 70_633_484)];

    internal override Listing List(IReadOnlyList<UnpackedPackage> packages)
    {
        string folder = Folder(packages[0], "usr/share/games/fillets-ng");
        var films = Directory.GetFiles(folder, "intro.mpg", SearchOption.AllDirectories)
            .Select(f => Source("intro.mpg", SourceKind.Film, f, new FileInfo(f).Length, "intro", "cartoon film of two fish and a flying saucer") with { Mirrorable = true }).ToList();
        return new(films, [new("film", films.Count)]);
    }
}
