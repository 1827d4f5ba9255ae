using AniSora.Data;
using AniSora.Models.Checkpoints;
using AniSora.Models.Sampling;

namespace AniSora.Evaluation.Benchmark;

/// <summary>What makes videos from guides: a model, or a rule to compare it with. Used by one thread at a time.</summary>
public interface IVideoMethod
{
    /// <summary>What it says of itself in <see cref="MadeVideos"/>.</summary>
    MadeVideos Describe();

    /// <summary>Guides that are worked on together.</summary>
    int Batch { get; }

    /// <summary>T, H and W of what it makes; null where it makes any.</summary>
    (int T, int H, int W)? Size { get; }

    /// <summary>Makes a video for each guide.</summary>
    /// <param name="guides">Of one size.</param>
    /// <param name="seed">Of the first; the others follow, as with <see cref="SamplingOptions.Seed"/>.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Frames <c>[T, H, W, 3]</c> for each.</returns>
    IReadOnlyList<byte[]> Make(IReadOnlyList<Guide> guides, ulong seed, CancellationToken cancellation);
}

/// <summary>A model.</summary>
/// <param name="engine">Runs it.</param>
/// <param name="options">Steps, guidance, temperature, algorithm.</param>
/// <param name="description">What is known of it before it is opened (<see cref="Describe(ModelIndex, string, string, string, SamplingOptions)"/>).</param>
/// <param name="batch">Clips that are sampled together.</param>
public sealed class ModelMethod(IVideoEngine engine, SamplingOptions options, MadeVideos description, int batch) : IVideoMethod
{
    /// <inheritdoc/>
    public int Batch => batch;

    /// <inheritdoc/>
    public (int T, int H, int W)? Size => (engine.Index.Frames, engine.Index.Height, engine.Index.Width);

    /// <inheritdoc/>
    public MadeVideos Describe() => description;

    /// <summary>Describes a model's videos.</summary>
    /// <param name="index">What the model says of itself.</param>
    /// <param name="checksum">Of its files.</param>
    /// <param name="engine"><c>libtorch</c> or <c>onnx</c>.</param>
    /// <param name="sampler">The algorithm's name.</param>
    /// <param name="options">The other settings.</param>
    public static MadeVideos Describe(ModelIndex index, string checksum, string engine, string sampler, SamplingOptions options) => new()
    {
        Method = "model",
        Model = index.Name,
        ModelChecksum = checksum,
        Engine = engine,
        Sampler = sampler,
        Steps = options.Steps,
        Guidance = options.Guidance,
        Temperature = options.Temperature,
    };

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Make(IReadOnlyList<Guide> guides, ulong seed, CancellationToken cancellation) =>
        VideoSampler.Sample(engine, [.. guides.Select(g => g with { Caption = engine.Captions.Readable(g.Caption ?? "") })], options with { Seed = seed }, cancellation: cancellation);
}

/// <summary>A rule that needs no model (<see cref="Baselines"/>), or ffmpeg's interpolation.</summary>
/// <param name="name">One of <see cref="Names"/>.</param>
public sealed class BaselineMethod(string name) : IVideoMethod
{
    private static readonly Dictionary<string, Func<Guide, CancellationToken, byte[]>> _rules = new(StringComparer.Ordinal)
    {
        ["flow"] = (g, _) => Baselines.Flow(g.Rgb, g.Mask, new(g.T, g.H, g.W)),
        ["crossfade"] = (g, _) => Baselines.CrossFade(g.Rgb, g.Mask, new(g.T, g.H, g.W)),
        ["hold"] = (g, _) => Baselines.HoldFirst(g.Rgb, g.Mask, new(g.T, g.H, g.W)),
        ["minterpolate"] = Minterpolate,
    };

    /// <summary>The rules' names.</summary>
    public static IEnumerable<string> Names => _rules.Keys;

    /// <inheritdoc/>
    public int Batch => 2 * Environment.ProcessorCount;

    /// <inheritdoc/>
    public (int T, int H, int W)? Size => null;

    /// <inheritdoc/>
    public MadeVideos Describe() => new() { Method = name };

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Make(IReadOnlyList<Guide> guides, ulong seed, CancellationToken cancellation)
    {
        var videos = new byte[guides.Count][];
        OnEveryCore.Run(guides.Count, i => videos[i] = _rules[name](guides[i], cancellation), cancellation);
        return videos;
    }

    /// <summary>Between whole given frames what ffmpeg makes of the two; where there are none on both sides, the last one given is held.</summary>
    private static byte[] Minterpolate(Guide guide, CancellationToken cancellation)
    {
        byte[] video = Baselines.HoldFirst(guide.Rgb, guide.Mask, new(guide.T, guide.H, guide.W));
        int places = guide.H * guide.W, bytes = 3 * places;
        int[] given = [.. Enumerable.Range(0, guide.T).Where(t => !guide.Mask.AsSpan(t * places, places).Contains((byte)0))];
        foreach (var (from, to) in given.Zip(given.Skip(1)).Where(pair => pair.Second > pair.First + 1))
            Media.Interpolate(guide.Rgb.AsMemory(from * bytes, bytes), guide.Rgb.AsMemory(to * bytes, bytes), to - from - 1, guide.H, guide.W, cancellation).CopyTo(video, (from + 1) * bytes);
        return video;
    }
}
