using AniSora.Data.Pipeline;

namespace AniSora.Data;

/// <summary>The cut-scenes of Planet Blupi: rendered cartoon films of 5 to 17 seconds, one shot each.</summary>
internal sealed class PlanetBlupi : FootageCollection
{
    /// <inheritdoc/>
    public override string Name => "planetblupi";
    /// <inheritdoc/>
    public override string Summary => "14 rendered cartoon cut-scenes, 320×240";
    /// <inheritdoc/>
    public override string Licence => "GPL-3.0-or-later";
    /// <inheritdoc/>
    public override string Attribution => "Planet Blupi by Daniel Roux, EPSITEC SA, Denis Dumoulin and Mathieu Schroeter, github.com/blupi-games/planetblupi";
    /// <inheritdoc/>
    public override IReadOnlyList<CollectionCount> Expected => [new("films", 14)];
    internal override IReadOnlyList<Package> Packages =>
        [new DebianPackage("planetblupi-common", "1.14.2-3", "4b0c6381e7f72e44585cb0ae766d33d40627c866dee0b4447c77bbc42df87304", 22_256_360)];

    internal override Listing List(IReadOnlyList<UnpackedPackage> packages)
    {
        string folder = Folder(packages[0], "usr/share/planetblupi/movie");
        var films = Directory.GetFiles(folder, "*.mkv").Order(StringComparer.Ordinal)
            .Select(f => Source(Path.GetFileName(f), SourceKind.Film, f, new FileInfo(f).Length, Path.GetFileNameWithoutExtension(f), "cartoon cut-scene of Planet Blupi") with { Mirrorable = true }).ToList();
        return new(films, [new("films", films.Count)]);
    }
}
