using System.Reflection;
using System.Text.Json;
using AniSora.Data;

namespace AniSora.Evaluation.Benchmark;

/// <summary>What a folder of made videos says of itself: its <c>made.json</c>.</summary>
public sealed record MadeVideos
{
    /// <summary><c>model</c>, or the rule: <c>flow</c>, <c>crossfade</c>, <c>hold</c>, <c>minterpolate</c>.</summary>
    public required string Method { get; init; }
    /// <summary>The model's name; empty for a rule, as all that follows up to <see cref="Temperature"/>.</summary>
    public string Model { get; init; } = "";
    /// <summary>SHA-256 of the model's files.</summary>
    public string ModelChecksum { get; init; } = "";
    /// <summary><c>libtorch</c> or <c>onnx</c>.</summary>
    public string Engine { get; init; } = "";
    /// <summary>The sampling algorithm.</summary>
    public string Sampler { get; init; } = "";
    /// <summary>Denoising steps.</summary>
    public int Steps { get; init; }
    /// <summary>Weight of the prompt.</summary>
    public double Guidance { get; init; }
    /// <summary>Scale of the starting noise.</summary>
    public double Temperature { get; init; }
    /// <summary>Seed of the benchmark's first clip; clip i, in the order of ids, has this + i.</summary>
    public ulong Seed { get; init; }
    /// <summary>What was given: <c>first</c>, <c>first-last</c>, <c>first-middle-last</c> or <c>mask</c>.</summary>
    public string Task { get; init; } = "";
    /// <summary>The benchmark's checksum.</summary>
    public string Benchmark { get; init; } = "";
    /// <summary>The program's version and commit that began it.</summary>
    public string Program { get; init; } = "";
    /// <summary>Clips of the benchmark that the task has.</summary>
    public int Clips { get; init; }
    /// <summary>Prompts of which the model knows no word, or some only: it was told what it knows.</summary>
    public int PromptsShortened { get; init; }
    /// <summary>Mean time of a clip so far, without reading and writing files.</summary>
    public double SecondsPerClip { get; init; }
    /// <summary>The clips that were timed.</summary>
    public int ClipsTimed { get; init; }

    /// <summary>The version and commit of this program.</summary>
    public static string ThisProgram { get; } = typeof(MadeVideos).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>The file in a folder of videos.</summary>
    public static string FileOf(string folder) => Path.Combine(folder, "made.json");

    /// <summary>A clip's video.</summary>
    public static string VideoOf(string folder, string id) => Path.Combine(folder, "video", id + ".mp4");

    /// <summary>What a folder says; null where it says nothing (others made its videos).</summary>
    /// <exception cref="InputException">The file is damaged.</exception>
    public static MadeVideos? TryRead(string folder) => File.Exists(FileOf(folder)) ? ConfigFile.Load<MadeVideos>(FileOf(folder)) : null;

    /// <summary>Writes it.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Write(string folder) => ConfigFile.Save(FileOf(folder), this);

    /// <summary>Refuses to put other videos among those that are there.</summary>
    /// <param name="folder">The folder that says <paramref name="there"/>.</param>
    /// <param name="there">What made what is there.</param>
    /// <exception cref="InputException">Something is another; the message says what.</exception>
    internal void RequireSame(string folder, MadeVideos there)
    {
        var (mine, other) = (ConfigFile.ToJson(Settings(this)), ConfigFile.ToJson(Settings(there)));
        string[] changed = [.. mine.Where(p => !System.Text.Json.Nodes.JsonNode.DeepEquals(p.Value, other[p.Key])).Select(p => $"{p.Key} {JsonSerializer.Serialize(other[p.Key])} there, {JsonSerializer.Serialize(p.Value)} now")];
        if (changed.Length > 0)
            throw new InputException($"{FileOf(folder)}: the videos there were made otherwise ({string.Join("; ", changed)}); give another --out, or delete that folder first");
    }

    // What does not change a pixel may be another.
    private static MadeVideos Settings(MadeVideos made) => made with { Program = "", SecondsPerClip = 0, ClipsTimed = 0 };
}
