using System.Text.Json;

namespace AniSora.Data;

/// <summary>How far a preparation has come.</summary>
/// <param name="Stage">What is being done, in a few words.</param>
/// <param name="Fraction">How much of the whole is done, 0 … 1.</param>
public readonly record struct PrepareProgress(string Stage, double Fraction);

/// <summary>What a preparation has left.</summary>
/// <param name="Folder">The dataset folder.</param>
/// <param name="Built">False if a finished, unchanged dataset was already there.</param>
/// <param name="Sequences">How many sequences it has.</param>
/// <param name="Clips">How many clips per split.</param>
/// <param name="Bytes">The size of all its files.</param>
public sealed record PrepareResult(string Folder, bool Built, int Sequences, IReadOnlyDictionary<string, int> Clips, long Bytes);

/// <summary>The demo dataset: small sprite animations of two free games, from Debian packages.</summary>
public static class DemoDataset
{
    /// <summary>The default folder, below the current one.</summary>
    public const string DefaultFolder = "data/demo";

    /// <summary>The name of the file that describes a finished dataset.</summary>
    public const string ManifestName = "manifest.json";

    /// <summary>
    /// Makes the dataset: fetches the packages into the cache, reads the sprites, writes shards, index and manifest. A finished dataset whose
    /// files still have their checksums is left alone. The folder is made aside and renamed, so it is complete or not there.
    /// </summary>
    /// <param name="folder">The dataset folder; null for <see cref="DefaultFolder"/>.</param>
    /// <param name="cache">The download cache; null for <see cref="CacheFolder.Default"/>.</param>
    /// <param name="progress">Hears about the progress.</param>
    /// <param name="cancellation">Stops it; nothing half-made is left.</param>
    /// <param name="force">Make it again even if it is there.</param>
    /// <exception cref="InputException">No network, a wrong checksum, a full disk, or a folder that holds something else.</exception>
    public static async Task<PrepareResult> PrepareAsync(
        string? folder = null, string? cache = null, IProgress<PrepareProgress>? progress = null, CancellationToken cancellation = default, bool force = false)
    {
        folder = Path.GetFullPath(folder ?? DefaultFolder);
        cache ??= CacheFolder.Default;
        progress?.Report(new("checking what is there", 0));
        if (!force && Manifest.TryLoad(folder) is { } manifest && manifest.IsIntact(folder))
            return manifest.Result(folder, built: false);
        try
        {
            progress?.Report(new($"fetching {DemoCatalogue.TuxFootball.Name}", 0.02));
            var tux = await DemoCatalogue.TuxFootball.FetchAsync(cache, null, cancellation);
            progress?.Report(new($"fetching {DemoCatalogue.FrozenBubble.Name}", 0.15));
            var bubble = await DemoCatalogue.FrozenBubble.FetchAsync(cache, null, cancellation);
            return await Task.Run(() => Build(folder, DemoCatalogue.Find(tux, bubble), [tux, bubble], progress, cancellation), cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder}: the dataset was not made: {e.Message}; free space or choose another folder", e);
        }
    }

    internal static PrepareResult Build(string folder, IReadOnlyList<SequenceSpec> sequences, UnpackedPackage[] packages, IProgress<PrepareProgress>? progress, CancellationToken cancellation)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any() && !File.Exists(Path.Combine(folder, ManifestName)))
            throw new InputException($"{folder}: holds other files and no {ManifestName}; choose an empty or new folder");
        string parent = Path.GetDirectoryName(folder)!, suffix = Path.GetRandomFileName();
        string fresh = Path.Combine(parent, $".{Path.GetFileName(folder)}.{suffix}.new"), old = Path.Combine(parent, $".{Path.GetFileName(folder)}.{suffix}.old");
        Directory.CreateDirectory(fresh);
        try
        {
            var rows = DatasetBuilder.Write(fresh, sequences, progress, cancellation);
            progress?.Report(new("writing the index", 0.97));
            ClipIndex.Write(Path.Combine(fresh, ClipIndex.FileName), rows);
            var manifest = Manifest.Describe(fresh, rows, [.. packages.Select(p => p.Sha256)]);
            AtomicFile.WriteText(Path.Combine(fresh, ManifestName), JsonSerializer.Serialize(manifest, Manifest.Json) + "\n");
            cancellation.ThrowIfCancellationRequested();
            if (Directory.Exists(folder))
                Directory.Move(folder, old);
            Directory.Move(fresh, folder);
            progress?.Report(new("done", 1));
            return manifest.Result(folder, built: true);
        }
        finally
        {
            foreach (string left in new[] { fresh, old })
            {
                if (Directory.Exists(left))
                    Directory.Delete(left, recursive: true);
            }
        }
    }
}
