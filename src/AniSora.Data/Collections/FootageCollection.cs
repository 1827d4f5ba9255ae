using AniSora.Data.Pipeline;

namespace AniSora.Data;

/// <summary>Something that was counted in a collection.</summary>
/// <param name="What">Such as <c>sequences</c>.</param>
/// <param name="Count">How many there are.</param>
public readonly record struct CollectionCount(string What, int Count);

/// <summary>
/// Footage that others have published under a free licence, known by name: where it comes from, what is animation in it, and what it shows.
/// </summary>
public abstract class FootageCollection
{
    /// <summary>Every collection, in order of size.</summary>
    public static IReadOnlyList<FootageCollection> All { get; } =
        [new TuxFootball(), new FrozenBubble(), new PlanetBlupi(), new FishFillets(), new FlareGame(), new Wesnoth(), new FluentEmoji()];

    /// <summary>Its name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What it is, in a few words.</summary>
    public abstract string Summary { get; }

    /// <summary>SPDX expression, as the packages state it.</summary>
    public abstract string Licence { get; }

    /// <summary>Who made it and where it comes from.</summary>
    public abstract string Attribution { get; }

    /// <summary>What is in it: a package with other content is noticed by these.</summary>
    public abstract IReadOnlyList<CollectionCount> Expected { get; }

    /// <summary>The packages, by name and version.</summary>
    public IReadOnlyList<string> PackageNames => [.. Packages.Select(p => $"{p.Name} {p.KnownVersion}")];

    /// <summary>Size of the download.</summary>
    public long DownloadBytes => Packages.Sum(p => p.Bytes);

    internal abstract IReadOnlyList<Package> Packages { get; }

    /// <summary>The collection of a name.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static FootageCollection Find(string name) => All.FirstOrDefault(c => c.Name == name)
        ?? throw new InputException($"collection \"{name}\" is unknown; did you mean {Nearest.To(name, All.Select(c => c.Name))}? (`anisora data list` shows them)");

    /// <summary>Whether it can be had without the network.</summary>
    /// <param name="cache">The download cache; null for <see cref="CacheFolder.Default"/>.</param>
    public bool IsCached(string? cache = null) => Missing(cache).Count == 0;

    /// <summary>The packages that the cache lacks, with the size of their download in bytes.</summary>
    /// <param name="cache">The download cache; null for <see cref="CacheFolder.Default"/>.</param>
    public IReadOnlyList<(string Name, long Bytes)> Missing(string? cache = null) =>
        [.. Packages.Where(p => !p.IsCached(cache ?? CacheFolder.Default)).Select(p => ($"{p.Name} {p.KnownVersion}", p.Bytes))];

    /// <summary>Fetches the packages (those that the cache lacks), lists the sources in them and checks their number.</summary>
    /// <param name="cache">The download cache; null for <see cref="CacheFolder.Default"/>.</param>
    /// <param name="progress">Hears what is being fetched.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">No network, a wrong checksum, a full disk, or a package with other content than expected.</exception>
    public async Task<IReadOnlyList<SourceRow>> ListAsync(string? cache = null, IProgress<FetchProgress>? progress = null, CancellationToken cancellation = default)
    {
        cache ??= CacheFolder.Default;
        try
        {
            var unpacked = new List<UnpackedPackage>();
            foreach (var package in Packages)
                unpacked.Add(await package.FetchAsync(cache, progress, cancellation));
            var listing = List(unpacked);
            Check(listing.Counts);
            return listing.Sources;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{cache}: collection {Name} was not fetched: {e.Message}; free space or choose another folder with --cache", e);
        }
    }

    /// <summary>Lists what is in the unpacked packages.</summary>
    internal abstract Listing List(IReadOnlyList<UnpackedPackage> packages);

    /// <summary>Compares what was counted with what is expected.</summary>
    internal void Check(IReadOnlyList<CollectionCount> found)
    {
        foreach (var expected in Expected)
        {
            int count = found.FirstOrDefault(f => f.What == expected.What).Count;
            if (count != expected.Count)
                throw new InputException($"collection {Name}: {expected.Count} {expected.What} expected, {count} found; it is known from {string.Join(", ", PackageNames)}, and the package fetched differs: delete it from the cache and fetch that version");
        }
    }

    /// <summary>A source of this collection; what is left out is unknown.</summary>
    internal SourceRow Source(string name, string kind, string path, long bytes, string identity, string title) => new(
        $"{Name}/{name}", 0, Name, kind, path, "", bytes, Licence, Attribution, $"{Name}/{identity}", title, "", "", "", "", 0, false, false);

    /// <summary>The folder of that path, which has to be there.</summary>
    internal string Folder(UnpackedPackage package, string path)
    {
        string folder = Path.Combine(package.Root, path);
        return Directory.Exists(folder) ? folder : throw new InputException($"collection {Name}: {folder} is not there; package version {package.Version} has another layout than those known ({string.Join(", ", PackageNames)})");
    }

    /// <summary>What was found in the packages.</summary>
    internal sealed record Listing(IReadOnlyList<SourceRow> Sources, IReadOnlyList<CollectionCount> Counts);
}
