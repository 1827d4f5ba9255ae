using AniSora.Models.Conditioning;

namespace AniSora.Models.Checkpoints;

/// <summary>What a model folder says of itself (<c>model_index.json</c>).</summary>
public sealed record ModelIndex
{
    /// <summary>Version of the folder's layout.</summary>
    public const int CurrentVersion = 1;

    /// <summary>Version of the layout that this folder was written with.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The model's name.</summary>
    public string Name { get; init; } = "";

    /// <summary>Frames of the clips it was trained on, 4k+1.</summary>
    public int Frames { get; init; } = 17;

    /// <summary>Height in pixels of the clips it was trained on.</summary>
    public int Height { get; init; } = 64;

    /// <summary>Width in pixels of the clips it was trained on.</summary>
    public int Width { get; init; } = 64;

    /// <summary>Frames per second of the clips it was trained on.</summary>
    public double Fps { get; init; } = 16;

    /// <summary>SNR shift of the noise schedule.</summary>
    public double SnrShift { get; init; } = 1;

    /// <summary>The latents' statistics.</summary>
    public LatentStatistics Latents { get; init; } = new();

    /// <summary>How it was trained, for people: steps, hours, data.</summary>
    public Dictionary<string, string> Training { get; init; } = [];
}
